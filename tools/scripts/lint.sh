#!/usr/bin/env bash
# Checks every module: gofmt, go vet, staticcheck, go mod tidy -diff and govulncheck; then the directions of imports, and
# that what is exported is what api/ says.
# staticcheck and govulncheck are built from the versions that tools/go.mod pins, into .bin/.
set -euo pipefail
# shellcheck source=tools/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# VULNDB names another copy of the vulnerability database, by https:// or file:// URL.
vuln_database=${VULNDB:-https://vuln.go.dev}
vuln_seconds=60
vuln_answers=yes

format() {
	local file bad files=()
	while read -r file; do
		if [ -f "$file" ]; then files+=("$file"); fi
	done < <(git ls-files --cached --others --exclude-standard -- '*.go')
	if [ "${#files[@]}" = 0 ]; then return; fi
	bad=$(gofmt -l "${files[@]}") || return 1
	if [ -n "$bad" ]; then
		printf 'not formatted, run gofmt -w on:\n%s\n' "$bad"
		return 1
	fi
}

build_tools() {
	mkdir -p .bin &&
		GOWORK=off go -C tools build -o "$root/.bin/" tool
}

# tidy wants the files that `go mod tidy` would write; each module is looked at alone, as its users see it.
tidy() { GOWORK=off go -C "$1" mod tidy -diff; }

# Packages are compiled for vet and staticcheck. Those of the nested modules are looked at as the tests build them, so that
# their many dependencies aren't compiled a second time; the core, some of whose files the race detector leaves out, isn't.
build_flags() { if [ "$1" = . ]; then echo "${GOFLAGS:-}"; else echo "${GOFLAGS:-} -race"; fi; }

vet() { GOFLAGS=$(build_flags "$1") GOWORK=$2 go -C "$1" vet ./...; }

static() { (cd "$1" && GOFLAGS=$(build_flags "$1") GOWORK=$2 "$root/.bin/staticcheck" ./...); }

# vulnerabilities fails on findings (exit 3) and on broken code. A database out of reach says nothing about the code:
# it is announced, once, and does not fail.
vulnerabilities() {
	local out rc=0
	out=$(cd "$1" && GOWORK=$2 timeout "$vuln_seconds" "$root/.bin/govulncheck" -db "$vuln_database" ./... 2>&1) || rc=$?
	if [ "$rc" = 124 ] || { [ "$rc" = 1 ] && grep -q 'fetching vulnerabilities' <<<"$out"; }; then
		vuln_answers=no
		echo "govulncheck: NOT RUN (database unreachable)"
		return
	fi
	if [ "$rc" != 0 ]; then printf '%s\n' "$out"; fi
	return "$rc"
}

check() { # DIR MODE: all checks run, also after one that fails
	local rc=0
	tidy "$1" || rc=1
	if [ -n "$(go_files "$1")" ]; then
		vet "$@" || rc=1
		static "$@" || rc=1
		if [ "$vuln_answers" = yes ]; then vulnerabilities "$@" || rc=1; fi
	fi
	return "$rc"
}

step "lint gofmt" format
step "lint build of the tools" build_tools
for dir in $(modules); do
	mode=$(workspace_mode "$dir")
	step "lint $(module_path "$dir")${mode:+ (GOWORK=$mode)}" check "$dir" "$mode"
done
step "lint imports" go test -count=1 ./internal/archtest
step "lint exported API" tools/scripts/api.sh check
exit "$failed"
