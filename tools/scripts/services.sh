#!/usr/bin/env bash
# Makes sure that the programs which tests start are installed: PostgreSQL's (initdb and its neighbours), pgbouncer and
# redis-server.
# What is missing is installed by apt-get, as root or by sudo without a password. Nothing is left running: the packages
# make no cluster and start no service, and services that run already are left alone.
set -euo pipefail

has_postgresql() {
	command -v initdb >/dev/null && return
	local bin
	for bin in "$(pg_config --bindir 2>/dev/null || true)" /usr/lib/postgresql/*/bin; do
		if [ -x "$bin/initdb" ]; then return; fi
	done
	return 1
}

has_pgbouncer() {
	PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin command -v pgbouncer >/dev/null
}

has_redis() {
	PATH=$PATH:/usr/local/bin:/usr/bin:/usr/sbin command -v redis-server >/dev/null
}

missing() {
	if ! has_postgresql; then echo postgresql; fi
	if ! has_pgbouncer; then echo pgbouncer; fi
	if ! has_redis; then echo redis-server; fi
}

root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# no_cluster keeps postgresql-common from making the cluster "main". The file is read by the configuration that the
# package brings, and taken away by cleanup: later clusters are the administrator's business.
no_cluster() {
	root mkdir -p "$(dirname "$cluster_file")"
	echo 'create_main_cluster = false' | root tee "$cluster_file" >/dev/null
	cluster_written=yes
}

# no_service makes invoke-rc.d refuse to start anything while packages are set up. A policy that is there already is
# trusted if it refuses too, as those of container images do, and moved aside otherwise.
no_service() {
	local status=0
	if [ -x "$policy" ]; then
		"$policy" pgbouncer start >/dev/null 2>&1 || status=$?
		if [ "$status" = 101 ]; then return; fi
		root mv "$policy" "$policy.waygate-services"
		policy_moved=yes
	fi
	printf '#!/bin/sh\nexit 101\n' | root tee "$policy" >/dev/null
	root chmod 755 "$policy"
	policy_written=yes
}

cleanup() {
	if [ "$policy_written" = yes ]; then root rm -f "$policy"; fi
	if [ "$policy_moved" = yes ]; then root mv "$policy.waygate-services" "$policy"; fi
	if [ "$cluster_written" = yes ]; then root rm -f "$cluster_file"; fi
}

policy=/usr/sbin/policy-rc.d
policy_written=no
policy_moved=no
cluster_file=/etc/postgresql-common/createcluster.d/waygate-services.conf
cluster_written=no

mapfile -t packages < <(missing)
if [ "${#packages[@]}" = 0 ]; then exit; fi

echo "services: installing ${packages[*]}"
if ! command -v apt-get >/dev/null; then
	echo "services: no apt-get here: install PostgreSQL's server programs, PgBouncer and redis-server by hand" >&2
	exit 1
fi
if [ "$(id -u)" != 0 ] && ! sudo -n true 2>/dev/null; then
	echo "services: neither root nor sudo without a password: run apt-get install ${packages[*]} by hand" >&2
	exit 1
fi
trap cleanup EXIT
no_cluster
no_service
root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
for package in "${packages[@]}"; do
	root update-rc.d "$package" disable >/dev/null # nor at the next boot
done
mapfile -t packages < <(missing)
if [ "${#packages[@]}" != 0 ]; then
	echo "services: still missing after the installation: ${packages[*]}" >&2
	exit 1
fi
