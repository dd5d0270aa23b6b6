#!/usr/bin/env bash
# The published Cashu mint cdk-mintd, for interop, run with fake Lightning; tests/tools/setup.sh cdk-mintd installs it.
#
#   tests/tools/cdk-mintd.sh run PORT v1|v2 DIRECTORY        in the foreground; its database and configuration in DIRECTORY
#   tests/tools/cdk-mintd.sh version                         what is installed
#
# PAYGRESS_MINT_FEE_PPK is the input fee, 100 without it. A mint started again with another fee begins a new keyset with it.
set -euo pipefail

readonly CDK_MINTD=0.18.3
readonly PROGRAM="${XDG_CACHE_HOME:-$HOME/.cache}/paygress/bin/cdk-mintd"
# Fixed words make the same keyset ids in every run; the money is worth nothing.
readonly WORDS=${PAYGRESS_CDK_MINTD_WORDS:-"half depart obvious quality work element tank gorilla view sugar picture humble"}

fail() { printf 'cdk-mintd: %s\n' "$*" >&2; exit 1; }

is_installed() { [ "$("$PROGRAM" --version 2>/dev/null)" = "cdk-mintd $CDK_MINTD" ]; }

run() { # PORT v1|v2 DIRECTORY
  [ $# -eq 3 ] || fail "say which port, v1 or v2, and a directory"
  local port=$1 keysets=$2 directory=$3 version_2
  case $keysets in
    v1) version_2=false ;;
    v2) version_2=true ;;
    *) fail "keysets are v1 or v2, not $keysets" ;;
  esac
  is_installed || fail "version $CDK_MINTD is not installed; run: tests/tools/setup.sh cdk-mintd"
  mkdir -p "$directory"
  cat >"$directory/mint.toml" <<TOML
[info]
url = "http://127.0.0.1:$port"
listen_host = "127.0.0.1"
listen_port = $port
mnemonic = "env:PAYGRESS_CDK_MINTD_WORDS"
input_fee_ppk = ${PAYGRESS_MINT_FEE_PPK:-100}
use_keyset_v2 = $version_2

[info.logging]
output = "stderr"

[mint_info]
name = "cdk-mintd $keysets"

[database]
engine = "sqlite"

[payment_backend]
backend = "fakewallet"
unit = "sat"

[fake_wallet]
supported_units = ["sat"]
fee_percent = 0.02
reserve_fee_min = 2
custom_payment_methods = []
min_delay_time = 0
max_delay_time = 0
TOML
  export PAYGRESS_CDK_MINTD_WORDS=$WORDS
  local way=(init --new-mint)
  [ ! -e "$directory/cdk-mintd.sqlite" ] || way=(apply)
  "$PROGRAM" -w "$directory" config "${way[@]}" --file "$directory/mint.toml"
  exec "$PROGRAM" -w "$directory"
}

case ${1:-} in
  run) shift && run "$@" ;;
  version) is_installed && echo "cdk-mintd $CDK_MINTD" || fail "version $CDK_MINTD is not installed; run: tests/tools/setup.sh cdk-mintd" ;;
  *) fail "say run PORT v1|v2 DIRECTORY, or version" ;;
esac
