#!/bin/sh
# Measures what the gateway costs with governance on (keys, limits, a ledger in a real SQLite file, synced in both ways),
# against nginx as a plain proxy and a direct call of the same fast fake upstream, in the same run.
#   bench/gateway/run.sh [--seconds N] [--connections N] [--rounds N]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
if ! command -v nginx > /dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
        apt-get install --yes --quiet nginx-light > /dev/null
    else
        echo "nginx is missing: install the package nginx-light" >&2
        exit 1
    fi
fi
exec cargo run --quiet --release --manifest-path "$root/Cargo.toml" -p cupola-gateway --example gateway-bench -- "$@"
