#!/usr/bin/env bash
# Installs what the make targets need and is not there yet. Quick and silent when nothing is missing.
#
#   tests/tools/setup.sh PART…
#
#   rust          the toolchain of rust-toolchain.toml with rustfmt, clippy and the wasm32 target; a C compiler for each
#   node          Node.js 20 or newer with npm
#   tools         the npm packages of tests/e2e (wasm-opt, tsc, playwright-core)
#   page          the libraries of www
#   bench-tools   the npm packages of benches
#   wasm-bindgen  the command-line tool, of the version that Cargo.toml pins
#   browser       Chromium and its WebDriver
#   paygress-cli  the published provider, for interop
#   nutshell      a published mint, for interop
#   cdk-mintd     the other published mint, for interop
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/tools/env.sh
. tests/tools/env.sh

readonly PAYGRESS_CLI_VERSION=0.1.9
readonly CDK_MINTD_VERSION=0.18.3

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

apt_updated=
apt_install() { # WHY PACKAGE…
  local why=$1
  shift
  local packages=$*
  have apt-get || fail "$why; install $packages (or what your system calls them) and run this again"
  local root=()
  if [ "$(id -u)" -ne 0 ]; then
    have sudo || fail "$why; as root, run: apt-get install $packages"
    root=(sudo)
  fi
  say "$why: installing $packages by apt-get"
  if [ -z "$apt_updated" ]; then
    "${root[@]}" apt-get update -qq || fail "apt-get update failed; look at its message above"
    apt_updated=yes
  fi
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null ||
    fail "apt-get could not install $packages; look at its message above"
}

part_rust() {
  have cc || apt_install "linking Rust programs needs a C compiler" gcc libc6-dev
  if ! { have clang && have llvm-ar; }; then
    # gcc builds libsecp256k1 for wasm32 without a word, and the result does not run.
    apt_install "libsecp256k1 is C, and only clang compiles it for wasm32" clang llvm
  fi
  if ! have rustup; then
    have cargo || fail "Rust is missing; install it from https://rustup.rs and run this again"
    fail "cargo is there but rustup is not, and the wasm32 target comes by rustup; install it from https://rustup.rs"
  fi
  local channel
  channel=$(sed -n 's/^channel *= *"\(.*\)"/\1/p' rust-toolchain.toml)
  if ! rustup run "$channel" rustc --version >/dev/null 2>&1; then
    say "installing the Rust toolchain $channel, which rust-toolchain.toml asks for"
    rustup toolchain install "$channel" --profile minimal ||
      fail "rustup could not install $channel; check the network, then run: rustup toolchain install $channel"
  fi
  local component
  for component in rustfmt clippy; do
    if ! rustup component list --toolchain "$channel" --installed | grep -q "^$component"; then
      say "adding $component to Rust $channel"
      rustup component add --toolchain "$channel" "$component" || fail "rustup could not add $component to $channel"
    fi
  done
  if ! rustup target list --toolchain "$channel" --installed | grep -qx wasm32-unknown-unknown; then
    say "adding the target wasm32-unknown-unknown to Rust $channel"
    rustup target add --toolchain "$channel" wasm32-unknown-unknown ||
      fail "rustup could not add wasm32-unknown-unknown to $channel; check the network and run this again"
  fi
}

part_node() {
  if ! { have node && have npm; }; then
    apt_install "the wasm package is checked and optimised by tools that run in Node" nodejs npm
  fi
  local major
  major=$(node --version | sed 's/^v\([0-9]*\).*/\1/')
  [ "$major" -ge 20 ] || fail "Node is $(node --version), and 20 or newer is needed; install one from https://nodejs.org"
}

npm_packages() { # FOLDER WHAT
  part_node
  if [ ! "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ]; then
    say "installing $2 into $1/node_modules"
    (cd "$1" && npm ci --no-audit --no-fund --loglevel=error) || fail "npm ci failed in $1; look at its message above"
  fi
}

part_tools() { npm_packages tests/e2e "wasm-opt, tsc and playwright-core"; }

part_page() { npm_packages www "the libraries of the page"; }

part_bench_tools() { npm_packages benches "the packages we compare ourselves with"; }

cargo_install() { # CRATE VERSION WHY [OPTION…]
  say "building $1 $2 into $PAYGRESS_CACHE/bin, $3; this takes some minutes, once"
  # Not --locked: the lock file that wasm-bindgen-cli was published with names a crate version that is gone.
  # These are tools for tests, so they are built for a short wait rather than for speed.
  CARGO_TARGET_DIR="$PAYGRESS_CACHE/target" CARGO_PROFILE_RELEASE_LTO=false CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_DEBUG=0 \
    cargo install --quiet --root "$PAYGRESS_CACHE" --version "$2" "${@:4}" "$1" ||
    fail "cargo could not build $1 $2; look at its message above"
}

part_wasm_bindgen() {
  local version installed
  version=$(sed -n 's/^wasm-bindgen = "=\(.*\)"/\1/p' Cargo.toml)
  installed=$("$PAYGRESS_CACHE/bin/wasm-bindgen" --version 2>/dev/null || true)
  if [ "$installed" != "wasm-bindgen $version" ] || [ ! -x "$PAYGRESS_CACHE/bin/wasm-bindgen-test-runner" ]; then
    part_rust
    cargo_install wasm-bindgen-cli "$version" "the version that Cargo.toml pins"
  fi
}

part_browser() {
  if ! { have chromium && have chromedriver; }; then
    apt_install "the tests open the page in Chromium" chromium chromium-driver
  fi
  have chromium || fail "chromium is still missing; install Chromium so that the command chromium runs"
  have chromedriver || fail "chromedriver is still missing; install it beside Chromium, in the same version"
}

part_paygress_cli() {
  if ! grep -qs "^\"paygress-cli $PAYGRESS_CLI_VERSION " "$PAYGRESS_CACHE/.crates.toml"; then
    part_rust
    if ! { have pkg-config && pkg-config --exists openssl; }; then
      apt_install "paygress-cli links to OpenSSL" pkg-config libssl-dev
    fi
    cargo_install paygress-cli "$PAYGRESS_CLI_VERSION" "the published provider that interop rents from"
  fi
}

part_cdk_mintd() {
  if ! grep -qs "^\"cdk-mintd $CDK_MINTD_VERSION " "$PAYGRESS_CACHE/.crates.toml"; then
    part_rust
    have protoc || apt_install "cdk-mintd makes a part of its sources by protoc" protobuf-compiler
    cargo_install cdk-mintd "$CDK_MINTD_VERSION" "the other published mint that interop runs against" \
      --no-default-features --features fakewallet,sqlite
  fi
}

part_nutshell() {
  if ! { have python3 && python3 -c 'import ensurepip, venv' 2>/dev/null; }; then
    apt_install "nutshell is a Python program and gets an environment of its own" python3 python3-venv
  fi
  have curl || apt_install "the interop scripts ask the mint by curl whether it is up" curl
  tests/tools/nutshell.sh install
}

[ $# -gt 0 ] || fail "say which parts: rust node tools page bench-tools wasm-bindgen browser paygress-cli nutshell cdk-mintd"
for part in "$@"; do
  case $part in
    rust | node | tools | page | bench-tools | wasm-bindgen | browser | paygress-cli | nutshell | cdk-mintd) "part_${part//-/_}" ;;
    *) fail "there is no part $part; see the head of tests/tools/setup.sh" ;;
  esac
done
