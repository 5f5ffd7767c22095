#!/usr/bin/env bash
# Runs each fuzz target of every module for FUZZTIME (default 30s), one after the other. An input that breaks one is
# kept by the go command under testdata/fuzz, where every later `go test` tries it again.
set -euo pipefail
# shellcheck source=tools/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

time=${FUZZTIME:-30s}
count=0

for dir in $(modules); do
	mode=$(workspace_mode "$dir")
	if [ -z "$(go_files "$dir")" ]; then continue; fi
	targets=$(listed "$dir" "$mode" '^Fuzz') || failed=1
	while read -r package target; do
		if [ -z "$package" ]; then continue; fi
		count=$((count + 1))
		# -run skips the ordinary tests, the anchors keep one name from matching two targets.
		step "fuzz $package $target" env GOWORK="$mode" \
			go -C "$dir" test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 20x "$package" </dev/null
	done <<<"$targets"
done
echo "fuzz: $count targets, $time each"
exit "$failed"
