#!/usr/bin/env bash
# Says whether what is committed could be tagged.
set -euo pipefail
# shellcheck source=tools/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

clean_tree() {
	local dirty
	dirty=$(git status --porcelain)
	if [ -n "$dirty" ]; then
		printf 'not committed:\n%s\n' "$dirty"
		return 1
	fi
}

changelog() {
	if ! grep -q '^## \[Unreleased\]$' CHANGELOG.md; then
		echo 'CHANGELOG.md has no "## [Unreleased]" section: add one'
		return 1
	fi
}

# go_mod refuses what makes `go install MODULE/...@version` refuse the module, or hides that it needs a neighbour.
go_mod() {
	local found
	found=$(go mod edit -json "$1/go.mod" | grep -E '"(Replace|Exclude)": \[' || true)
	if [ -n "$found" ]; then
		echo "$1/go.mod has a replace or exclude directive: remove it before a release"
		return 1
	fi
}

builds() { GOWORK=off go -C "$1" build ./... && GOWORK=off go -C "$1" vet ./...; }

module() { go_mod "$1" && builds "$1"; }

step "release-check clean tree" clean_tree
step "release-check changelog" changelog
step "release-check licence" test -s LICENSE
for dir in $(modules); do
	if released "$dir"; then step "release-check $(module_path "$dir") (GOWORK=off)" module "$dir"; fi
done
echo "release-check: does not cover yet: the tag itself, changes of the exported API since the last tag,"
echo "release-check: and an install of the tagged module from the outside"
exit "$failed"
