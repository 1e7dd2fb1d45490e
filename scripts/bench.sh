#!/usr/bin/env bash
# Runs the benches, each figure beside its yardstick, in the profile of `make run` and `make test`.
#
#   scripts/bench.sh [NAME]     all of them, or one (a file name of benches/ without .rs)
#
# The Python yardsticks (onnxruntime, faiss) live in a virtual environment beside the build, made at the
# first run with the versions pinned in benches/requirements.txt. The network that onnxruntime runs is not part
# of the repository: SHOESPACE_BENCH_ONNX names its file (benches/embedding.rs says what it holds), and without
# it that yardstick is not measured.
set -euo pipefail
cd "$(dirname "$0")/.."

build="${CARGO_TARGET_DIR:-target}"
venv="$build/bench-venv"
if ! [ -x "$venv/bin/python" ] || ! cmp -s benches/requirements.txt "$venv/requirements.txt"; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r benches/requirements.txt
    cp benches/requirements.txt "$venv/requirements.txt"
fi
SHOESPACE_BENCH_PYTHON=$(realpath "$venv")/bin/python
export SHOESPACE_BENCH_PYTHON

echo "machine: $(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), load $(cut -d' ' -f1 /proc/loadavg)"
for name in ${1:-$(sed -n '/^\[\[bench\]\]/{n;s/^name = "\(.*\)"/\1/p}' Cargo.toml)}; do
    printf '\n== %s\n' "$name"
    cargo bench --quiet --profile dev --bench "$name"
done
