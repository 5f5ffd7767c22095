#!/usr/bin/env bash
# Runs the benchmarks of every package that has some.
set -euo pipefail
# shellcheck source=tools/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

count=0
for dir in $(modules); do
	mode=$(workspace_mode "$dir")
	if [ -z "$(go_files "$dir")" ]; then continue; fi
	found=$(listed "$dir" "$mode" '^Benchmark') || failed=1
	for package in $(awk '{ print $1 }' <<<"$found" | sort -u); do
		count=$((count + 1))
		step "bench $package" env GOWORK="$mode" go -C "$dir" test -timeout 60m -run "^$" -bench . -benchmem "$package"
	done
done
echo "bench: $count packages with benchmarks"
echo "bench: does not cover yet: the comparison, side by side, with other clients"
exit "$failed"
