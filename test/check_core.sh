#!/usr/bin/env bash
# check_core.sh: PostgreSQL's own regression and isolation tests, with
# perfadvisor preloaded, recording everything and watching all of it closely;
# then advice on what was recorded.
#
# A test passes as PostgreSQL says, or when its output is to the letter what
# the server says without perfadvisor: Debian's sources may be of another
# minor version than its server.  Some tests depend on what a busy machine does
# meanwhile.  One that fails otherwise runs up to three times more, with
# perfadvisor, and is said to have passed the second, third or fourth time.  All
# further runs are made only when needed.
#
# Needs PostgreSQL's sources (test/source.sh fetches Debian's), and a minute or
# two.  Ends with a line "N passed, N failed".
#
# PG_CONFIG	the PostgreSQL to use
# SUITES	"regress isolation"
set -u
cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
. test/count.sh
. test/server.sh
. test/coretests.sh

SUITES=${SUITES:-regress isolation}

[ -n "${PADV_STAGE-}" ] || on_core_stage bash test/check_core.sh

# ---- core's tests ----

# Without perfadvisor, when that is asked for the first time.
bare_output() {
	local name=$1

	if [ ! -d "$PADV_STAGE/bare" ]; then
		core_server bare ''
	fi
	[ -d "$PADV_STAGE/bare.$name" ] || suite "$name" bare
	say "$PADV_STAGE/bare.$name/results"
}

# The output of a test that failed, and of the same one without perfadvisor
as_without() {
	local name=$1 test=$2 bare

	bare=$(bare_output "$name")
	cmp -s "$PADV_STAGE/core.$name/results/$test.out" "$bare/$test.out"
}

# The whole suite once more, each time on a server of its own: its tests build on
# each other.  Prints which time it has passed.
again() {
	local name=$1 test=$2 try

	for try in second third fourth; do
		[ -d "$PADV_STAGE/$try" ] || core_server "$try" perfadvisor
		[ -d "$PADV_STAGE/$try.$name" ] || suite "$name" "$try"
		if grep -q "^ok $test " "$PADV_STAGE/$try.$name/lines"; then
			say "$try"
			return 0
		fi
	done
	return 1
}

verdicts() {
	local name=$1 out=$PADV_STAGE/core.$1 verdict test ms try

	if [ ! -s "$out/lines" ]; then
		not_ok "$name: did not run"
		tail -n 20 "$out/output" | narrow
	fi
	while read -r verdict test ms; do
		if [ "$verdict" = ok ]; then
			ok "$name/$test  $ms ms"
		elif as_without "$name" "$test"; then
			ok "$name/$test, as without perfadvisor"
		elif try=$(again "$name" "$test"); then
			ok "$name/$test, the $try time"
		else
			not_ok "$name/$test"
			diff -U3 "$PADV_STAGE/bare.$name/results/$test.out" \
				"$out/results/$test.out" | head -n 60 | narrow
		fi
	done <"$out/lines"
}

# ---- advice ----

# ask WHAT SQL: it must come, without an internal error
ask() {
	local what=$1 log=$PADV_STAGE/core.log before
	shift

	before=$(wc -c <"$log")
	if ! sql core -c "$1" >"$PADV_STAGE/said" 2>&1; then
		not_ok "$what"
		tail -n 5 "$PADV_STAGE/said" | narrow
	elif tail -c "+$((before + 1))" "$log" | grep -a ' XX[0-9]* ERROR: ' \
		>"$PADV_STAGE/internal"
	then
		not_ok "$what: internal errors"
		head -n 5 "$PADV_STAGE/internal" | narrow
	else
		ok "$what: $(tail -n 1 "$PADV_STAGE/said")"
	fi
}

