#!/bin/sh
# Measures what the gateway costs: CPU per request with governance on (keys, limits, a ledger in a real SQLite file),
# against a direct call of the same fast fake upstream in the same run.
#   bench/gateway/run.sh [--seconds N] [--connections N] [--rounds N] [--stream]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
exec cargo run --quiet --release --manifest-path "$root/Cargo.toml" -p cupola-gateway --example gateway-bench -- "$@"
