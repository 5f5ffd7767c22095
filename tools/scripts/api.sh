#!/usr/bin/env bash
# What the released modules export, as the files of api/, one line for each name, field and method.
#   api.sh write      rewrites the files
#   api.sh check      fails where they aren't those of the code
#   api.sh since-tag  says what changed since the last tag of the core, and which version that takes at least; VERSION
#                     is the one that is meant, and fails if it isn't enough
set -euo pipefail
# shellcheck source=tools/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
GOWORK=off go -C tools build -o "$work/api" ./api

since_tag() {
	local last file
	# Releases are tagged beside the branch, so it is the highest version and not the nearest commit.
	last=$(git -c versionsort.suffix=- tag --list 'v[0-9]*' --sort=-version:refname | sed -n 1p)
	if [ -z "$last" ]; then
		echo "api: no tag of the core yet: nothing to compare with"
		return
	fi
	mkdir "$work/old"
	for file in $(git ls-tree --name-only "$last" api/); do
		git show "$last:$file" >"$work/old/$(basename "$file")"
	done
	"$work/api" compare -old "$work/old" -new api -last "$last" -version "${VERSION:-}"
}

case ${1:-} in
write | check) "$work/api" "$1" -root "$root" -modules "$(released_modules)" ;;
since-tag) since_tag ;;
*)
	echo "api.sh: want write, check or since-tag" >&2
	exit 2
	;;
esac
