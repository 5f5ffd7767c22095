# shellcheck shell=bash disable=SC2034 # root and failed are for the scripts
# What the other scripts share. Sourced, never run: it moves to the repository's root and defines functions.

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
root=$PWD
# Workspace membership is decided per module below; a caller's own choice must not leak in.
unset GOWORK

# modules prints the directory of every Go module of the repository, the core (".") first. Files not yet added
# count, ignored and deleted ones don't, and neither do the fixtures of tests.
modules() {
	git ls-files --cached --others --exclude-standard -- go.mod '*/go.mod' | sort -u |
		while read -r file; do
			case "/$file" in */testdata/*) continue ;; esac
			if [ -f "$file" ]; then dirname "$file"; fi
		done | awk '$0 == "." { print; next } { rest = rest $0 "\n" } END { printf "%s", rest }'
}

# module_path DIR prints the module's import path.
module_path() { awk '$1 == "module" { print $2; exit }' "$1/go.mod"; }

# workspace_mode DIR prints the GOWORK value to run the module with: empty where go.work uses it, else "off".
workspace_mode() {
	if go work edit -json | sed -n 's/.*"DiskPath": "\(.*\)".*/\1/p' | sed 's|^\./||' | grep -Fqx -- "$1"; then
		echo ""
	else
		echo off
	fi
}

# released DIR holds for the modules that are tagged and fetched by others.
released() {
	case "$1/" in examples/* | internal/* | tools/*) return 1 ;; *) return 0 ;; esac
}

# released_modules prints the directories of those modules, the core first, with commas between them.
released_modules() {
	local dir list=
	for dir in $(modules); do
		if released "$dir"; then list=${list:+$list,}$dir; fi
	done
	echo "$list"
}

# go_files DIR lists the Go files under the module. None: nothing to build, test or check.
go_files() {
	git ls-files --cached --others --exclude-standard -- "$1/*.go"
}

failed=0

# step LABEL COMMAND... runs the command and prints one closing line: label, ok or FAIL, seconds. A failure is
# remembered in $failed and the caller goes on, so that one run shows everything that is wrong.
step() {
	local label=$1 start=$SECONDS verdict=ok
	shift
	if ! "$@"; then
		verdict=FAIL
		failed=1
	fi
	printf '%s: %s %ds\n' "$label" "$verdict" "$((SECONDS - start))"
}

# listed DIR MODE REGEXP prints "PACKAGE NAME" for each test, benchmark or fuzz target that matches. Packages that
# don't build are reported on stderr and make it fail; the others are listed all the same.
listed() {
	local out rc=0
	out=$(GOWORK=$2 go -C "$1" test -list "$3" ./...) || rc=$?
	if [ "$rc" != 0 ]; then printf '%s\n' "$out" | grep -v '^ok' >&2; fi
	printf '%s\n' "$out" | awk '
		$1 == "ok" { for (i = 1; i <= n; i++) print $2, names[i] }
		$1 == "ok" || $1 == "?" || $1 == "FAIL" { n = 0; next }
		/^(Test|Fuzz|Benchmark|Example)/ && NF == 1 { names[++n] = $1 }'
	return "$rc"
}
