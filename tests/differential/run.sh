#!/usr/bin/env bash
# Our wallet beside cdk's, on one phrase, at both published mints with keysets of version 1 and 2. What the mints wrote is
# left in DIRECTORY (a temporary one without it).
#
#   tests/differential/run.sh [DIRECTORY]
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
directory=${1:-$(mktemp -d)}
mkdir -p "$directory"
directory=$(cd "$directory" && pwd)
program=${CARGO_TARGET_DIR:-target}/debug/paygress-differential
cache=${XDG_CACHE_HOME:-$HOME/.cache}/paygress
started=()

say() { printf 'differential: %s\n' "$*"; }
fail() { printf 'differential: %s; see %s\n' "$*" "$directory" >&2; exit 1; }
stop() { [ ${#started[@]} -eq 0 ] || kill "${started[@]}" 2>/dev/null || true; wait 2>/dev/null || true; started=(); }
trap stop EXIT

free_port() { node -e 'const s = require("net").createServer(); s.listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); });'; }

begin() { # MINT v1|v2 ROLE PORT: in the background
  tests/tools/"$1".sh run "$4" "$2" "$directory/$1-$2-$3" >>"$directory/$1-$2-$3.log" 2>&1 &
  started+=($!)
}

answers() { # PORT
  local tried
  for ((tried = 0; tried < 450; tried++)); do
    curl --silent --fail --max-time 2 "http://127.0.0.1:$1/v1/info" >/dev/null && return
    sleep 0.2
  done
  fail "a mint does not answer on port $1"
}

[ -x "$program" ] || fail "$program is not built; run: make differential"
say "our wallet and that of $("$program" version), at $(tests/tools/nutshell.sh version) and $(tests/tools/cdk-mintd.sh version)"
export MINT_RPC_SERVER_ENABLE=TRUE MINT_RPC_SERVER_MUTUAL_TLS=FALSE MINT_RPC_SERVER_ADDR=127.0.0.1
agreed=$directory/agreed
: >"$agreed"
for mint in nutshell cdk-mintd; do
  for keysets in v1 v2; do
    say "$mint with keysets of version ${keysets#v}:"
    port=$(free_port) twin=$(free_port) management=$(free_port)
    MINT_RPC_SERVER_PORT=$management begin $mint $keysets mint "$port"
    first=${started[-1]}
    # The same keys, and nothing signed yet: there the other wallet's first counters are free too.
    MINT_RPC_SERVER_PORT=$(free_port) begin $mint $keysets twin "$twin"
    answers "$port"
    answers "$twin"
    "$program" calls "http://127.0.0.1:$port" "http://127.0.0.1:$twin" | tee -a "$agreed" || fail "the wallets differ"
    "$program" locked "http://127.0.0.1:$port" | tee -a "$agreed" || fail "the wallets differ about locks or requests"
    # A new keyset: by nutshell's own tool; cdk-mintd makes one when it is started with another fee.
    if [ $mint = nutshell ]; then
      "$cache/nutshell/bin/mint-cli" --host 127.0.0.1 --port "$management" --insecure next-keyset sat 100 >>"$directory/rotate.log" ||
        fail "nutshell makes no new keyset"
    else
      kill "$first"
      wait "$first" || true
      PAYGRESS_MINT_FEE_PPK=200 begin $mint $keysets mint "$port"
      answers "$port"
    fi
    rotated=rotated
    [ $mint$keysets != nutshellv2 ] || rotated=refused
    "$program" $rotated "http://127.0.0.1:$port" | tee -a "$agreed" || fail "the wallets differ after a new keyset"
    stop
  done
done
say "$(wc -l <"$agreed") comparisons at 4 mints agree"
