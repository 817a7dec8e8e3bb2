#!/usr/bin/env bash
# advice.sh: how good perfadvisor_advise() is on analytic statements.
#
# The schema and the shapes of the statements are TPC-H's; the rows come from
# bench/advice/data.sql.  For a row of storage budgets the advice is asked for
# and built for real: what the planner makes of the true indexes, and how many
# bytes they take, is set against what was predicted, and each statement whose
# plan changes is run with the indexes and without them.  So are all statements
# for one more set of advice, with equal weight.
#
# Costs are relative to those without any index beside the primary keys.  The
# row of budgets leaves out statements 2, 17 and 20, whose subqueries' costs
# without indexes are many times those of all others together.
#
# SCALE		of the tables (0.1); 1 has six million lineitems
# BUDGETS	10^6 bytes at scale 1 (60 100 150 200 300 450 1000 none)
# RUN_BUDGET	the one for the run times, likewise (300)
# MIN_IMPROVEMENT	per cent that an advice must bring a statement (0)
# LEFT_OUT	statements without a part in the row of budgets
# PG_CONFIG	the PostgreSQL to use
set -u
cd "$(dirname "$0")/.." || exit 1
. bench/lib.sh
on_stage

SCALE=${SCALE:-0.1}
BUDGETS=${BUDGETS:-60 100 150 200 300 450 1000 none}
RUN_BUDGET=${RUN_BUDGET:-300}
MIN_IMPROVEMENT=${MIN_IMPROVEMENT:-0}
LEFT_OUT=${LEFT_OUT-02 17 20}
MOST_SECONDS=60					# that a statement may run
# The same plan as before is not slower, whatever the clock says.
CHANGED='abs(cost / base_cost - 1) > 0.0001'
LEAST_SECONDS=0.05				# what takes less is no worst ratio
MOST_TURNS=8					# in which a statement is timed
SEEMS_SLOWER=1.1				# by how much, and another turn is worth it

start() {
	new_server advice perfadvisor 'shared_buffers = 256MB' \
		'random_page_cost = 4' 'max_parallel_workers_per_gather = 0' \
		'max_parallel_maintenance_workers = 0' 'jit = off' \
		'default_statistics_target = 100' 'perfadvisor.enabled = off'
	start_server advice
	sql advice -c 'CREATE EXTENSION perfadvisor' -f bench/advice/schema.sql
}

