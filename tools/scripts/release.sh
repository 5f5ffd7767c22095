#!/usr/bin/env bash
# Makes a release here, and publishes nothing: VERSION=v0.2.0 release.sh. From a clean, checked main, a commit beside the
# branch holds each released go.mod as users get it; the tags of all modules are put on it. Says what to push.
set -euo pipefail
# shellcheck source=tools/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

version=${VERSION:?is the version to release, such as v0.2.0}
if git rev-parse -q --verify "refs/tags/$version" >/dev/null; then
	echo "release: there is a tag $version already" >&2
	exit 1
fi
if ! grep -q "^## \[${version#v}\] - " CHANGELOG.md; then
	echo "release: CHANGELOG.md has no section \"## [${version#v}] - DATE\": move there what is released, and commit that" >&2
	exit 1
fi
VERSION=$version tools/scripts/release-check.sh

# Beside the branch: there, nested modules go on to use the core next to them.
work=$(mktemp -d)
trap 'git worktree remove --force "$work/tree" 2>/dev/null || true; rm -rf "$work"' EXIT
git worktree add -q --detach "$work/tree" HEAD
GOWORK=off go -C tools run ./release write -root "$work/tree" -modules "$(released_modules)" -version "$version"
git -C "$work/tree" commit -qam "Release $version"
commit=$(git -C "$work/tree" rev-parse HEAD)
tags=()
for dir in $(modules); do
	if ! released "$dir"; then continue; fi
	tag=$version
	if [ "$dir" != . ]; then tag=$dir/$version; fi
	git tag "$tag" "$commit"
	tags+=("$tag")
done
echo "release: $version is commit $commit; publish it by"
echo "  git push origin main ${tags[*]}"
