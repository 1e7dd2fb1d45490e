#!/usr/bin/env bash
# Writes with each command to a disk that is full before it is done, and looks what is left: exit code 1, a sentence that
# names the file, the old file as it was, nothing temporary. Prints a table; exits 1 where anything was lost.
# As root: the disk is a small tmpfs.
set -euo pipefail
cd "$(dirname "$0")/.."
program=${SHOESPACE:-${CARGO_TARGET_DIR:-target}/debug/shoespace}
[ -x "$program" ] || { echo "$program is not there; run make run first, or set SHOESPACE" >&2; exit 1; }
[ "$(id -u)" = 0 ] || { echo "mounting a small disk needs root" >&2; exit 1; }
place=$(mktemp -d)
disk="$place/disk"
mkdir "$disk" "$place/photos"
mount -t tmpfs -o size=8m tmpfs "$disk"
trap 'umount "$disk"; rm -rf "$place"' EXIT
lost=0

# Photos of noise: they do not shrink.
awk -v folder="$place/photos" 'BEGIN {
    srand(7)
    for (n = 0; n < 400; n++) {
        file = sprintf("%s/%04d.ppm", folder, n)
        print "P3 48 48 255" > file
        for (i = 0; i < 48 * 48; i++) print int(rand() * 256), int(rand() * 256), int(rand() * 256) > file
        close(file)
    }
}'
"$program" index "$place/photos" -o "$place/base.parquet" >/dev/null 2>&1

# Fills the disk up to so many free KiB, with the old file on it.
fill() {
    rm -rf "${disk:?}"/* "${disk:?}"/.[!.]*
    [ "$1" = none ] || cp "$1" "$disk/$2"
    local free
    free=$(df --output=avail -k "$disk" | tail -1)
    dd if=/dev/zero of="$disk/ballast" bs=1K count=$((free - $3)) status=none
}

# A command's name, the file that it writes, and its words.
full() {
    local name=$1 file=$2 old=$3 room=$4 code=0 kept=no told=no left; shift 4
    fill "$old" "$file" "$room"
    "$program" "${@//OUT/$disk/$file}" >/dev/null 2>"$place/said" || code=$?
    if [ "$old" = none ]; then [ -e "$disk/$file" ] || kept=yes; else cmp -s "$old" "$disk/$file" && kept=yes; fi
    grep -q "$disk" "$place/said" && told=yes
    grep -qiE "panicked|backtrace" "$place/said" && told=panic
    # What is finished of an index is kept beside it, and its next run takes it up.
    left=$(find "$disk" -mindepth 1 ! -name "$file" ! -name ballast ! -path '*.partial*' | wc -l)
    printf '%-16s %5d %6s %6s %6d\n' "$name" "$code" "$told" "$kept" "$left"
    if [ "$code" -ne 1 ] || [ "$kept" != yes ] || [ "$told" != yes ] || [ "$left" -gt 0 ]; then
        cat "$place/said" >&2
        lost=1
    fi
}

printf '%-16s %5s %6s %6s %6s\n' command exit named kept left
base="$place/base.parquet"
echo old > "$place/old"
full index out.parquet "$place/old" 200 index "$place/photos" -o OUT
full layout out.parquet "$base" 200 layout OUT
full recommend-all out.parquet "$place/old" 8 recommend "$base" --all -o OUT
full generate out.png "$place/old" 8 generate --where label=Sandal --count 64 -o OUT
full animation out.gif "$place/old" 8 generate --between test-00001 train-00007 --steps 16 -o OUT
full imagine out.parquet none 100 imagine --count 300 -o OUT
full export-csv out.csv "$place/old" 8 export "$base" --to csv -o OUT
full snapshot out.png "$place/old" 8 snapshot "$base" -o OUT --size 640x360
exit "$lost"
