#!/usr/bin/env bash
# Fuzzes each target for so many seconds, and prints a table: scripts/fuzz.sh [SECONDS [TARGET...]]
# A target stops at its first finding, whose input lies in fuzz/artifacts then.
set -euo pipefail
cd "$(dirname "$0")/../fuzz"
seconds=${1:-600}
shift $(($# > 0))
targets=("$@")
if [ ${#targets[@]} = 0 ]; then
    targets=($(basename -s .rs fuzz_targets/*.rs))
fi
# What `cargo fuzz -s none` sets; it is not needed here, and stable Rust will do.
host=$(rustc -vV | sed -n 's/^host: //p')
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares"
build=${CARGO_TARGET_DIR:-target}
cargo build --release --target "$host" --bins
printf '%-10s %12s %8s %8s %8s  %s\n' target executions a_second edges corpus finding
failed=0
for target in "${targets[@]}"; do
    mkdir -p "corpus/$target" "artifacts/$target"
    log="artifacts/$target.log"
    result=0
    "$build/$host/release/$target" "corpus/$target" "seeds/$target" -dict="dictionaries/$target" \
        -artifact_prefix="artifacts/$target/" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=20 \
        -print_final_stats=1 >"$log" 2>&1 || result=$?
    rm -rf "/dev/shm/shoespace-fuzz/$target"-*
    count() { sed -n "s/^stat::$1: *//p" "$log" | tail -1; }
    last() { grep -o "$1: [0-9]*" "$log" | tail -1 | grep -o '[0-9]*$' || echo 0; }
    finding=none
    if [ "$result" != 0 ]; then
        finding=$(sed -n 's/.*Test unit written to //p' "$log" | tail -1)
        finding=${finding:-"see $log"}
        failed=1
    fi
    printf '%-10s %12s %8s %8s %8s  %s\n' "$target" "$(count number_of_executed_units)" \
        "$(count average_exec_per_sec)" "$(last cov)" "$(last corp)" "$finding"
done
exit $failed
