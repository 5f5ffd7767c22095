#!/usr/bin/env bash
# Repeats the core's tests of concurrency under the race detector, SOAKCOUNT times (default 20). Such a test says so
# in its name: Concurrent, Parallel, Race, Stress or Leak. Then it runs the long form of what internal/e2e does to real
# servers: WAYGATE_SOAK=1 makes 60 s of its 10 s.
set -euo pipefail
# shellcheck source=tools/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
"$root/tools/scripts/services.sh"

count=${SOAKCOUNT:-20}
names='Concurren|Parallel|Race|Stress|Leak'

found=$(listed . "" "$names") || failed=1
# grep -c counts no empty line, and an empty list is no error here.
tests=$(grep -c . <<<"$found" || true)
for package in $(awk '{ print $1 }' <<<"$found" | sort -u); do
	step "soak $package" go test -race -shuffle=on -count="$count" -run "$names" "$package"
done
step "soak internal/e2e" env WAYGATE_SOAK=1 go -C internal/e2e test -race -count=1 -timeout 30m ./...
echo "soak: $tests tests, $count times each, and the long form of the faults of real servers"
echo "soak: does not cover yet: a gateway under load for hours, memory over time"
exit "$failed"
