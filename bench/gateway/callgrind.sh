#!/bin/sh
# Counts the instructions of the gateway's process for a request, so that a change shows on a noisy machine too. The dumps
# stay, for callgrind_annotate.
#   bench/gateway/callgrind.sh [REQUESTS]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
if ! command -v valgrind > /dev/null; then
    echo "valgrind is missing: install the package valgrind" >&2
    exit 1
fi
count=${1:-2000}
folder=$(mktemp -d)
cd "$root"
for form in whole streamed; do
    for sync in interval answer; do
        cargo run --quiet --release -p cupola-gateway --example gateway-bench -- instructions "$folder" "$sync" "$form" "$count"
    done
done
