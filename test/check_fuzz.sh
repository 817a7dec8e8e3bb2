#!/usr/bin/env bash
# check_fuzz.sh: random statements, arguments and files.
#
# On core's regression database, with perfadvisor recording everything:
# perfadvisor's functions with arguments that are nearly right, sqlsmith's
# statements while advice is asked for, and the saved file with bytes changed.
# No crash, no failed assertion, and no internal error but those that core raises
# without perfadvisor as well.  Ends with a line "N passed, N failed"; where
# PADV_KEEP names a folder, the internal errors and their statements are there.
#
# STATEMENTS	of sqlsmith; default 20000
# CALLS		with random arguments; default 2000
# FILES		damaged ones that the server starts with; default 20
# TRIES		how often a statement that raised an internal error is run again,
#		each with perfadvisor and without; default 30
# SEED		default 1
# LIMIT		seconds that sqlsmith may take; default: a fifth of a second for
#		each statement, and ten minutes
# PG_CONFIG	the PostgreSQL to use; one with assertions finds more
set -u
cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
. test/count.sh
. test/server.sh
. test/coretests.sh

STATEMENTS=${STATEMENTS:-20000}
CALLS=${CALLS:-2000}
FILES=${FILES:-20}
TRIES=${TRIES:-30}
SEED=${SEED:-1}
LIMIT=${LIMIT:-$((STATEMENTS / 5 + 600))}
CLIENTS=2

if [ -z "${PADV_STAGE-}" ]; then
	bash test/setup.sh sqlsmith || {
		say "0 passed, 1 failed"
		exit 1
	}
	on_core_stage bash test/check_fuzz.sh
fi

log=$PADV_STAGE/core.log
errors=$PADV_STAGE/keep/internal

# ---- the database ----

make_database() {
	build_helpers || return 1
	core_server core perfadvisor "log_min_error_statement = error" "jit = off" \
		"backtrace_functions = '$(raisers)'"
	suite regress core
	spare_core core || return 1
	DATABASE=regression sql core -c 'CREATE EXTENSION perfadvisor' -c 'CREATE ROLE smith LOGIN' \
		-c 'GRANT pg_read_all_data, pg_write_all_data, pg_monitor TO smith' \
		-c 'GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO smith' ||
		return 1
	say "log_line_prefix = '%m [%p] %q%u %e '" >>"$PADV_STAGE/core/postgresql.conf"
	stop_server core
	start_server core
}

