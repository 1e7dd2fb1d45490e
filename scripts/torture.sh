#!/usr/bin/env bash
# Kills each command at random moments and looks what is left: the old file or the new one, nothing temporary, and a next
# run that gives the same bytes as one that nobody disturbed. Prints a table; exits 1 where anything was lost.
# Then a monkey is let loose at the real window, and killed as often (ACTS=10000; it wants Xvfb, Mesa's lavapipe, python-xlib).
# Usage: scripts/torture.sh [KILLS [COMMAND...]] (50 by default, and all; the seed is the number of the kill, so that a run can be
# repeated; publish wants learn before it, and the monkey generate)
set -euo pipefail
cd "$(dirname "$0")/.."
kills=${1:-50}
only=" ${*:2} "
wanted() { [ "$only" = "  " ] || [[ $only == *" $1 "* ]]; }
program=${SHOESPACE:-${CARGO_TARGET_DIR:-target}/debug/shoespace}
[ -x "$program" ] || { echo "$program is not there; run make run first, or set SHOESPACE" >&2; exit 1; }
place=$(mktemp -d)
# The server of publish runs as somebody else.
chmod 755 "$place"
trap 'rm -rf "$place"' EXIT
lost=0

# Photos: a foot and a shaft, each of another height, length and shade.
photos="$place/photos"
mkdir "$photos" "$photos/boots" "$photos/sandals"
awk -v folder="$photos" 'BEGIN {
    for (n = 0; n < 1500; n++) {
        file = sprintf("%s/%s/%04d.ppm", folder, n % 2 ? "boots" : "sandals", n)
        shaft = 4 + n % 19; long = 12 + n % 13; shade = (n * 7) % 200
        print "P3 28 28 255" > file
        for (y = 0; y < 28; y++) for (x = 0; x < 28; x++) {
            shoe = (y > 20 && y < 25 && x > 2 && x < 2 + long) || (x > 2 && x < 10 && y <= 20 && y > 24 - shaft)
            c = shoe ? shade : 255
            print c, c, shoe ? (shade + n % 50) : 255 > file
        }
        close(file)
    }
}'

"$program" index "$photos" -o "$place/base.parquet" >/dev/null 2>&1

# One command: its name, and its words, in which OUT stands for what it writes.
torture() {
    local name=$1; shift
    wanted "$name" || return 0
    local folder="$place/$name" out old began takes
    mkdir -p "$folder"
    out="$folder/$file"
    # Training that was begun is gone on with.
    words() { words=("${@//OUT/$out}"); if [ -e "${out%.*}.training.safetensors" ]; then words+=(--resume); fi; }
    run() { words "$@"; "$program" "${words[@]}" >/dev/null 2>&1; }
    # What tells a file from another. A generator also holds how long it was trained for, so it goes by what it makes.
    told() {
        if [ ! -e "$1" ]; then echo none
        elif [ "${1##*.}" = safetensors ]; then
            rm -f "$place/told."*
            "$program" generate --catalogue "$place/base.parquet" --model "$1" --at 0,0,0 -o "$place/told.png" >/dev/null 2>&1 ||
                { echo torn; return; }
            grep -o '"picture_sha256": "[^"]*"' "$place/told.json"
        else sha256sum < "$1"; fi
    }
    # Some change a file in place: they begin with it as it was.
    begin() { if [ -n "$in_place" ]; then cp "$in_place" "$out"; else rm -f "${out%.*}".*; fi; }
    begin
    began=$(date +%s%N)
    run "$@" || { echo "$name: the command itself fails" >&2; exit 1; }
    takes=$(( ($(date +%s%N) - began) / 1000000 ))
    cp "$out" "$place/$name.whole.${file##*.}"
    listed() { find "$folder" -mindepth 1 -printf '%P\n' | sort; }
    listed > "$place/$name.listed"
    begin
    old=$(told "$out")
    local whole torn=0 done_before=0 i now after
    whole=$(told "$place/$name.whole.${file##*.}")
    for i in $(seq "$kills"); do
        after=$(awk -v seed="$i" -v takes="$takes" 'BEGIN { srand(seed); print rand() * takes / 1000 }')
        words "$@"
        "$program" "${words[@]}" >/dev/null 2>&1 &
        local child=$!
        sleep "$after"
        kill -9 "$child" 2>/dev/null || true
        wait "$child" 2>/dev/null || true
        now=$(told "$out")
        case $now in
            "$old") ;;
            "$whole") done_before=$((done_before + 1)); begin ;;
            # A generator that is saved now and then is whole each time.
            *picture_sha256*) ;;
            *) torn=$((torn + 1)); begin ;;
        esac
    done
    find "$folder" -name '*.tmp' -exec touch -d '1 hour ago' {} +
    local same=yes left
    run "$@" || same=fails
    [ "$(told "$out")" = "$whole" ] || same=no
    left=$(listed | comm -13 "$place/$name.listed" - | wc -l)
    printf '%-16s %6d %6d %6d %6s %6d\n' "$name" "$kills" "$done_before" "$torn" "$same" "$left"
    if [ "$torn" -gt 0 ] || [ "$same" != yes ] || [ "$left" -gt 0 ]; then lost=1; fi
}

