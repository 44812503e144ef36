#!/bin/sh
# Measures embeddings through the worker against sentence-transformers on torch, which is how the model's authors run it,
# on the same texts and threads in the same run.
#   bench/embeddings/run.sh [--threads N] [--rounds N]
# The environment (some hundred MB: torch) is made once, in FOLDER of CUPOLA_BENCH_VENV or beside temporary files.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
minilm=$here/../../models/all-minilm-l6-v2
venv=${CUPOLA_BENCH_VENV:-"${TMPDIR:-/tmp}/cupola-bench-embeddings"}
[ -f "$venv/all-MiniLM-L6-v2.gguf" ] || "$minilm/convert.sh" "$venv/all-MiniLM-L6-v2.gguf" "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"
exec "$venv/bin/python" "$here/run.py" "$venv/all-MiniLM-L6-v2.gguf" "$@"
