#!/usr/bin/env bash
# check_upgrade.sh [VERSION...]: a database with the extension goes to a newer
# major version, by dump and restore and by pg_upgrade.
#
# Here, with this machine's PostgreSQL, a server records a small load; an
# advice is dismissed, another one carried out, a snapshot taken, another
# node's use imported, and settings and privileges are given.  Then the dump,
# and the whole server with its data, go to where the newer version is: a
# chroot of check_versions.sh.  There all of it must be as it was, and
# perfadvisor at work.
#
# Counts as check_versions.sh does, and skips a version that cannot be had, as
# it does.  pg_upgrade needs the older server's programs beside the newer ones:
# where they do not run, for want of the libraries of their own system, that
# part is skipped.
#
# VERSIONS	which, if there are no arguments; default 17 18 19
# PG_CONFIG	the PostgreSQL to come from
# PADV_CACHE	as for check_versions.sh
set -u
cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
. test/count.sh
. test/server.sh

DATABASE=shop
# The same on a machine that is slow, and anywhere
QUIET=("jit = off" "perfadvisor.planning_timeout = 0"
	"perfadvisor.progress_interval = 0")
export PGTZ=UTC PGCTLTIMEOUT=600

# ---- what is kept ----

load() {
	local i

	for i in $(seq 20); do
		say "SELECT count(*) FROM t WHERE a = $i;"
	done
	say 'SELECT count(*) FROM t WHERE b = 3;'
}

# An advice is known by its id, and the same in every version.
dismissed() {
	sql "$1" -c "SELECT id, relation, ddl FROM perfadvisor_recommendations()
		WHERE status = 'dismissed'"
}

carried_out() {
	sql "$1" -c "SELECT id, relation, index, applied_at, undo_ddl
		FROM perfadvisor_outcomes"
}

snapshot_figures() {
	sql "$1" -c "SELECT label, taken_at FROM perfadvisor_snapshots;
		SELECT query, sum(calls_before) FROM perfadvisor_compare(1)
		WHERE query LIKE 'SELECT count(*) FROM t WHERE%' AND calls_before > 0
		GROUP BY query ORDER BY query"
}

use_elsewhere() {
	sql "$1" -c 'SELECT * FROM perfadvisor_node_usage ORDER BY 1, 2, 3'
}

settings_kept() {
	sql "$1" -c "SELECT d.datname, s.setrole::regrole, s.setconfig
		FROM pg_db_role_setting s LEFT JOIN pg_database d ON d.oid = s.setdatabase
		WHERE s.setconfig::text LIKE '%perfadvisor%' ORDER BY 1, 2"
	PGOPTIONS='-c role=dba' sql "$1" -c 'SHOW perfadvisor.min_improvement_pct'
}

privileges() {
	sql "$1" -c "SELECT p.oid::regprocedure, has_function_privilege(r, p.oid, 'EXECUTE'), r
		FROM pg_proc p, unnest(ARRAY['dba', 'clerk']) r
		WHERE p.proname ~ '^(perfadvisor|padv)_' ORDER BY p.oid::regprocedure::text, r"
}

place() {
	sql "$1" -c "SELECT e.extnamespace::regnamespace, e.extversion, count(d.objid)
		FROM pg_extension e JOIN pg_depend d ON d.refobjid = e.oid AND d.deptype = 'e'
		WHERE e.extname = 'perfadvisor' AND d.classid <> 'pg_type'::regclass
		GROUP BY e.oid, 1, 2"
}

KEPT="place dismissed carried_out snapshot_figures use_elsewhere settings_kept \
privileges"

# ---- the older version ----

make_database() {
	DATABASE=postgres sql old <<-'SQL' &&
		CREATE ROLE dba LOGIN;
		CREATE ROLE clerk LOGIN;
		CREATE DATABASE shop;
		ALTER DATABASE shop SET search_path = public, "Its own";
		ALTER DATABASE shop SET perfadvisor.min_improvement_pct = 7;
		ALTER ROLE dba SET perfadvisor.slow_query_ms = 20;
		ALTER ROLE dba IN DATABASE shop SET perfadvisor.unused_min_age = '3d';
	SQL
		sql old <<-'SQL'
			CREATE SCHEMA "Its own";
			CREATE EXTENSION perfadvisor SCHEMA "Its own";
			GRANT USAGE ON SCHEMA "Its own" TO dba, clerk;
			GRANT EXECUTE ON FUNCTION perfadvisor_reset TO dba;
			REVOKE EXECUTE ON FUNCTION perfadvisor_whatif FROM PUBLIC;
			CREATE TABLE t AS SELECT g AS id, g % 5000 AS a, g % 5000 AS b,
				'x' || g AS filler
			FROM generate_series(1, 20000) g;
			VACUUM ANALYZE t;
		SQL
}

