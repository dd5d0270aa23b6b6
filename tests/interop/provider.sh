#!/usr/bin/env bash
# The published provider, paygress-cli 0.1.9, on loopback: writes its configuration and runs it in the foreground, with a
# stand-in for docker first on its PATH.
#
#   tests/interop/provider.sh DIRECTORY --relay URL… --mint URL… [--heartbeat-secs N] [--minimum-secs N] [--key HEX]
#                             [--name TEXT] [--config-only]
#
# DIRECTORY takes the configuration, the provider's wallet, and what the stand-in docker was asked for.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
readonly CLI="${XDG_CACHE_HOME:-$HOME/.cache}/paygress/bin/paygress-cli"

fail() { printf 'provider: %s\n' "$*" >&2; exit 1; }

[ $# -ge 1 ] || fail "say a directory; see the head of this script"
mkdir -p "$1"
directory=$(cd "$1" && pwd)
shift
relays=() mints=() heartbeat_secs=5 minimum_secs=60 name="interop provider" config_only=
# 64 hex digits; the same provider in every run unless told otherwise.
key=$(printf '2%.0s' {1..64})
while [ $# -gt 0 ]; do
  case $1 in
    --config-only) config_only=yes; shift; continue ;;
  esac
  [ $# -ge 2 ] || fail "$1 wants a value"
  case $1 in
    --relay) relays+=("$2") ;;
    --mint) mints+=("$2") ;;
    --heartbeat-secs) heartbeat_secs=$2 ;;
    --minimum-secs) minimum_secs=$2 ;;
    --key) key=$2 ;;
    --name) name=$2 ;;
    *) fail "$1 is no option; see the head of this script" ;;
  esac
  shift 2
done
[ ${#relays[@]} -gt 0 ] || fail "say at least one --relay"
[ ${#mints[@]} -gt 0 ] || fail "say at least one --mint"

list() { local joined; joined=$(printf '"%s",' "$@"); printf '[%s]' "${joined%,}"; }

cat >"$directory/provider.json" <<JSON
{
  "backend_type": "Docker",
  "proxmox_url": "", "proxmox_token_id": "", "proxmox_token_secret": "", "proxmox_node": "", "proxmox_storage": "",
  "proxmox_template": "", "proxmox_bridge": "",
  "vmid_range_start": 1000, "vmid_range_end": 1999,
  "nostr_private_key": "$key",
  "nostr_relays": $(list "${relays[@]}"),
  "provider_name": "$name", "provider_location": "loopback", "public_ip": "127.0.0.1", "capabilities": ["docker"],
  "specs": [
    {"id": "basic", "name": "Basic", "description": "1 vCPU, 1 GB", "cpu_millicores": 1000, "memory_mb": 1024,
     "rate_msats_per_sec": 50},
    {"id": "standard", "name": "Standard", "description": "2 vCPU, 2 GB", "cpu_millicores": 2000, "memory_mb": 2048,
     "rate_msats_per_sec": 100}
  ],
  "whitelisted_mints": $(list "${mints[@]}"),
  "heartbeat_interval_secs": $heartbeat_secs, "minimum_duration_seconds": $minimum_secs,
  "cashu_wallet_db_path": "$directory/wallet.redb"
}
JSON
[ -z "$config_only" ] || exit 0
[ -x "$CLI" ] || fail "paygress-cli is missing; run: tests/tools/setup.sh paygress-cli"
cd "$directory"
exec env PATH="$here/bin:$PATH" STAND_IN_DIR="$directory" "$CLI" provider start --config "$directory/provider.json"
