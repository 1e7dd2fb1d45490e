#!/usr/bin/env bash
# Checks the dependencies against deny.toml: licences, duplicates, sources, and advisories where their database can
# be had. cargo-deny is installed at the first run (some minutes).
set -euo pipefail
cd "$(dirname "$0")/.."

version=0.20.2
if ! [ "$(cargo deny --version 2>/dev/null)" = "cargo-deny $version" ]; then
    # Without the registry there is no cargo-deny, and nothing to check that has changed.
    if ! cargo install --locked --debug "cargo-deny@$version"; then
        echo "dependencies: not checked, cargo-deny cannot be had here" >&2
        exit 0
    fi
fi
cargo deny check licenses bans sources
if cargo deny fetch db 2>/dev/null; then
    cargo deny check --disable-fetch advisories
else
    echo "advisories: skipped, their database (github.com/rustsec/advisory-db) cannot be had here" >&2
fi
