#!/usr/bin/env bash
# Installs Prism, which serves API documents to tests and judges what it is asked: the versions and checksums that
# tools/prism/package-lock.json names, below .bin/prism, which git ignores. No script of any package is run. What is there
# already stays.
set -euo pipefail
# shellcheck source=tools/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

home=$root/.bin/prism
lock=tools/prism/package-lock.json

if cmp -s "$lock" "$home/.complete"; then exit; fi
if ! command -v npm >/dev/null; then
	echo "prism: no npm here: install Node.js 18 or later, with npm" >&2
	exit 1
fi
mkdir -p "$home"
cp tools/prism/package.json "$lock" "$home/"
npm ci --prefix "$home" --ignore-scripts --no-audit --no-fund --silent
cp "$lock" "$home/.complete"
echo "prism: $(node "$home/node_modules/@stoplight/prism-cli/dist/index.js" --version)"
