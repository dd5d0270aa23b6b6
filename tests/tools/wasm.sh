#!/usr/bin/env bash
# Turns a module that cargo built into what a browser loads: bindings by wasm-bindgen, then wasm-opt, then one load in Node.
#
#   tests/tools/wasm.sh CARGO-WASM OUT-FOLDER NAMED-WASM
#
# NAMED-WASM is the same optimised module with its function names kept, for `make size`.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/tools/env.sh
. tests/tools/env.sh

built=$1 out=$2 named=$3
wasm_opt=tests/e2e/node_modules/.bin/wasm-opt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

wasm-bindgen --target web --experimental-reset-state-function --out-dir "$work" --out-name paygress "$built"

# Each feature by name, as rustc uses them: a module optimised with -all does not load in Chromium.
features=(--enable-bulk-memory --enable-multivalue --enable-mutable-globals --enable-nontrapping-float-to-int
  --enable-reference-types --enable-sign-ext)
mkdir -p "$out" "$(dirname "$named")"
# The linker puts the stack first, so no pointer is below 1024: small offsets may move into the loads.
# Sorted by name, the copies of one generic function stand side by side, where compression sees that they are alike.
"$wasm_opt" "${features[@]}" --low-memory-unused -Oz --converge --reorder-functions-by-name --debuginfo \
  "$work/paygress_bg.wasm" -o "$named"
"$wasm_opt" "${features[@]}" --strip-debug --strip-producers "$named" -o "$work/paygress_bg.wasm"

# The comments are in the declarations too, and a browser would load them.
tests/e2e/node_modules/.bin/tsc --allowJs --noCheck --removeComments --target es2022 --module es2022 --outDir "$work/bare" "$work/paygress.js"
mv "$work/bare/paygress.js" "$work/paygress.js"

echo '{ "type": "module" }' >"$work/package.json"
node tests/tools/smoke.mjs "$work"
cp "$work"/*.js "$work"/*.d.ts "$out/"
# Last, because make takes this file's time for the package's.
cp "$work/paygress_bg.wasm" "$out/paygress_bg.wasm"