ask_for_advice() {
	local view

	spare_core core && sql core -c 'CREATE EXTENSION perfadvisor' || return 1
	sql core -c "SELECT objid::regclass FROM pg_depend d
		JOIN pg_class c ON c.oid = d.objid
		WHERE d.deptype = 'e' AND d.classid = 'pg_class'::regclass
			AND d.refobjid = (SELECT oid FROM pg_extension
				WHERE extname = 'perfadvisor') AND c.relkind = 'v'
		ORDER BY 1" >"$PADV_STAGE/views"
	while read -r view; do
		ask "$view" "SELECT count(*) FROM $view"
	done <"$PADV_STAGE/views"
	ask perfadvisor_info "SELECT count(*) FROM perfadvisor_info()"
	ask perfadvisor_recommendations \
		"SELECT count(*) FROM perfadvisor_recommendations()"
	ask "perfadvisor_recommendations, under a budget" \
		"SELECT count(*) FROM perfadvisor_recommendations(1000000, 0)"
	ask perfadvisor_why_not "SELECT count(*) FROM perfadvisor_why_not()"
	ask perfadvisor_evaluate "SELECT count(*) FROM perfadvisor_evaluate(
		(SELECT array_agg(pg_get_indexdef(indexrelid)) FROM pg_index
		WHERE indrelid IN ('tenk1'::regclass, 'onek'::regclass,
			'road'::regclass, 'test_tsvector'::regclass)))"
	ask_statements
	ask perfadvisor_save "SELECT perfadvisor_save()"
}

# What-if for each recorded statement; what cannot be planned has to say so.  Core
# raises internal errors of its own: PREPARE p AS SELECT (ROW($1)).f1, to which
# SELECT (ROW('x')).f1 comes, is one.
ask_statements() {
	ask "perfadvisor_whatif, statement by statement" "
	CREATE FUNCTION pg_temp.of_prepare(query text) RETURNS text LANGUAGE plpgsql AS \$\$
	BEGIN
		EXECUTE 'PREPARE perfadvisor_try AS ' || query;
		DEALLOCATE perfadvisor_try;
		RETURN '';
	EXCEPTION WHEN OTHERS THEN
		RETURN SQLSTATE || ' ' || SQLERRM;
	END \$\$;
	CREATE FUNCTION pg_temp.try(query text) RETURNS text LANGUAGE plpgsql AS \$\$
	BEGIN
		PERFORM perfadvisor_whatif(query);
		RETURN 'planned';
	EXCEPTION WHEN OTHERS THEN
		IF SQLSTATE LIKE 'XX%' AND
			SQLSTATE || ' ' || SQLERRM <> pg_temp.of_prepare(query)
		THEN
			RAISE WARNING '% %: %', SQLSTATE, SQLERRM, query;
			RETURN 'internal error';
		END IF;
		RETURN 'refused';
	END \$\$;
	SELECT string_agg(n || ' ' || what, ', ' ORDER BY what) FROM (
		SELECT pg_temp.try(query) AS what, count(*) AS n
		FROM (SELECT DISTINCT query FROM perfadvisor_queries
			WHERE datname = current_database()) q
		GROUP BY 1) s"
	[ "$(grep -c 'internal error' "$PADV_STAGE/said")" = 0 ] || {
		not_ok "what-if raised internal errors"
		grep -a 'WARNING: ' "$PADV_STAGE/said" | head -n 20 | narrow
	}
}

# ---- all of it ----

build_helpers || die "what core's tests load does not build"
core_server core perfadvisor
for name in $SUITES; do
	started=$SECONDS
	suite "$name" core
	say "$name: $((SECONDS - started)) s"
	verdicts "$name"
done
if [ -e "$PADV_STAGE/core.regress/results/select.out" ]; then
	DATABASE=regression
	ask_for_advice || not_ok "the extension cannot be created"
	DATABASE=postgres
fi
if cat "$PADV_STAGE"/{core,second,third,fourth}.log 2>/dev/null |
	bad_lines >"$PADV_STAGE/bad"
then
	not_ok "the server's log"
	head -n 20 "$PADV_STAGE/bad" | narrow
else
	ok "nothing amiss in the server's log"
fi
holds "the server stops" stop_server core
for try in second third fourth; do
	[ ! -d "$PADV_STAGE/$try" ] || holds "so does the $try" stop_server "$try"
done
closing
