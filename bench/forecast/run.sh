#!/bin/sh
# Measures forecasts: the error (MASE) against the last value and against the last season, on classical series and on made
# ones, and the time for a series.
#   bench/forecast/run.sh
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
exec cargo run --quiet --release --manifest-path "$root/Cargo.toml" -p cupola-forecast --example forecast-bench
