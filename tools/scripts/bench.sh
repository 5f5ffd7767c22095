#!/usr/bin/env bash
# Compares with others, side by side, and writes docs/benchmarks.md; then runs the benchmarks of every package that has
# some. What compares comes first, while nothing else has warmed the machine up. It prints for each target whether it is
# met, and fails if one isn't and docs/benchmarks.md doesn't know why.
set -euo pipefail
# shellcheck source=tools/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# How long a benchmark runs that is shorter, and in how many rounds clients are compared.
benchtime=${BENCHTIME:-300ms}
rounds=${ROUNDS:-40}

step "bench clients" env GOWORK=off go -C internal/bench run . -rounds "$rounds" -docs "$root/docs"
if [ -n "$(git ls-files --cached --others --exclude-standard -- 'internal/bench/openapi/*.go')" ]; then
	step "bench documents" tools/scripts/documents.sh
	step "bench imports" env GOWORK=off go -C internal/bench run ./openapi -docs "$root/docs"
fi

count=0
for dir in $(modules); do
	mode=$(workspace_mode "$dir")
	if [ -z "$(go_files "$dir")" ]; then continue; fi
	found=$(listed "$dir" "$mode" '^Benchmark') || failed=1
	for package in $(awk '{ print $1 }' <<<"$found" | sort -u); do
		count=$((count + 1))
		step "bench $package" env GOWORK="$mode" go -C "$dir" test -timeout 60m -run "^$" -bench . -benchtime "$benchtime" -benchmem "$package"
	done
done
echo "bench: $count packages with benchmarks, ${SECONDS}s in all"
exit "$failed"