# A cluster that has never heard of perfadvisor, to compare with
make_plain() {
	new_server plain ''
	start_server plain
	DATABASE=postgres sql plain -c 'CREATE TABLE t (a int)' && stop_server plain
}

# one_of COLUMN: the one advice to index that column of t
one_of() {
	sql old -c "SELECT id, ddl FROM perfadvisor_recommendations()
		WHERE relation = 't'::regclass AND ddl LIKE '%($1)'"
}

make_history() {
	local advice

	load | sql old || return 1
	advice=$(one_of b) &&
		sql old -c "SELECT perfadvisor_dismiss('${advice%%|*}', 'not now')" || return 1
	advice=$(one_of a) && sql old -c "${advice#*|}" || return 1
	load | sql old || return 1
	sql old -c "SELECT perfadvisor_snapshot('before'),
		perfadvisor_import_usage('standby', perfadvisor_export_usage())"
}

# The server and its data, with whatever it links to, for other places to run
pack() {
	local old=$PADV_STAGE/old_version what dir library

	mkdir -p "$old/lib" "$old/kept"
	for what in $KEPT; do
		$what old >"$old/kept/$what" && [ -s "$old/kept/$what" ] || return 1
	done
	pg_dumpall -h "$TMPDIR/old" -U postgres >"$old/dump.sql" || return 1
	stop_server old
	cp -R "$PADV_STAGE/old" "$old/data" && cp -R "$PADV_STAGE/plain" "$old/plain" ||
		return 1
	for what in --bindir --pkglibdir --sharedir; do
		dir=$(pg_config $what)
		mkdir -p "$old/${dir#"$PADV_STAGE/"}" &&
			cp -RL "$dir/." "$old/${dir#"$PADV_STAGE/"}" || return 1
	done
	ldd "$PGBIN/postgres" | awk '$3 ~ /^\// { print $3 }' |
		while read -r library; do cp -L "$library" "$old/lib/"; done
	tar -C "$PADV_STAGE" -cf "$PADV_STAGE/keep/old.tar" old_version
}

before() {
	new_server old perfadvisor "${QUIET[@]}"
	start_server old
	holds "a database with perfadvisor" make_database
	holds "a cluster without it" make_plain
	holds "dismissed and carried out advice, a snapshot, another node's use" \
		make_history
	holds "all of it put together" pack
	closing
}

# ---- the newer version ----

# Nothing but what every cluster has may be there before.
restore() {
	psql -X -q -h "$TMPDIR/restored" -U postgres -f "$OLD/dump.sql" postgres \
		2>&1 >/dev/null | grep -v 'role "postgres" already exists'
	[ "${PIPESTATUS[1]}" = 1 ]
}

# Of the older programs' libraries, those that are not here
find_libraries() {
	local name missing

	mkdir -p "$OLD/found"
	export LD_LIBRARY_PATH=$OLD/found
	while missing=$(ldd "$OLD_BIN/postgres" | awk '/not found/ { print $1 }') &&
		[ -n "$missing" ]
	do
		for name in $missing; do
			mv "$OLD/lib/$name" "$OLD/found/" 2>/dev/null || return 1
		done
	done
	"$OLD_BIN/postgres" --version && "$OLD_BIN/pg_controldata" "$OLD/data"
}

# upgrade NAME: the older cluster of that name
upgrade() {
	new_cluster "new_$1"
	(
		find_libraries >/dev/null && cd "$PADV_STAGE" || exit 1
		pg_upgrade -d "$OLD/$1" -D "$PADV_STAGE/new_$1" -b "$OLD_BIN" \
			-B "$PGBIN" -U postgres -s "$TMPDIR" -p 50432 -P 50433 && exit
		find "$PADV_STAGE/new_$1/pg_upgrade_output.d" -name '*.log' \
			-exec grep -hai -A 4 ' error: ' {} +
		exit 1
	) >"$PADV_STAGE/$1.upgrade" 2>&1
}

