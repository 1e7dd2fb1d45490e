# Two commands do everything on a fresh Debian or Ubuntu with Rust: `make run` and `make test`.
# They install the system packages that are missing (scripts/packages.sh says which) and share one
# build profile with `make bench`, so that the dependencies compile once.

.PHONY: run test bench check deny release packages

built := $(or $(CARGO_TARGET_DIR),target)/debug

# Opens the explorer on the catalogue that comes with it; without a display it renders a tour to pictures.
# Another catalogue, or flags: make run ARGS="shoes.parquet"
run: packages
	@test -e $(built)/shoespace || echo "The first build compiles about 500 crates, once: some 10 minutes on two idle cores."
	cargo run -- $(ARGS)

test: packages
	SHOESPACE_NEEDS_DRIVER=1 cargo test

# What CI runs before the tests: format, lints, documentation, and the core and its tests without Bevy.
check: packages
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	cargo clippy --no-default-features --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps
	cargo test --no-default-features

# Licences, duplicates and known holes of the dependencies.
deny:
	scripts/deny.sh

# An archive and a Debian package for people who do not build, in dist/.
release: packages
	scripts/release.sh

# Every figure beside its yardstick, both measured in this run.
# One of them: make bench BENCH=search
# The yardstick of `embedding` needs the network in ONNX: make bench BENCH=embedding ONNX=efficientnet-lite0.onnx
bench:
	scripts/packages.sh bench
	SHOESPACE_BENCH_ONNX="$(abspath $(ONNX))" scripts/bench.sh $(BENCH)

packages:
	scripts/packages.sh run
