#!/usr/bin/env bash
# Plays the same scenarios against the published mint and provider and against the simulated ones, and compares.
# The published outcomes and every program's output are left in DIRECTORY (a temporary one without it).
#
#   tests/interop/replay.sh [DIRECTORY]
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
directory=${1:-$(mktemp -d)}
mkdir -p "$directory"
directory=$(cd "$directory" && pwd)
binaries=${CARGO_TARGET_DIR:-target}/debug
started=()

say() { printf 'replay: %s\n' "$*"; }
fail() { printf 'replay: %s; see %s\n' "$*" "$directory" >&2; exit 1; }
stop() { [ ${#started[@]} -eq 0 ] || kill "${started[@]}" 2>/dev/null || true; wait 2>/dev/null || true; }
trap stop EXIT

until_() { # SECONDS COMMAND…: until the command succeeds
  local seconds=$1
  shift
  for ((tried = 0; tried < seconds * 5; tried++)); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.2
  done
  return 1
}

address() { # FILE NAME: from the network's line
  node -e 'const line = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
           console.log(process.argv[2].split(".").reduce((value, name) => value[name], line));' "$1" "$2"
}

free_port() { node -e 'const s = require("net").createServer(); s.listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); });'; }

cargo build --quiet --package paygress-devnet --bins
tests/tools/setup.sh nutshell paygress-cli

say "published: $(tests/tools/nutshell.sh version), paygress-cli $("${XDG_CACHE_HOME:-$HOME/.cache}/paygress/bin/paygress-cli" --version | awk '{print $NF}')"
"$binaries/paygress-devnet" --port-base 0 --relays-only >"$directory/relays.json" 2>"$directory/relays.log" &
started+=($!)
mints=()
for keysets in v1 v2; do
  port=$(free_port)
  tests/tools/nutshell.sh run "$port" $keysets "$directory/nutshell-$keysets" >"$directory/nutshell-$keysets.log" 2>&1 &
  started+=($!)
  mints+=("http://127.0.0.1:$port")
done
until_ 20 test -s "$directory/relays.json" || fail "the relays do not start"
for mint in "${mints[@]}"; do
  until_ 90 curl --silent --fail "$mint/v1/info" || fail "nutshell does not answer at $mint"
done
relays=()
for number in 0 1 2; do relays+=(--relay "$(address "$directory/relays.json" "relays.$number")"); done
tests/interop/provider.sh "$directory/provider" "${relays[@]}" --mint "${mints[0]}" --mint "${mints[1]}" \
  >"$directory/provider.log" 2>&1 &
started+=($!)
until_ 30 grep -q "Subscribed to" "$directory/provider.log" || fail "paygress-cli does not listen"
key=$(grep -ioE -m1 'npub[^0-9a-f]*[0-9a-f]{64}' "$directory/provider.log" | grep -oE -m1 '[0-9a-f]{64}$')

network=$directory/network.json
"$binaries/paygress-devnet" --port-base 0 --mints 2 --auto-pay-secs 0 >"$network" 2>"$directory/network.log" &
started+=($!)
until_ 20 test -s "$network" || fail "the simulated network does not start"

status=0
for number in 0 1; do
  keysets=v$((number + 1))
  say "keysets of version $((number + 1)):"
  "$binaries/paygress-replay" play "${mints[$number]}" "$(address "$directory/relays.json" relays.0)" "$key" \
    >"$directory/published-$keysets.json" || fail "a scenario did not come to its end with the published programs"
  "$binaries/paygress-replay" play "$(address "$network" "mints.$number")" "$(address "$network" relays.0)" \
    "$(address "$network" providers.0.pubkey)" >"$directory/simulated-$keysets.json" ||
    fail "a scenario did not come to its end with the simulated programs"
  "$binaries/paygress-replay" compare "$directory/published-$keysets.json" "$directory/simulated-$keysets.json" \
    tests/interop/differences.json || status=1
done
exit $status
