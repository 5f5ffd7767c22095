#!/usr/bin/env bash
# Repeats the core's tests of concurrency under the race detector, SOAKCOUNT times (default 20). Such a test says so
# in its name: Concurrent, Parallel, Race, Stress or Leak.
set -euo pipefail
# shellcheck source=tools/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

count=${SOAKCOUNT:-20}
names='Concurren|Parallel|Race|Stress|Leak'

found=$(listed . "" "$names") || failed=1
# grep -c counts no empty line, and an empty list is no error here.
tests=$(grep -c . <<<"$found" || true)
for package in $(awk '{ print $1 }' <<<"$found" | sort -u); do
	step "soak $package" go test -race -shuffle=on -count="$count" -run "$names" "$package"
done
echo "soak: $tests tests, $count times each"
echo "soak: does not cover yet: a gateway under load for hours, a store that dies, memory over time"
exit "$failed"
