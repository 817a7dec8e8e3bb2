# shellcheck shell=bash
# lib.sh: what the scripts of test/ share.  Sourced, not run.

say() {
	printf '%s\n' "$*"
}

die() {
	printf '%s: %s\n' "$(basename "$0")" "$*" >&2
	exit 1
}

# Can extensions be built for, and a server be started from, the installation
# that this pg_config describes?
usable_pg_config() {
	local config=$1

	command -v "$config" >/dev/null 2>&1 &&
		[ -f "$("$config" --pgxs 2>/dev/null)" ] &&
		[ -f "$("$config" --includedir-server)/postgres.h" ] &&
		[ -x "$("$config" --bindir)/postgres" ] &&
		[ -x "$("$config" --bindir)/initdb" ]
}

# Prints the pg_config to use: the one of PG_CONFIG, or else the first usable
# one of the usual places, newest version first.
find_pg_config() {
	local config

	if [ -n "${PG_CONFIG-}" ]; then
		usable_pg_config "$PG_CONFIG" && command -v "$PG_CONFIG"
		return
	fi
	{
		command -v pg_config
		printf '%s\n' /usr/lib/postgresql/*/bin/pg_config \
			/usr/pgsql-*/bin/pg_config | sort -rV
		printf '%s\n' /usr/local/pgsql/bin/pg_config
	} | while read -r config; do
		if usable_pg_config "$config"; then
			printf '%s\n' "$config"
			break
		fi
	done | grep .
}

# pgxs_dir PG_CONFIG: where pg_regress and the Perl modules for tests are.
pgxs_dir() {
	local pgxs

	pgxs=$("$1" --pgxs)
	printf '%s\n' "${pgxs%/src/makefiles/pgxs.mk}"
}

# copy_tree DIRECTORY: a copy of the sources, without what builds left.
copy_tree() {
	mkdir -p "$1"
	tar -cf - --exclude=./.git --exclude='*.o' --exclude='*.bc' \
		--exclude='*.so' --exclude=./results --exclude=./tmp_check \
		--exclude=./perfadvisor--1.0.sql . |
		tar -xf - --no-same-owner -C "$1"
}