printf '%-16s %6s %6s %6s %6s %6s\n' command kills whole torn same left
in_place="" file=out.parquet torture index index "$photos" -o OUT
in_place="$place/base.parquet" file=out.parquet torture layout layout OUT
in_place="" file=out.parquet torture recommend-all recommend "$place/base.parquet" --all -o OUT
in_place="" file=out.parquet torture learn learn "$place/base.parquet" --by category -o OUT
in_place="" file=out.png torture generate generate --catalogue "$place/base.parquet" --where category=boots --count 64 --seed 3 -o OUT
in_place="" file=out.parquet torture imagine imagine --count 300 -o OUT
in_place="" file=out.safetensors torture train train "$place/base.parquet" --images 1600 --save-every 1 -o OUT

# Publishing, of two catalogues in turn: readers see the one or the other, and the last run is not disturbed.
torture_publish() {
    local address which torn=0 done_before=0 same=yes i after began takes seen id
    address=$(scripts/postgres.sh start "$place/postgres" 2>"$place/said") || { cat "$place/said" >&2; lost=1; return; }
    id=$("$program" inspect "$place/base.parquet" --where 'id~0001' --json | sed -n '/"ids"/{n;s/[ ",]//g;p}')
    answer() { "$program" recommend "$1" --id "$id" --json 2>&1; }
    local all=("$place/base.parquet" "$place/learn.whole.parquet") known=()
    for which in "${all[@]}"; do known+=("$(answer "$which")"); done
    [ "${known[0]}" != "${known[1]}" ] || { echo "publish: both catalogues answer alike" >&2; exit 1; }
    began=$(date +%s%N)
    "$program" publish "${all[0]}" "$address" >/dev/null 2>&1 || { echo "publish: the command itself fails" >&2; exit 1; }
    takes=$(( ($(date +%s%N) - began) / 1000000 ))
    for i in $(seq "$kills"); do
        after=$(awk -v seed="$i" -v takes="$takes" 'BEGIN { srand(seed); print rand() * takes / 1000 }')
        "$program" publish "${all[i % 2]}" "$address" >/dev/null 2>&1 &
        local child=$!
        sleep "$after"
        kill -9 "$child" 2>/dev/null || true
        wait "$child" 2>/dev/null || true
        seen=$(answer "$address")
        case $seen in
            "${known[0]}" | "${known[1]}") ;;
            *) torn=$((torn + 1)); echo "$seen" >&2 ;;
        esac
        [ "$seen" != "${known[i % 2]}" ] || done_before=$((done_before + 1))
    done
    # And the server itself, as often: it is stopped at once, and recovers when it starts.
    local torn_server=0 as_owner=(env) control
    [ "$(id -u)" != 0 ] || as_owner=(setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME=/tmp)
    control() { "${as_owner[@]}" "$(cat "$place/postgres/home")/bin/pg_ctl" -D "$place/postgres/data" -w "$@" >/dev/null 2>&1; }
    for i in $(seq "$kills"); do
        after=$(awk -v seed="$i" -v takes="$takes" 'BEGIN { srand(seed); print rand() * takes / 1000 }')
        "$program" publish "${all[i % 2]}" "$address" >/dev/null 2>&1 &
        local child=$!
        sleep "$after"
        control -m immediate stop
        wait "$child" 2>/dev/null || true
        scripts/postgres.sh start "$place/postgres" >/dev/null 2>&1
        address=$(scripts/postgres.sh start "$place/postgres" 2>/dev/null | tail -1)
        seen=$(answer "$address")
        case $seen in
            "${known[0]}" | "${known[1]}") ;;
            *) torn_server=$((torn_server + 1)); echo "$seen" >&2 ;;
        esac
    done
    # The server ends what was killed when it next hears of it.
    sleep 2
    "$program" publish "${all[0]}" "$address" >/dev/null 2>&1 || same=fails
    [ "$(answer "$address")" = "${known[0]}" ] || same=no
    local left
    left=$("$(cat "$place/postgres/home")/bin/psql" "$address" -Atc \
        "SELECT count(*) FROM pg_class WHERE relnamespace = 'shoespace'::regnamespace AND relkind = 'r'")
    # The table of versions, and three of the one that is there.
    left=$((left - 4))
    printf '%-16s %6d %6d %6d %6s %6d\n' publish "$kills" "$done_before" "$torn" "$same" "$left"
    printf '%-16s %6d %6s %6d\n' "its server" "$kills" - "$torn_server"
    scripts/postgres.sh remove "$place/postgres"
    if [ $((torn + torn_server)) -gt 0 ] || [ "$same" != yes ] || [ "$left" -gt 0 ]; then lost=1; fi
}
if wanted publish; then torture_publish; fi

# The window, with sessions and designs: a monkey, killed as often.
if ! wanted monkey; then
    exit "$lost"
elif command -v Xvfb >/dev/null && python3 -c 'import Xlib' 2>/dev/null; then
    scripts/monkey.py "$program" "$place/base.parquet" --acts "${ACTS:-10000}" --kills "$kills" \
        --drop "$place/base.parquet" "$place/generate/out.png" "$photos/boots/0001.ppm" || lost=1
else
    echo "no monkey at the window: it wants Xvfb and python-xlib" >&2
    lost=1
fi
exit "$lost"