# The functions of core and of perfadvisor that raise internal errors
raisers() {
	find "$CORE/src/backend" "$CORE/src/pl/plpgsql/src" "$CORE/src/test/regress" src \
		-name '*.c' -print0 |
		xargs -0 awk '
			/^[A-Za-z_][A-Za-z0-9_]*\(/ { name = $0; sub(/\(.*/, "", name) }
			/elog\((ERROR|FATAL|PANIC|elevel)|errmsg_internal/ { print name }
			/ERRCODE_(INTERNAL_ERROR|DATA_CORRUPTED|INDEX_CORRUPTED)/ { print name }' |
		sort -u | paste -s -d ,
}

# show FOLDER: one that internal_errors.pl has left
show() {
	{
		cat "$1/text"
		head -n 12 "$1/inside" "$1/stack" 2>/dev/null | head -n 14
		head -n 20 "$1/statements.sql"
	} 2>/dev/null | narrow
}

# none_of ROLE WHAT: no internal errors of it
none_of() {
	local found=$PADV_STAGE/found.$1 place

	rm -rf "$found" && mkdir "$found"
	perl test/internal_errors.pl "$1" "$log" "$found" >"$PADV_STAGE/internal"
	if [ -s "$PADV_STAGE/internal" ]; then
		not_ok "$2: internal errors"
		for place in "$found"/*; do show "$place"; done
	else
		ok "$2: no internal error"
	fi
}

# ---- arguments ----

arguments() {
	local said=$PADV_STAGE/arguments answered functions=$PADV_STAGE/functions

	DATABASE=regression sql core -c "SELECT d.objid::regprocedure FROM pg_depend d
		JOIN pg_extension x ON d.refclassid = 'pg_extension'::regclass AND x.oid = d.refobjid
		WHERE x.extname = 'perfadvisor' AND d.deptype = 'e'
			AND d.classid = 'pg_proc'::regclass ORDER BY 1" >"$functions"
	{
		say "SET statement_timeout = '20s'; SET client_min_messages = error;"
		perl test/fuzz.pl "$SEED" "$CALLS" "$functions"
		say "SELECT 'the end';"
	} | psql -X -q -At -h "$TMPDIR/core" -U postgres regression >"$said" 2>&1
	answered=$(grep -c '^[0-9]' "$said")
	if [ "$(tail -n 1 "$said")" = "the end" ] && [ "$answered" -gt 0 ]; then
		ok "$CALLS calls with random arguments: $answered \
answered, $(grep -c ERROR "$said") refused"
	else
		not_ok "calls with random arguments"
		tail -n 5 "$said" | narrow
	fi
	none_of postgres "calls with random arguments"
}

# ---- statements ----

smith() {
	local client=$1

	timeout -k 10 "$LIMIT" sqlsmith --verbose \
		--max-queries=$((STATEMENTS / CLIENTS)) --seed=$((SEED * 100 + client)) \
		--target="host=$TMPDIR/core dbname=regression user=smith" \
		>"$PADV_STAGE/smith.core.$client" 2>&1
}

smiths() {
	local client pids=''

	for client in $(seq "$CLIENTS"); do
		smith "$client" &
		pids="$pids $!"
	done
	# shellcheck disable=SC2086
	wait $pids
}

# Until the file is gone; each row of "asked" is one request that came.
ask_meanwhile() {
	while [ -e "$PADV_STAGE/asking" ]; do
		sql core -c "SELECT 'asked', count(*) FROM perfadvisor_recommendations()" \
			-c "SELECT 'asked', count(*), string_agg(DISTINCT queryids::text || ' ' || reason, ' ')
				FILTER (WHERE reason LIKE '%explained further%' AND reason NOT LIKE '%is locked by%') FROM perfadvisor_why_not()" \
			-c "SELECT 'asked', count(*) FROM perfadvisor_predicates" \
			-c "SELECT 'asked', count(*) FROM perfadvisor_slow_queries"
		sleep 2
	done >"$PADV_STAGE/asked" 2>"$PADV_STAGE/asked.errors"
}

statements() {
	local asker sent

	touch "$PADV_STAGE/asking"
	DATABASE=regression ask_meanwhile &
	asker=$!
	smiths
	rm -f "$PADV_STAGE/asking"
	wait "$asker"
	sent=$(for file in "$PADV_STAGE"/smith.core.*; do
		grep -aoE 'queries: [0-9]+' "$file" | tail -n 1
	done | awk '{ sum += $2 } END { print sum + 0 }')
	if [ "$sent" -gt 0 ]; then
		ok "$sent random statements of $STATEMENTS, $(grep -c asked "$PADV_STAGE/asked") \
requests meanwhile"
	else
		not_ok "sqlsmith sent nothing"
		tail -n 5 "$PADV_STAGE/smith.core.1" | narrow
	fi
	if [ -s "$PADV_STAGE/asked.errors" ]; then
		not_ok "requests meanwhile failed"
		sort "$PADV_STAGE/asked.errors" | uniq -c | head -n 20 | narrow
	else
		ok "every request meanwhile was answered"
	fi
	if grep -aE '^asked\|[0-9]+\|.' "$PADV_STAGE/asked" >"$PADV_STAGE/said"; then
		not_ok "some statements cannot be explained"
		sort -u "$PADV_STAGE/said" | head -n 5 | narrow
	else
		ok "every statement that was planned is explained"
	fi
	none_of postgres "requests meanwhile"
	judge_errors
}

# ---- whose the internal errors of random statements are ----

# Core has some of its own, which random statements raise.  One is core's if
# a statement that raised it raises it in the same server without perfadvisor as
# well; tried several times, as samples of rows are random.  What was raised in
# perfadvisor's own code is not core's, whatever else raises it.  What does not come
# again, with or without perfadvisor, but was raised by core where it executes the
# statement, is told.

# restart_core NAME [OPTION...]: with a log of that name
restart_core() {
	local name=$1
	shift

	stop_server core
	pg_ctl -D "$PADV_STAGE/core" -l "$PADV_STAGE/$name.log" -t 900 -w "$@" start \
		>"$PADV_STAGE/$name.start" 2>&1 ||
		die "the server does not start again: $(tail -n 5 "$PADV_STAGE/$name.log")"
}

# for_views SQL: that for each of perfadvisor's views, with its name for @
for_views() {
	local view

	for view in $views; do
		say "BEGIN; ${1//@/$view} COMMIT;"
	done | psql -X -q -h "$TMPDIR/core" -U postgres regression >/dev/null 2>&1
}

# mark_raised NAME: marks the errors that are in the log of that name
mark_raised() {
	local place

	rm -rf "$PADV_STAGE/found" && mkdir "$PADV_STAGE/found"
	perl test/internal_errors.pl smith "$PADV_STAGE/$1.log" "$PADV_STAGE/found" \
		>"$PADV_STAGE/internal"
	for place in "$errors"/*; do
		! grep -qxF -f "$place/heading" "$PADV_STAGE/internal" ||
			touch "$place/$1"
	done
}

# run_again NAME: the statements of the errors that were not raised again, until
# they are, or the tries are over
run_again() {
	local try place

	for try in $(seq "$TRIES"); do
		for place in "$errors"/*; do
			[ -e "$place/without" ] || [ -e "$place/$1" ] ||
				cat "$place/statements.sql"
		done >"$PADV_STAGE/again.sql"
		[ -s "$PADV_STAGE/again.sql" ] || return
		say "$1: try $try" >>"$PADV_STAGE/again.out"
		PGOPTIONS='-c statement_timeout=5s' psql -X -q -h "$TMPDIR/core" \
			-U smith -f "$PADV_STAGE/again.sql" regression \
			>>"$PADV_STAGE/again.out" 2>&1
		mark_raised "$1"
	done
}

# Without perfadvisor, its views of what was recorded are refused: tables of what
# they told stand for them.
run_all_again() {
	views=$(DATABASE=regression sql core -c "SELECT c.relname FROM pg_class c
		JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid
		JOIN pg_extension x ON d.refclassid = 'pg_extension'::regclass AND x.oid = d.refobjid
		WHERE x.extname = 'perfadvisor' AND d.deptype = 'e' AND c.relkind = 'v'")
	DATABASE=regression sql core -c 'CREATE SCHEMA told'
	for_views 'CREATE TABLE told.@ AS TABLE public.@;'
	restart_core without -o "-c shared_preload_libraries=''"
	for_views 'ALTER VIEW public.@ RENAME TO @_; ALTER TABLE told.@ SET SCHEMA public;'
	run_again without
	for_views 'DROP TABLE public.@; ALTER VIEW public.@_ RENAME TO @;'
	restart_core with
	run_again with
}

judge_error() {
	local place=$1

	if [ -e "$place/inside" ]; then
		not_ok "an internal error raised in perfadvisor"
	elif [ -e "$place/without" ]; then
		own=$((own + 1))
		return
	elif [ -e "$place/with" ]; then
		not_ok "an internal error that is not raised without perfadvisor"
	elif [ -e "$place/unseen" ]; then
		not_ok "an internal error that is not raised again, nor is known where it was"
	else
		once=$((once + 1))
		say "not raised again, neither with perfadvisor nor without:"
	fi
	show "$place"
}

judge_errors() {
	local place own=0 once=0 before=$failed

	mkdir -p "$errors"
	perl test/internal_errors.pl smith "$log" "$errors" >"$PADV_STAGE/internal"
	if [ -s "$PADV_STAGE/internal" ]; then
		run_all_again
		for place in "$errors"/*; do judge_error "$place"; done
	fi
	[ "$failed" != "$before" ] ||
		ok "random statements: no internal error but $own of core's own, \
and $once that core raised once"
}

# ---- files ----

files() {
	local saved=$PADV_STAGE/core/pg_stat/perfadvisor.stat i bad=0 read=0

	stop_server core
	cp "$saved" "$PADV_STAGE/good.stat" || {
		not_ok "there is no saved file"
		return
	}
	start_server core
	DATABASE=regression holds "what was saved is read again" sql core \
		-c "SELECT 1 / (count(*) > 100)::int FROM perfadvisor_queries"
	stop_server core
	for i in $(seq "$FILES"); do
		cp "$PADV_STAGE/good.stat" "$saved"
		perl test/damage.pl $((SEED * 1000 + i)) "$saved"
		start_server core
		DATABASE=regression sql core -c "SELECT count(*) FROM perfadvisor_queries" \
			-c "SELECT count(*), min(example) FROM perfadvisor_slow_queries" \
			-c "SELECT count(*) FROM perfadvisor_seq_scans" \
			-c "SELECT count(*), min(target) FROM perfadvisor_predicates" \
			-c "SELECT count(*) FROM perfadvisor_recommendations()" \
			-c "SELECT perfadvisor_snapshot()" \
			>"$PADV_STAGE/answers" 2>"$PADV_STAGE/said" || bad=$((bad + 1))
		! head -n 1 "$PADV_STAGE/answers" | grep -q '^[1-9]' || read=$((read + 1))
		stop_server core
	done
	if [ $bad = 0 ]; then
		ok "$FILES starts with a damaged file, of which $read had sense"
	else
		not_ok "$bad of $FILES starts with a damaged file"
		tail -n 5 "$PADV_STAGE/said" | narrow
	fi
	none_of postgres "starts with damaged files"
}

# ---- all of it ----

make_database || die "no regression database: $(tail -n 3 "$log")"
arguments
statements
files
touch "$PADV_STAGE/with.log"
if bad_lines "$log" "$PADV_STAGE/with.log" >"$PADV_STAGE/bad"; then
	not_ok "the server's log"
	head -n 20 "$PADV_STAGE/bad" | narrow
else
	ok "nothing amiss in the server's log"
fi
closing
