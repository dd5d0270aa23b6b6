# Where tools built for the tests live. Sourced by the scripts of this folder; the Makefile says the same.
export PAYGRESS_CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/paygress"
export PATH="$PAYGRESS_CACHE/bin:$PATH"
