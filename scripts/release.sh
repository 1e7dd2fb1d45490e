#!/usr/bin/env bash
# Makes what people use who do not build: one self-contained archive and a Debian package of the same, in dist/.
#
#   scripts/release.sh                     builds the lean binary first (a quarter of an hour)
#   scripts/release.sh --binary PATH       packs one that is there
#
# The binary finds data/ and models/ beside itself, and in ../share/shoespace where the package puts them.
set -euo pipefail
cd "$(dirname "$0")/.."

binary=
if [ "${1:-}" = --binary ]; then
    binary=${2:?--binary needs the path of a binary}
elif [ $# -gt 0 ]; then
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
if [ -z "$binary" ]; then
    cargo build --release --locked
    binary=${CARGO_TARGET_DIR:-target}/release/shoespace
fi

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
name=shoespace-$version-$(uname -m)-linux
stage=dist/shoespace
rm -rf "$stage"
mkdir -p "$stage"
install -m 755 "$binary" "$stage/shoespace"
cp -r data models README.md "$stage/"
cp assets/icon.png "$stage/shoespace.png"
cp assets/shoespace.desktop "$stage/"
python3 scripts/licences.py >"$stage/LICENCES.txt"
# Rust's own library is linked too.
install -m 644 "$(rustc --print sysroot)/share/doc/rust/COPYRIGHT-library.html" "$stage/LICENCES-rust.html"

tar --create --gzip --file "dist/$name.tar.gz" --directory dist --transform "s|^shoespace|$name|" \
    --owner=0 --group=0 --sort=name shoespace
echo "dist/$name.tar.gz"

if ! cargo deb --version >/dev/null 2>&1; then
    cargo install --locked cargo-deb@3.8.0
fi
cargo deb --no-build --no-strip --output "dist/$name.deb"
