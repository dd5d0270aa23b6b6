#!/usr/bin/env bash
# The published Cashu mint nutshell, for interop: installed once into its own Python environment, then run with fake Lightning.
#
#   tests/tools/nutshell.sh install                          at once when it is there already
#   tests/tools/nutshell.sh run PORT v1|v2 DIRECTORY         in the foreground; its database and log settings in DIRECTORY
#   tests/tools/nutshell.sh version                          what is installed
set -euo pipefail

readonly NUTSHELL=0.21.0
# Raise when the recipe below changes, so that old environments are made anew.
readonly RECIPE=1
readonly ENVIRONMENT="${XDG_CACHE_HOME:-$HOME/.cache}/paygress/nutshell"
readonly STAMP="$ENVIRONMENT/paygress-stamp"
# A fixed key makes the same keyset ids in every run; the money is worth nothing.
readonly KEY=${PAYGRESS_NUTSHELL_KEY:-paygress-interop}

say() { printf 'nutshell: %s\n' "$*" >&2; }
fail() { printf 'nutshell: %s\n' "$*" >&2; exit 1; }

is_installed() { [ "$(cat "$STAMP" 2>/dev/null)" = "$NUTSHELL $RECIPE" ]; }

install() {
  is_installed && return
  command -v python3 >/dev/null || fail "python3 is missing; install Python 3.10 or newer (apt-get install python3 python3-venv)"
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || fail "Python 3.10 or newer is needed, not $(python3 --version)"
  say "installing nutshell $NUTSHELL into $ENVIRONMENT; this takes a minute or two, once"
  rm -rf "$ENVIRONMENT"
  python3 -m venv "$ENVIRONMENT" || fail "python3 cannot make an environment; on Debian: apt-get install python3-venv"
  local pip=("$ENVIRONMENT/bin/pip" --quiet --disable-pip-version-check)
  "${pip[@]}" install --no-deps "cashu==$NUTSHELL" || fail "pip could not fetch cashu $NUTSHELL; look at its message above"
  # Its breez-sdk-spark 0.17 is no longer published (only real Lightning needs it), and marshmallow 4 and limits 5 break it.
  "$ENVIRONMENT/bin/python" - >"$ENVIRONMENT/requirements.txt" <<'PYTHON'
from importlib.metadata import requires
for requirement in requires("cashu"):
    if "extra ==" not in requirement and not requirement.startswith("breez-sdk-spark"):
        print(requirement)
print("marshmallow<4")
print("limits<5")
PYTHON
  "${pip[@]}" install --requirement "$ENVIRONMENT/requirements.txt" || fail "pip could not install nutshell's requirements"
  "${pip[@]}" install --no-deps breez-sdk-spark==0.18.0 || fail "pip could not install breez-sdk-spark"
  [ -x "$ENVIRONMENT/bin/mint" ] || fail "nutshell came without its mint program"
  printf '%s %s\n' "$NUTSHELL" "$RECIPE" >"$STAMP"
}

run() { # PORT v1|v2 DIRECTORY
  [ $# -eq 3 ] || fail "say which port, v1 or v2, and a directory"
  local port=$1 keysets=$2 directory=$3
  install
  mkdir -p "$directory"
  # Nutshell derives version-1 keyset ids for mints that began before 0.20, and reads that from VERSION.
  case $keysets in
    v1) export VERSION=0.19.0 ;;
    v2) unset VERSION 2>/dev/null || true ;;
    *) fail "keysets are v1 or v2, not $keysets" ;;
  esac
  cd "$directory"
  exec env -u XDG_CACHE_HOME \
    CASHU_DIR="$directory" \
    MINT_DATABASE="$directory/mint" \
    MINT_PRIVATE_KEY="$KEY" \
    MINT_INFO_NAME="nutshell $keysets" \
    MINT_LISTEN_HOST=127.0.0.1 MINT_LISTEN_PORT="$port" \
    MINT_BACKEND_BOLT11_SAT=FakeWallet FAKEWALLET_BRR=TRUE \
    MINT_INPUT_FEE_PPK=100 \
    MINT_RATE_LIMIT=FALSE \
    TOR=FALSE \
    "$ENVIRONMENT/bin/mint"
}

case ${1:-} in
  install) install ;;
  run) shift && run "$@" ;;
  version) is_installed && echo "nutshell $NUTSHELL" || fail "nutshell is not installed; run: tests/tools/nutshell.sh install" ;;
  *) fail "say install, run PORT v1|v2 DIRECTORY, or version" ;;
esac
