# `make help` lists what there is to do. Every target sets up what it needs first, and is quick when nothing is missing.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/paygress
export PATH := $(CACHE)/bin:$(PATH)
TARGET := $(or $(CARGO_TARGET_DIR),target)
SETUP := tests/tools/setup.sh

WASM := pkg/wasm/paygress_bg.wasm
NAMED_WASM := $(TARGET)/size/paygress.named.wasm
BUILT_WASM := $(TARGET)/wasm32-unknown-unknown/release/paygress.wasm

BENCH := $(TARGET)/bench
BENCH_WASM := $(BENCH)/pkg/paygress_bg.wasm
BENCH_BUILT := $(BENCH)/wasm32-unknown-unknown/release/paygress.wasm

# The parts of `make test`, cheapest first.
TESTS := test-native test-wasm-node test-wasm-browser test-types test-shell test-page

DEVNET := $(TARGET)/debug/paygress-devnet
DIFFERENTIAL := $(TARGET)/debug/paygress-differential
LIBRARIES := www/vendor/lit-html/lit-html.js

##@ For everybody

.PHONY: help
help: ## this list
	@awk 'BEGIN { FS = ":.*## " } /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: demo
demo: wasm page devnet ## the page on a local network with play money; Ctrl-C stops all of it
	@node tests/tools/demo.mjs $(DEVNET)

.PHONY: test
test: $(TESTS) ## set up what is missing and run every test but interop
	@echo "test: all of $(TESTS) passed"

.PHONY: interop
interop: wasm page devnet $(DIFFERENTIAL) ## the page and the simulation against the published mints and provider, with kills and bad weather
	@$(SETUP) tools browser paygress-cli nutshell cdk-mintd
	npm --prefix tests/e2e run --silent interop
	@rm -rf $(TARGET)/interop/replay
	tests/interop/replay.sh $(TARGET)/interop/replay
	@rm -rf $(TARGET)/interop/differential
	tests/differential/run.sh $(TARGET)/interop/differential
	@echo "interop: the page and the simulation agree with the published programs"

.PHONY: storm
storm: wasm page ## 500 operations from two tabs while a proxy tampers with the answers of two published mints
	@$(SETUP) tools browser nutshell cdk-mintd
	OPERATIONS=$${OPERATIONS:-500} node --test --test-force-exit --test-reporter=spec tests/interop/storm.test.mjs

.PHONY: differential
differential: $(DIFFERENTIAL) ## our wallet beside cdk's on one phrase, at every published mint
	@$(SETUP) node nutshell cdk-mintd
	@rm -rf $(TARGET)/interop/differential
	tests/differential/run.sh $(TARGET)/interop/differential

##@ Parts

.PHONY: setup
setup: ## install what building and testing needs
	@$(SETUP) rust tools page wasm-bindgen browser

.PHONY: counterparts
counterparts: ## install the published mints and provider that interop runs against
	@$(SETUP) paygress-cli nutshell cdk-mintd

.PHONY: wasm
wasm: $(WASM) ## build the wasm package into pkg/wasm

$(WASM): $(BUILT_WASM) tests/tools/wasm.sh tests/tools/smoke.mjs
	@$(SETUP) tools wasm-bindgen
	tests/tools/wasm.sh $(BUILT_WASM) pkg/wasm $(NAMED_WASM)

# Cargo knows best whether anything changed; it leaves the file's time alone when nothing did.
$(BUILT_WASM): .FORCE
	@$(SETUP) rust
	cargo build --quiet --release --lib --target wasm32-unknown-unknown

.PHONY: .FORCE
.FORCE:

.PHONY: page
page: $(LIBRARIES) ## copy the page's libraries to where it loads them from

$(LIBRARIES): www/package-lock.json www/vendor.mjs
	@$(SETUP) page
	cd www && npm run --silent vendor

.PHONY: dist
dist: wasm page ## assemble dist/: the page for any static host
	cd www && npm run --silent build

.PHONY: devnet
devnet: ## build the local network
	@$(SETUP) rust
	cargo build --quiet -p paygress-devnet

# A workspace of its own, so that cdk's tree is not in the lock file of what is shipped.
$(DIFFERENTIAL): .FORCE
	@$(SETUP) rust
	cargo build --quiet --manifest-path tests/differential/Cargo.toml --target-dir $(TARGET)

.PHONY: test-native
test-native: ## unit, property and world tests, and the examples of the docs, natively
	@$(SETUP) rust
	cargo test --workspace

.PHONY: test-wasm-node
test-wasm-node: ## the same core tests as wasm, in Node
	@$(SETUP) rust node wasm-bindgen
	cargo test --target wasm32-unknown-unknown --lib --tests

.PHONY: test-wasm-browser
test-wasm-browser: ## the same core tests as wasm, in headless Chromium
	@$(SETUP) rust wasm-bindgen browser
	WASM_BINDGEN_USE_BROWSER=1 CHROMEDRIVER="$$(command -v chromedriver)" \
	  cargo test --target wasm32-unknown-unknown --lib --tests

.PHONY: test-types
test-types: wasm page ## the JavaScript, tests included, against the types that wasm-bindgen wrote
	@$(SETUP) tools
	npm --prefix tests/e2e run --silent types

.PHONY: test-shell
test-shell: wasm ## the shell alone, in Node
	@$(SETUP) tools
	npm --prefix tests/e2e run --silent shell

.PHONY: test-page
test-page: wasm page devnet ## the page in headless Chromium against the local network
	@$(SETUP) tools browser
	npm --prefix tests/e2e run --silent test

##@ Checks

.PHONY: fmt
fmt: ## format the Rust sources
	@$(SETUP) rust
	cargo fmt --all

.PHONY: clippy
clippy: ## lint for the native and the wasm target
	@$(SETUP) rust
	cargo clippy --workspace --all-targets -- -D warnings
	cargo clippy --lib --tests --target wasm32-unknown-unknown -- -D warnings

.PHONY: size
size: $(WASM) ## sizes in gzip and brotli, by crate, with the gate
	@node tests/tools/size.mjs pkg/wasm $(NAMED_WASM)

.PHONY: bench
bench: $(BENCH_WASM) ## measure beside nostr-tools and cashu-ts, into benches/README.md
	@$(SETUP) tools bench-tools browser
	node benches/bench.mjs $(BENCH)/pkg

# In folders of its own: what is measured has doors that the shipped package must not have.
$(BENCH_WASM): $(BENCH_BUILT) tests/tools/wasm.sh tests/tools/smoke.mjs
	@$(SETUP) tools wasm-bindgen
	tests/tools/wasm.sh $(BENCH_BUILT) $(BENCH)/pkg $(BENCH)/paygress.named.wasm
	echo '{ "type": "module" }' >$(BENCH)/pkg/package.json

$(BENCH_BUILT): .FORCE
	@$(SETUP) rust
	cargo build --quiet --release --lib --target wasm32-unknown-unknown --features bench --target-dir $(BENCH)

.PHONY: mutants
mutants: ## switch each guard of tests/mutants.json off and see its test turn red
	@$(SETUP) rust node
	node tests/tools/mutants.mjs

.PHONY: clean
clean: ## remove what was built here (not the tools in ~/.cache/paygress)
	cargo clean
	rm -rf dist pkg/wasm pkg/types pkg/*.tgz www/vendor */node_modules tests/e2e/node_modules test-results
