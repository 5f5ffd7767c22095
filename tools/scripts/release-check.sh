#!/usr/bin/env bash
# Says whether what is committed could be tagged. In a copy, go.mod and go.sum become what a release commits, at a version
# of the test's; each released module is packed as the go command would pack that tag, into a directory that serves as a
# module proxy; from there, in empty folders outside of any
# workspace, a program that uses the module is got, vetted, tested, built and run, and the command is installed. What
# our modules need of others comes from the module cache or the usual proxy. KEEP=1 keeps the folders.
set -euo pipefail
# shellcheck source=tools/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

version=v0.999.0
core=$(module_path .)
work=$(mktemp -d)
if [ -n "${KEEP:-}" ]; then echo "release-check: in $work"; else trap 'rm -rf "$work"' EXIT; fi

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

builds() { GOWORK=off go -C "$1" build -o /dev/null ./... && GOWORK=off go -C "$1" vet ./...; }

# pack makes a copy of the tree what a release commits, and packs that.
pack() {
	GOWORK=off go -C tools build -o "$work/release" ./release &&
		mkdir "$work/tagged" &&
		git ls-files -z | xargs -0 cp --parents -t "$work/tagged" &&
		git -C "$work/tagged" init -q && git -C "$work/tagged" add -Af . &&
		"$work/release" write -root "$work/tagged" -modules "$(released_modules)" -version "$version" &&
		"$work/release" pack -root "$work/tagged" -modules "$(released_modules)" -version "$version" -proxy "$work/proxy"
}

# builds_tagged: who checks out the tag builds a nested module by itself, with the sums that are committed.
builds_tagged() { quiet as_user go -C "$work/tagged/$1" build -mod=readonly -o /dev/null ./...; }

# as_user runs a command the way somebody does who has nothing of this repository: modules of ours come from the proxy
# that was packed, and their sums are in no database. The module cache is one of its own, as the version is the same
# each time; -trimpath lets the build cache do nevertheless.
as_user() {
	GOWORK=off GOFLAGS='-modcacherw -trimpath' GOMODCACHE="$work/cache" GOBIN="$work/bin" GONOSUMDB="$core" \
		GOPROXY="file://$work/proxy,file://$cache,$proxies" "$@"
}

# uses MODULE PROGRAM: PROGRAM is a folder of tools/release/testdata/consumers.
uses() (
	folder=$work/uses/$2
	mkdir -p "$folder"
	cd "$folder" || exit 1
	quiet as_user go mod init "user.example/$2" &&
		quiet as_user go get "$1@latest" &&
		cp "$root/tools/release/testdata/consumers/$2/"* . &&
		quiet as_user go mod tidy &&
		own_versions &&
		as_user go vet ./... &&
		quiet as_user go test ./... &&
		as_user go build -o program . &&
		./program >got.txt &&
		diff want.txt got.txt
)

# quiet prints what a command says only if it fails.
quiet() {
	local out
	out=$("$@" 2>&1) || {
		printf '%s\n' "$out"
		return 1
	}
}

# own_versions: no module of ours may have come from elsewhere, and nothing be replaced.
own_versions() {
	local odd
	odd=$(as_user go list -deps -f '{{with .Module}}{{.Path}} {{.Version}}{{end}}' . | sort -u | grep "^$core" | grep -v " $version\$" || true)
	if grep -q '^replace' go.mod || [ -n "$odd" ]; then
		printf 'go.mod is not what was packed: %s\n' "$odd"
		return 1
	fi
}

installs() (
	cd "$work" || exit 1
	quiet as_user go install "$core/cmd/waygate@latest" &&
		bin/waygate --version >version.txt &&
		diff - version.txt <<<"waygate version $version" &&
		bin/waygate import "$root/openapi/testdata/shop.yaml" --out shop.yaml &&
		grep -q '^actions:' shop.yaml
)

proxies=$(go env GOPROXY)
cache=$(go env GOMODCACHE)/cache/download

step "release-check clean tree" clean_tree
step "release-check changelog" changelog
step "release-check licence" test -s LICENSE
step "release-check exported API" tools/scripts/api.sh check
step "release-check exported API since the last tag" tools/scripts/api.sh since-tag
for dir in $(modules); do
	if released "$dir"; then step "release-check $(module_path "$dir") (GOWORK=off)" builds "$dir"; fi
done
step "release-check pack" pack
for dir in $(modules); do
	if released "$dir"; then step "release-check $(module_path "$dir"), as tagged" builds_tagged "$dir"; fi
done
for dir in $(modules); do
	if ! released "$dir" || [ "$dir" = cmd/waygate ]; then continue; fi
	program=$(basename "$dir")
	if [ "$dir" = . ]; then program=core; fi
	step "release-check go get $(module_path "$dir")@latest, from an empty folder" uses "$(module_path "$dir")" "$program"
done
step "release-check go install $core/cmd/waygate@latest, from an empty folder" installs
exit "$failed"
