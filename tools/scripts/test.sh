#!/usr/bin/env bash
# Tests every module under the race detector, in shuffled order. Modules outside go.work run with GOWORK=off; the
# core runs a second time with GOWORK=off, because that is how whoever embeds it builds it, and without the race
# detector, because that is how it is run. Shuffled runs are never answered from the test cache, so the second pass is
# also a second order.
set -euo pipefail
# shellcheck source=tools/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

flags=(-race -shuffle=on -vet=off) # lint.sh vets, all of it and once

# JSONPath's compliance suite, where it lies beside the clone; without it one test says so.
suite=$root/../shared/data/jsonpath-cts/cts.json
if [ -z "${JSONPATH_CTS:-}" ] && [ -f "$suite" ]; then export JSONPATH_CTS=$suite; fi

run() { # DIR MODE
	if [ -z "$(go_files "$1")" ]; then return; fi
	GOWORK=$2 go -C "$1" test "${flags[@]}" ./...
}

# Without the programs the tests that need them fail, each naming what it misses.
step "test services" tools/scripts/services.sh
step "test documents" tools/scripts/documents.sh
step "test prism" tools/scripts/prism.sh
for dir in $(modules); do
	mode=$(workspace_mode "$dir")
	step "test $(module_path "$dir")${mode:+ (GOWORK=$mode)}" run "$dir" "$mode"
done
# What hostile providers try, and how servers are started, takes long and doesn't depend on how the core is built: once is enough.
alone() {
	local packages
	packages=$(GOWORK=off go list ./... | grep -Ev '/internal/(hostile|pgserver)$')
	# shellcheck disable=SC2086 # a list of packages
	GOWORK=off go test -shuffle=on -vet=off $packages
}
step "test $(module_path .) (GOWORK=off)" alone
# The counts of a test that passes are shown only when it is asked for by itself.
conformance() { go test -count=1 -v -run '^TestConformance$' ./internal/jsonpath | grep -v '^[= -]'; }
step "jsonpath conformance" conformance
exit "$failed"
