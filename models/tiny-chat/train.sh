#!/bin/sh
# Makes tiny-chat.gguf again, from the dialogues in this folder: a virtual environment, training, export, evaluation.
#   models/tiny-chat/train.sh [FOLDER_FOR_THE_ENVIRONMENT]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
venv=${1:-"${TMPDIR:-/tmp}/tiny-chat-venv"}
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet -r "$here/requirements.txt"
cd "$here"
"$venv/bin/python" train.py
"$venv/bin/python" evaluate.py --least 0.7
