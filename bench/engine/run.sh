#!/bin/sh
# Measures the engine worker, through its HTTP API, against llama.cpp's bare decode loop on the same model file.
#   bench/engine/run.sh [MODEL.gguf] [--tokens N] [--rounds N] [--threads N]
# The goals: at least 0.95 of the bare loop for one stream, at least 0.9 of its aggregate at eight.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
case "${1-}" in
"" | -*) model=$root/models/tiny-chat/tiny-chat.gguf ;;
*)
    model=$1
    shift
    ;;
esac
exec cargo run --quiet --release --manifest-path "$root/Cargo.toml" -p cupola-engine --example bench -- "$model" "$@"