load() {
	local file

	sql advice -v scale="$SCALE" -f bench/advice/data.sql || return 1
	for file in bench/advice/q/*.sql; do
		sql advice -v name="$(basename "$file" .sql)" -v query="$(cat "$file")" \
			<<-'SQL' || return 1
			INSERT INTO statement (name, query, base_cost)
			VALUES (:'name', :'query', plan_cost(:'query'));
		SQL
	done
	sql advice -v left_out="$LEFT_OUT" <<-'SQL'
		UPDATE statement SET compared =
			name <> ALL (regexp_split_to_array(:'left_out', '\s+'));
		ANALYZE statement;
	SQL
}

# bytes_of BUDGET: at this scale; NULL for none
bytes_of() {
	if [ "$1" = none ]; then
		echo NULL
	else
		awk -v mb="$1" -v scale="$SCALE" 'BEGIN {
			printf "%.0f\n", mb * scale * 1000000 }'
	fi
}

# advise BUDGET WEIGHTED: leaves the rows in the table "advice", and how long
# they took in "taken".  With equal weight for every statement, or with their
# costs as they are.
advise() {
	sql advice -v budget="$(bytes_of "$1")" -v weighted="$2" \
		-v least="$MIN_IMPROVEMENT" <<-'SQL'
		SET client_min_messages = warning;
		DROP TABLE IF EXISTS advice, taken;
		SELECT clock_timestamp() AS started \gset
		CREATE TABLE advice AS
		SELECT * FROM perfadvisor_advise(
			(SELECT array_agg(query ORDER BY name) FROM statement
				WHERE compared OR :weighted),
			CASE WHEN :weighted THEN
				(SELECT array_agg(1e6 / base_cost ORDER BY name)
					FROM statement) END,
			:budget, :least)
		WHERE kind = 'create_index';
		CREATE TABLE taken AS
		SELECT extract(epoch FROM clock_timestamp() - :'started') AS seconds;
	SQL
}

# CONCURRENTLY cannot be in one string with anything else, nor is it needed.
build() {
	sql advice <<-'SQL'
		SELECT replace(ddl, ' CONCURRENTLY', '') FROM advice ORDER BY ddl
		\gexec
	SQL
}

unbuild() {
	sql advice <<-'SQL'
		SELECT format('DROP INDEX %s', indexrelid::regclass)
		FROM pg_index WHERE indrelid IN (SELECT relation FROM advice)
			AND NOT EXISTS (SELECT FROM pg_constraint
				WHERE conindid = indexrelid)
		\gexec
	SQL
}

# ---- run times ----

# The indexes that are not there before the advice is carried out
added_indexes() {
	sql advice <<-'SQL'
		SELECT format('DROP INDEX %s;', indexrelid::regclass)
		FROM pg_index i JOIN pg_class r ON r.oid = i.indrelid
		WHERE r.relnamespace = 'public'::regnamespace
			AND NOT EXISTS (SELECT FROM pg_constraint
				WHERE conindid = indexrelid)
	SQL
}

# seconds_of NAME LIMIT [COMMANDS]: the processor time that a statement takes
# after the commands, which are taken back; the limit where it runs longer.
# Others on a busy machine make a statement wait, which is not counted.
seconds_of() {
	local query

	query=$(sql advice -c "SELECT query FROM statement WHERE name = '$1'")
	sql advice -v ON_ERROR_STOP=0 -o /dev/null 2>&1 <<-SQL |
		BEGIN;
		${3-}
		SET LOCAL statement_timeout = '${2}s';
		SET client_min_messages = log;
		SET log_statement_stats = on;
		$query;
		ROLLBACK;
	SQL
		awk -v limit="$2" '
			/statement timeout/ { late = 1; print limit; exit }
			/ s user, .* s system, .* s elapsed/ && !done {
				sub(/^!/, ""); print $1 + $4; done = 1; exit }'
}

# time_one NAME DROPS: runs a statement with the indexes and without them in
# turns, and keeps the fewest seconds of each: twice, up to $MOST_TURNS times as
# long as it seems to be slower with them, once where it takes long.  What is
# slower by its plan stays so; what others on the machine did to its caches goes.
time_one() {
	local name=$1 drops=$2 turn before after

	for ((turn = 1; turn <= MOST_TURNS; turn++)); do
		before=$(seconds_of "$name" "$MOST_SECONDS" "$drops")
		after=$(seconds_of "$name" "$MOST_SECONDS")
		if [ -z "$before" ] || [ -z "$after" ]; then
			die "statement $name does not run"
		fi
		sql advice <<-SQL || exit 1
			UPDATE statement SET before = least(before, $before),
				after = least(after, $after)
			WHERE name = '$name';
		SQL
		awk -v most="$MOST_SECONDS" -v b="$before" \
			'BEGIN { exit !(b > most / 6) }' && break
		[ "$turn" -lt 2 ] || [ "$(sql advice -c "SELECT after > $SEEMS_SLOWER * before
			FROM statement WHERE name = '$name'")" = t ] || break
	done
}

# time_all CONDITION: while the indexes exist, runs every statement of which
# the condition holds and that has another plan with them.
time_all() {
	local name drops

	drops=$(added_indexes)
	sql advice -c "UPDATE statement SET before = NULL, after = NULL,
		cost = plan_cost(query)"
	for name in $(sql advice -c "SELECT name FROM statement
		WHERE $1 AND $CHANGED ORDER BY name"); do
		time_one "$name" "$drops"
	done
}

# What is slower: name, seconds before and after
show_slower() {
	sql advice -c "SELECT format('          %s: %s s, %s s with the indexes',
			name, round(before::numeric, 3), round(after::numeric, 3))
		FROM statement WHERE slower(before, after) ORDER BY after / before"
}

# ---- the row of budgets ----

# What is said of one budget, while its indexes exist:
# budget, predicted cost, true cost, predicted bytes, true bytes, indexes,
# seconds, planner calls, run time of those with other plans, the worst of them
figures() {
	sql advice -F ' ' -v budget="$1" <<-SQL
		SELECT :'budget',
			round((1 - sum(cost_before - cost_after) / c.base)::numeric, 4),
			round((c.now / c.base)::numeric, 4),
			round(sum(size_bytes) / 1e6, 2),
			round(b.bytes / 1e6, 2), count(*),
			round((SELECT seconds FROM taken), 2),
			max(detail ->> 'planner_calls'),
			coalesce((SELECT round((sum(after) / sum(before))::numeric, 2)::text
				FROM statement), '-'),
			coalesce((SELECT round((after / before)::numeric, 2) || ':' || name
				FROM statement WHERE greatest(before, after) > $LEAST_SECONDS
				ORDER BY after / before DESC LIMIT 1), '-')
		FROM advice,
			(SELECT sum(base_cost), sum(plan_cost(query)) FROM statement
				WHERE compared) c (base, now),
			(SELECT coalesce(sum(pg_relation_size(indexrelid)), 0)
				FROM pg_index i JOIN pg_class r ON r.oid = i.indrelid
				WHERE r.relnamespace = 'public'::regnamespace
					AND NOT EXISTS (SELECT FROM pg_constraint
						WHERE conindid = indexrelid)
					AND r.relname <> 'statement') b (bytes)
		GROUP BY c.base, c.now, b.bytes;
	SQL
}

# Remarks on a line of figures: what is not as it should be.
# $1: the limit in bytes, or NULL; $2: the true cost of the budget before
judge() {
	awk -v limit="$1" -v before="$2" '{
		if (limit != "NULL" && $5 * 1e6 > 1.1 * limit) printf " OVER-BUDGET"
		if ($2 > $3 * 1.03 || $2 < $3 / 1.03) printf " PREDICTION"
		if ($3 > before * 1.0005) printf " NOT-MONOTONE"
	}'
}

show_row() {
	printf '%9s %10s %7s %10s %8s %8s %8s %8s %6s %8s%s\n' "$@"
}

show_budgets() {
	local budget line remarks before=1

	title "Budgets: statements without $LEFT_OUT, minimum $MIN_IMPROVEMENT %"
	show_row budget predicted true predicted true indexes seconds planner run \
		worst ''
	show_row MB cost cost MB MB '' '' calls time ratio ''
	for budget in $BUDGETS; do
		advise "$budget" false || die "no advice for $budget"
		build || die "the advice for $budget cannot be carried out"
		time_all compared
		line=$(figures "$(scaled "$budget")") || exit 1
		unbuild
		# shellcheck disable=SC2086
		set -- $line
		[ $# = 10 ] || { say "$(scaled "$budget"): no advice"; continue; }
		remarks=$(judge "$(bytes_of "$budget")" "$before" <<<"$line")
		before=$3
		show_row "$@" "$remarks"
		show_slower
	done
}

scaled() {
	if [ "$1" = none ]; then
		echo none
	else
		awk -v mb="$1" -v scale="$SCALE" 'BEGIN { printf "%g\n", mb * scale }'
	fi
}

show_runs() {
	title "Run times: all statements with equal weight, \
$(scaled "$RUN_BUDGET") MB"
	advise "$RUN_BUDGET" true || die "no advice"
	build || die "the advice cannot be carried out"
	time_all true
	sql advice -c "SELECT ddl || ';' FROM advice" |
		sed 's/ CONCURRENTLY//; s/ ON public\./ ON /; s/ USING btree / /'
	# what was refused for the run times' sake, and what may be slower
	sql advice -c "SELECT DISTINCT substring(reason
		FROM '(?:But it may lure|Index \S+ .* was refused).*\$')
		FROM advice WHERE reason ~ ' lure '"
	say
	sql advice -P format=aligned -P footer=off -P tuples_only=off \
		-v most="$MOST_SECONDS" <<-SQL
		SELECT name, round((cost / base_cost)::numeric, 3) AS "relative cost",
			CASE WHEN before >= :most THEN '> ' || :most
				ELSE round(before::numeric, 3)::text END AS before,
			CASE WHEN after >= :most THEN '> ' || :most
				ELSE round(after::numeric, 3)::text END AS after,
			round((after / before)::numeric, 2) AS ratio,
			CASE WHEN slower(before, after) THEN 'SLOWER' END AS remark
		FROM statement ORDER BY name;
		SELECT round(sum(before)::numeric, 2) AS "before, s",
			round(sum(after)::numeric, 2) AS "after, s",
			round(avg(coalesce(after / before, 1))::numeric, 3)
				AS "mean ratio",
			round((max(after / before) FILTER (WHERE greatest(before, after) >
				$LEAST_SECONDS))::numeric, 2) AS "worst ratio",
			count(*) FILTER (WHERE slower(before, after)) AS slower,
			round((SELECT 1 - sum(cost_before - cost_after) / 1e6
				/ (SELECT count(*) FROM statement) FROM advice)::numeric, 4)
				AS "predicted cost",
			round(avg(cost / base_cost)::numeric, 4) AS "true cost",
			(SELECT round(seconds, 2) FROM taken) AS "advised in, s"
		FROM statement;
	SQL
	unbuild
}

# ---- all of it ----

title "TPC-H's schema on $(postgres --version), scale $SCALE"
start || die "the extension could not be created"
load || die "the data could not be loaded"
sql advice -P format=aligned -P footer=off -P tuples_only=off <<-'SQL'
	SELECT relname AS "table", reltuples::bigint AS rows,
		pg_size_pretty(pg_table_size(oid)) AS size
	FROM pg_class
	WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
		AND relname <> 'statement'
	ORDER BY pg_table_size(oid) DESC;
SQL
show_budgets
show_runs
stop_server advice
