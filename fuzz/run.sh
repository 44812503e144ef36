#!/bin/sh
# Fuzzes a front end: fuzz/run.sh TARGET [SECONDS]. Targets: template, bicep, token, screen, translate,
# requests, relay, http1. Needs a nightly toolchain and `cargo install cargo-fuzz`. What it finds stays in fuzz/artifacts. The corpus that
# is kept in fuzz/corpus/TARGET.tar.xz is unpacked first.
set -eu
cd "$(dirname "$0")/.."
target=${1:?which target: template, bicep, token, screen, translate, requests, relay or http1}
mkdir -p "fuzz/corpus/$target"
tar -C "fuzz/corpus/$target" -xJf "fuzz/corpus/$target.tar.xz"
dictionary=
[ -f "fuzz/$target.dict" ] && dictionary="-dict=fuzz/$target.dict"
exec cargo +nightly fuzz run --sanitizer none "$target" -- \
    $dictionary -max_total_time="${2:-1800}" -max_len=65536 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1
