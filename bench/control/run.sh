#!/bin/sh
# Measures the control plane through its front door, without sockets, on a real SQLite file: reads, writes and lists per
# second with their 99th percentile at 100, 10,000 and 100,000 resources, then a template of 300 endpoints.
#   bench/control/run.sh [--sizes 100,10000,100000] [--requests N] [--endpoints N]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
exec cargo run --quiet --release --manifest-path "$root/Cargo.toml" -p cupola-control --example control-bench -- "$@"
