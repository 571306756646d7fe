#!/bin/sh
# Judges every report format by the programs that read it: check.sh OUT [HOSTILE_GENERATOR [SCHEMAS]]
#
# Needs node, python3, Chromium, Graphviz, `xmllint` and `pdftotext`; packages of npm and PyPI are installed beside the scripts and below OUT.
# HOSTILE_GENERATOR may be empty. See docs/development.md.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
mkdir -p "${1:?usage: check.sh OUT [HOSTILE_GENERATOR [SCHEMAS]]}"
out=$(cd "$1" && pwd)
generator=${2:-}
schemas=${3:-$out}

(cd "$root" && cargo build --release -p redan -p redan-tests --bin redan --bin formats)
(cd "$here" && npm install --no-fund --no-audit)
(cd "$root/tests/browser" && npm install --no-fund --no-audit)
[ -d "$out/python" ] || python3 -m venv "$out/python"
"$out/python/bin/pip" install --quiet junitparser openpyxl

node "$here/make.mjs" "$out" $generator
failed=0
node "$here/judge.mjs" "$out" "$schemas" || failed=1
"$out/python/bin/python" "$here/judge.py" "$out" "$schemas" || failed=1
node "$root/tests/browser/check.mjs" "$out"/trees/*.html "$out/many.html" || failed=1
exit $failed
