#!/usr/bin/env bash
# speed.sh: how long advice takes for the statements of applications.
#
# A hundred tables and up to four thousand distinct statements on them
# (bench/speed), each with other clauses than the rest: given as texts to
# perfadvisor_advise(), and recorded as they ran, for
# perfadvisor_recommendations().  Printed for each number of statements are the
# rows of advice, the seconds and the server's processor time, the planner
# calls, and the most memory that the backend had meanwhile, without what it
# shares.
#
# STATEMENTS	how many, a row for each (250 500 1000 2000 4000)
# PG_CONFIG	the PostgreSQL to use
set -u
cd "$(dirname "$0")/.." || exit 1
. bench/lib.sh
on_stage

STATEMENTS=${STATEMENTS:-250 500 1000 2000 4000}

start() {
	new_server speed perfadvisor 'shared_buffers = 256MB' 'jit = off' \
		'perfadvisor.max_queries = 10000' 'perfadvisor.enabled = off'
	start_server speed
	sql speed -c 'CREATE EXTENSION perfadvisor' -f bench/speed/schema.sql \
		-f bench/speed/statements.sql
}

# measure STATEMENTS FORM QUERY: a line of figures
measure() {
	sql speed -F ' ' -v n="$1" -v form="$2" -v query="$3" <<-'SQL'
		SET client_min_messages = warning;
		SELECT pg_backend_pid() AS backend \gset
		\setenv BACKEND :backend
		\! rm -f "$PADV_STAGE/peak"
		\! bash bench/speed/peak.sh "$BACKEND" </dev/null >/dev/null 2>&1 &
		SELECT processor_ms() AS cpu, clock_timestamp() AS started \gset
		CREATE TEMP TABLE advice AS :query;
		\set peak `cat "$PADV_STAGE/peak"`
		SELECT :n, :'form', count(*),
			round(extract(epoch FROM clock_timestamp() - :'started'), 2),
			round((processor_ms() - :cpu)::numeric / 1000, 2),
			max((detail ->> 'planner_calls')::int), :peak
		FROM advice;
	SQL
}

given() {
	measure "$1" given "SELECT * FROM perfadvisor_advise(
		(SELECT array_agg(query ORDER BY id) FROM statement WHERE id < $1),
		(SELECT array_agg(calls::float8 ORDER BY id) FROM statement
			WHERE id < $1))"
}

# Each statement runs as often as it counts; what it changes is taken back.
recorded() {
	sql speed -c 'SELECT perfadvisor_reset()' >/dev/null || return 1
	{
		echo 'SET perfadvisor.enabled = on;'
		sql speed -c "SELECT format('BEGIN; %s; ROLLBACK;', query)
			FROM statement, generate_series(1, calls) WHERE id < $1"
	} | sql speed >/dev/null || return 1
	measure "$1" recorded 'SELECT * FROM perfadvisor_recommendations()'
}

title "Statements of applications on $(postgres --version)"
start || die "the tables could not be made"
printf '%10s %10s %8s %9s %10s %10s %10s\n' statements form advice seconds \
	processor planner memory
printf '%10s %10s %8s %9s %10s %10s %10s\n' '' '' '' '' seconds calls MB
for form in given recorded; do
	for n in $STATEMENTS; do
		line=$($form "$n") || die "no advice for $n $form statements"
		# shellcheck disable=SC2086
		printf '%10s %10s %8s %9s %10s %10s %10s\n' $line
	done
done
stop_server speed