# A newer initdb turns checksums on, and pg_upgrade wants both clusters alike.
new_cluster() {
	local sums=

	! initdb --help | grep -q -e --no-data-checksums || sums=--no-data-checksums
	# shellcheck disable=SC2086
	[ -d "$PADV_STAGE/template" ] ||
		initdb -D "$PADV_STAGE/template" -U postgres -A trust --no-sync \
			--locale=C -E UTF8 $sums >"$PADV_STAGE/initdb.log" 2>&1
	new_server "$1" perfadvisor "${QUIET[@]}"
}

same() {
	$1 "$2" | diff "$OLD/kept/$1" -
}

# Everything answers, and what is new is recorded.
works() {
	local view

	sql "$1" -c "SELECT calls FROM perfadvisor_queries
		WHERE query LIKE 'SELECT count(*) FROM t WHERE a =%'" | grep -qx 20 &&
		sql "$1" -c "SELECT verdict FROM perfadvisor_evaluate(
			ARRAY['CREATE INDEX ON t (b)'])" | grep -qx helps || return 1
	sql "$1" -c "SELECT d.objid::regclass FROM pg_depend d JOIN pg_class c ON c.oid = d.objid
		WHERE d.classid = 'pg_class'::regclass AND d.deptype = 'e' AND c.relkind = 'v'
			AND d.refobjid = (SELECT oid FROM pg_extension
				WHERE extname = 'perfadvisor')" >"$PADV_STAGE/views"
	[ "$(wc -l <"$PADV_STAGE/views")" -gt 10 ] || return 1
	while read -r view; do
		sql "$1" -c "SELECT count(v::text) FROM $view v" </dev/null || return 1
	done <"$PADV_STAGE/views"
}

# check_kept SERVER HOW
check_kept() {
	local what

	sql "$1" -c 'VACUUM ANALYZE t'
	load | sql "$1" >/dev/null
	for what in $KEPT; do
		holds "$2: ${what//_/ }" same "$what" "$1"
	done
	holds "$2: everything answers" works "$1"
	holds "$2: advice can be taken back" sql "$1" -c "SELECT perfadvisor_undismiss(id)
		FROM perfadvisor_recommendations() WHERE status = 'dismissed'"
	holds "$2: the extension can go" sql "$1" -c 'DROP EXTENSION perfadvisor'
}

# Versions that do not go together, because one of them is behind in its minor
# releases, are none of perfadvisor's business.
upgrade_or_skip() {
	if upgrade data; then
		ok "pg_upgrade"
	elif upgrade plain; then
		not_ok "pg_upgrade"
		tail -n 20 "$PADV_STAGE/data.upgrade" | narrow
	else
		skip "pg_upgrade: it fails without perfadvisor as well:" \
			"$(grep -ai ' error: ' "$PADV_STAGE/plain.upgrade" | head -n 1 | narrow)"
		return 1
	fi
}

after() {
	tar -xf "$OLD_TAR" -C "$PADV_STAGE" || die "there is nothing to upgrade from"
	OLD=$PADV_STAGE/old_version
	OLD_BIN=$(dirname "$(find "$OLD/root" -name pg_controldata)")

	new_cluster restored
	start_server restored
	holds "the dump is restored" restore
	check_kept restored restored
	holds "the server stops" stop_server restored

	if ! (find_libraries) >"$PADV_STAGE/found" 2>&1; then
		skip "pg_upgrade: the older server's programs do not run here:" \
			"$(tail -n 1 "$PADV_STAGE/found" | narrow)"
	elif upgrade_or_skip; then
		start_server new_data
		check_kept new_data upgraded
		holds "the upgraded server stops" stop_server new_data
	fi
	closing
}

# ---- all of it ----

case ${1-} in
	--before) before; exit ;;
	--after) after; exit ;;
esac

# shellcheck disable=SC2086
[ $# -gt 0 ] || set -- ${VERSIONS:-17 18 19}
work=$(mktemp -d)
trap 'end_ran; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

PADV_KEEP=$work ran "the older version" "${LIMIT:-1200}" \
	bash test/stage.sh bash test/check_upgrade.sh --before
if [ "$failed" = 0 ]; then
	copy_tree "$work/tree"
	mkdir "$work/tree/tmp_check"
	mv "$work/old.tar" "$work/tree/tmp_check/"
	chmod -R a+rX "$work"
	# shellcheck disable=SC2016
	RUN='OLD_TAR=$PWD/tmp_check/old.tar bash test/stage.sh \
		bash test/check_upgrade.sh --after' \
		ran "the newer versions" $((${LIMIT:-1200} * $#)) \
		bash "$work/tree/test/check_versions.sh" "$@"
fi
closing
