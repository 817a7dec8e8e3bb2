#!/usr/bin/env bash
# demo.sh: what perfadvisor sees in an application, what it advises, and what
# the advice brings, beside the indexes that the application's team wrote by
# hand.
#
# The application is one of test/workloads.  Its mix of statements runs
# through pgbench, by the extended protocol as from an object-relational
# mapper, on a server of its own that preloads perfadvisor.  Every figure is
# measured during the run.
#
# WORKLOAD	nest_api (default), marketplace, ticketing, bounty, affiliate
# SCALE		1 (default): the application's own size; 0.1: a tenth
# DURATION	seconds a measurement (default 15)
# CLIENTS	connections (default 8)
# PG_CONFIG	the PostgreSQL to use
set -u
cd "$(dirname "$0")/.." || exit 1
. test/lib.sh

[ -n "${PADV_STAGE-}" ] || exec bash test/stage.sh bash test/demo.sh

WORKLOAD=${WORKLOAD:-nest_api}
SCALE=${SCALE:-1}
DURATION=${DURATION:-15}
CLIENTS=${CLIENTS:-8}
app=test/workloads/$WORKLOAD
out=$PADV_STAGE/demo
data=$PADV_STAGE/data
mkdir -p "$out"
[ -d "$app/q" ] || die "there is no workload \"$WORKLOAD\" in test/workloads"
export PGHOST=$PADV_STAGE/tmp PGUSER=postgres PGDATABASE=$WORKLOAD

title() {
	printf '\n== %s\n\n' "$*"
}

# What the demo itself asks is not part of the application's workload.
sql() {
	PGOPTIONS='-c perfadvisor.enabled=off' \
		psql -X -q -v ON_ERROR_STOP=1 -P pager=off -P footer=off "$@"
}

# Long lines broken between words and indented, but for numbers at the front.
wrap() {
	fold -s -w 75 | sed -E '/^([0-9]+\. |$)/!s/^ */   /; s/ +$//'
}

# ---- the server and the application ----

start_server() {
	initdb -D "$data" -U postgres -A trust --no-sync --locale=C -E UTF8 \
		>"$out/initdb.log" 2>&1 || { tail "$out/initdb.log"; return 1; }
	# As for a small machine with an SSD.  Nothing in here need survive.
	cat >>"$data/postgresql.conf" <<-CONF
		shared_preload_libraries = 'perfadvisor'
		listen_addresses = ''
		unix_socket_directories = '$PGHOST'
		shared_buffers = 256MB
		effective_cache_size = 1GB
		random_page_cost = 1.1
		max_wal_size = 4GB
		fsync = off
		autovacuum = off
		perfadvisor.slow_query_ms = 50
		perfadvisor.planning_timeout = '1min'
	CONF
	pg_ctl -D "$data" -l "$out/server.log" -w start >/dev/null ||
		{ tail "$out/server.log"; return 1; }
}

load() {
	createdb "$WORKLOAD" &&
		sql -v scale="$SCALE" -f "$app/schema.sql" &&
		sql <<-'SQL' && sql -c "CREATE EXTENSION perfadvisor"
			SELECT c.oid::regclass AS "table", c.reltuples::bigint AS rows,
				pg_size_pretty(pg_table_size(c.oid)) AS size
			FROM pg_class c
			WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
			ORDER BY pg_table_size(c.oid) DESC;
		SQL
}

# ---- measuring ----

# The mix: each script with the weight that its name begins with.
scripts() {
	local file name

	for file in "$app"/q/*.sql; do
		name=${file##*/}
		printf '%s\n' -f "$file@${name%%_*}"
	done
}

bench() {
	local seconds=$1
	shift
	# shellcheck disable=SC2046
	pgbench -n -M extended -c "$CLIENTS" -j 2 -T "$seconds" -D scale="$SCALE" \
		--random-seed=4711 "$@" $(scripts) >"$out/pgbench.log" 2>&1 ||
		{ tail "$out/pgbench.log"; return 1; }
}

# Processor time of all sessions that have ended, in ms; 0 where the system
# does not tell.  It counts when the postmaster has taken leave of the process,
# which on a busy machine comes later than the end of the connection.
server_ms() {
	local pid tries

	pid=$(head -n 1 "$data/postmaster.pid")
	for ((tries = 0; tries < 300; tries++)); do
		ps --ppid "$pid" -o args= 2>/dev/null |
			grep -qE ' \[local\]|<defunct>' || break
		sleep 0.1
	done
	awk -v tick=$((1000 / $(getconf CLK_TCK))) '{
		sub(/.*\) /, ""); print ($14 + $15) * tick }' "/proc/$pid/stat" \
		2>/dev/null || echo 0
}

# Transactions without which a turn tells nothing, and turns that are tried.
ENOUGH=200
TURNS=20

# measure STATE SECONDS: runs the mix, on a slow machine several times, and keeps
# pgbench's log of every transaction and perfadvisor's figures for every
# statement.  What the tables went through before shall not matter.
measure() {
	local state=$1 seconds=$2 cpu turns

	sql -c "VACUUM ANALYZE" -c "CHECKPOINT" && bench 1 &&
		sql -c "SELECT perfadvisor_reset()" >/dev/null || return 1
	cpu=$(server_ms)
	: >"$out/turn.us"
	for ((turns = 1; turns <= TURNS; turns++)); do
		bench "$seconds" -l --log-prefix="$out/log" || return 1
		cat "$out"/log.* | cut -d ' ' -f 3 >>"$out/turn.us"
		rm -f "$out"/log.*
		[ "$(wc -l <"$out/turn.us")" -lt $ENOUGH ] || break
	done
	[ -s "$out/turn.us" ] || return 1
	cpu=$(($(server_ms) - cpu))
	cat "$out/turn.us" >>"$out/$state.us"
	awk -v state="$state" -v cpu="$cpu" '{ us += $1 } END {
		printf "%s\t%d\t%d\t%f\n", state, cpu, NR, us / NR / 1000 }' \
		"$out/turn.us" >>"$out/turns"
	sql -At -F '	' >>"$out/statements" <<-SQL
		SELECT '$state', queryid, translate(query, E'\t\n\r\\\\', '    '),
			calls, mean_ms, p95_ms
		FROM perfadvisor_queries
		WHERE datname = current_database() AND toplevel;
	SQL
	say "$state	$((seconds * (turns > TURNS ? TURNS : turns)))" >>"$out/states"
}

# note_size STATE: the indexes that exist beside those of constraints
note_size() {
	sql -At -F '	' >>"$out/sizes" <<-SQL
		SELECT '$1', count(*), coalesce(sum(pg_relation_size(indexrelid)), 0)
		FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
		WHERE c.relnamespace = 'public'::regnamespace
			AND NOT EXISTS (SELECT FROM pg_constraint
				WHERE conindid = indexrelid);
	SQL
}

drop_indexes() {
	sql <<-'SQL'
		SELECT format('DROP INDEX %s', indexrelid::regclass)
		FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
		WHERE c.relnamespace = 'public'::regnamespace
			AND NOT EXISTS (SELECT FROM pg_constraint
				WHERE conindid = indexrelid)
		\gexec
	SQL
}

# ---- what perfadvisor says ----

show_seen() {
	title "perfadvisor_slow_queries: executions over 50 ms"
	sql <<-'SQL' || return 1
		SELECT left(query, 58) AS query, slow_calls, calls,
			round(mean_ms::numeric, 1) AS mean_ms,
			round(p95_ms::numeric, 1) AS p95_ms,
			round(tail_ratio::numeric, 1) AS tail
		FROM perfadvisor_slow_queries LIMIT 10;
	SQL
	title "perfadvisor_seq_scans: tables read whole"
	sql <<-'SQL'
		SELECT relation, left(predicate, 48) AS predicate, scans, rows_read,
			round(selectivity_pct::numeric, 3) AS selectivity_pct,
			round(total_ms) AS total_ms
		FROM perfadvisor_seq_scans ORDER BY total_ms DESC LIMIT 12;
	SQL
}

show_advice() {
	title "perfadvisor_recommendations()"
	sql -At <<-'SQL' | wrap || return 1
		SELECT format(E'%s. %s;\n[%s, %s] %s\nPlanner cost of its '
				'statements down by %s %%, %s ms saved per hour, %s.\n',
			row_number() OVER (), ddl, kind, priority, reason,
			round(improvement_pct::numeric, 1), round(saved_ms_per_hour),
			pg_size_pretty(size_bytes))
		FROM perfadvisor_recommendations();
	SQL
	title "perfadvisor_why_not(): what got no advice, and why"
	sql -At <<-'SQL' | wrap || return 1
		SELECT format(E'%s. %s: %s\n[%s] %s', row_number() OVER (), relation,
			predicate, code, reason)
		FROM perfadvisor_why_not() LIMIT 15;
	SQL
}

show_judgement() {
	title "perfadvisor_evaluate(): the hand-written list, before it exists"
	sql -v list="$(grep -v '^--' "$app/published.sql")" <<-'SQL'
		SELECT left(regexp_replace(index, '\s+', ' ', 'g'), 62) AS index, verdict,
			round(improvement_pct::numeric, 1) AS improvement_pct,
			pg_size_pretty(size_bytes) AS size
		FROM perfadvisor_evaluate(
			regexp_split_to_array(rtrim(:'list', E'; \n'), ';\s*'));
	SQL
}

# ---- the result ----

show_result() {
	title "The same mix, $CLIENTS clients: before, advised, hand-written"
	sql -d postgres <<-SQL
		CREATE TEMP TABLE state (name text, seconds int);
		\\copy state FROM '$out/states'
		CREATE TEMP TABLE turn (state text, cpu_ms float8, transactions int,
			mean_ms float8);
		\\copy turn FROM '$out/turns'
		CREATE TEMP TABLE size (state text, indexes int, bytes bigint);
		\\copy size FROM '$out/sizes'
		CREATE TEMP TABLE latency (state text, us bigint);
		ALTER TABLE latency ALTER state SET DEFAULT 'before';
		\\copy latency (us) FROM '$out/before.us'
		ALTER TABLE latency ALTER state SET DEFAULT 'advised';
		\\copy latency (us) FROM '$out/advised.us'
		ALTER TABLE latency ALTER state SET DEFAULT 'hand';
		\\copy latency (us) FROM '$out/hand.us'
		CREATE TEMP TABLE statement (state text, queryid bigint, query text,
			calls bigint, mean_ms float8, p95_ms float8);
		\\copy statement FROM '$out/statements'

		CREATE TEMP TABLE figure AS
		SELECT s.name, count(*) / s.seconds::numeric AS tps,
			avg(us) / 1000 AS mean,
			percentile_cont(0.95) WITHIN GROUP (ORDER BY us) / 1000 AS p95,
			percentile_cont(0.99) WITHIN GROUP (ORDER BY us) / 1000 AS p99,
			(SELECT nullif(sum(cpu_ms), 0) / sum(transactions) FROM turn
				WHERE turn.state = s.name) AS cpu,
			size.indexes, size.bytes
		FROM (SELECT name, sum(seconds) AS seconds FROM state GROUP BY name) s
			JOIN size ON size.state = s.name
			JOIN latency l ON l.state = s.name
		GROUP BY s.name, s.seconds, size.indexes, size.bytes;

		SELECT label AS " ", before, advised, hand AS "hand-written"
		FROM (SELECT b AS b, a AS a, h AS h
				FROM figure b, figure a, figure h
				WHERE b.name = 'before' AND a.name = 'advised' AND h.name = 'hand') f,
			LATERAL (VALUES
				(1, 'mean, ms', round((b).mean, 2)::text, round((a).mean, 2)::text,
					round((h).mean, 2)::text),
				(2, 'p95, ms', round((b).p95::numeric, 2)::text,
					round((a).p95::numeric, 2)::text,
					round((h).p95::numeric, 2)::text),
				(3, 'p99, ms', round((b).p99::numeric, 2)::text,
					round((a).p99::numeric, 2)::text,
					round((h).p99::numeric, 2)::text),
				(4, 'processor, ms', round((b).cpu::numeric, 2)::text,
					round((a).cpu::numeric, 2)::text,
					round((h).cpu::numeric, 2)::text),
				(5, 'transactions/s', round((b).tps)::text, round((a).tps)::text,
					round((h).tps)::text),
				(6, 'indexes', (b).indexes::text, (a).indexes::text,
					(h).indexes::text),
				(7, 'index bytes', pg_size_pretty((b).bytes),
					pg_size_pretty((a).bytes), pg_size_pretty((h).bytes)))
			AS v (n, label, before, advised, hand)
		ORDER BY n;

		\\echo
		\\echo 'By statement: p95 in ms, from perfadvisor_queries'
		SELECT left(query, 62) AS query, round(before::numeric, 2) AS before,
			round(advised::numeric, 2) AS advised,
			round(hand::numeric, 2) AS "hand-written"
		FROM (SELECT max(query) AS query,
				sum(p95_ms * calls) FILTER (WHERE state = 'before')
					/ sum(calls) FILTER (WHERE state = 'before') AS before,
				sum(p95_ms * calls) FILTER (WHERE state = 'advised')
					/ sum(calls) FILTER (WHERE state = 'advised') AS advised,
				sum(p95_ms * calls) FILTER (WHERE state = 'hand')
					/ sum(calls) FILTER (WHERE state = 'hand') AS hand
			FROM statement GROUP BY queryid) s
		WHERE query !~* '^(begin|end|commit)'
		ORDER BY s.before DESC NULLS LAST LIMIT 15;

		SELECT format('Advised against hand-written: %s times its speed by mean '
				'latency%s, %s %% of its bytes.',
			round(h.mean / a.mean, 2),
			', ' || round((h.cpu / a.cpu)::numeric, 2) || ' by processor time',
			round(100.0 * a.bytes / h.bytes)) AS result
		FROM figure a, figure h WHERE a.name = 'advised' AND h.name = 'hand'
		\\gset
		\\echo :result
		SELECT format('Two turns with the same indexes differed by a factor of %s '
				'in latency: the machine is busy, or the turns are short.  What '
				'differs by less tells nothing.',
				round(max(factor)::numeric, 2)) AS remark,
			max(factor) > 1.15 AS uneven
		FROM (SELECT max(mean_ms) / min(mean_ms) AS factor FROM turn
			WHERE state <> 'before' GROUP BY state) f
		\\gset
		\\if :uneven
			\\echo :remark
		\\endif
	SQL
}

# ---- all of it ----

started=$SECONDS
half=$(((DURATION + 1) / 2))

title "$WORKLOAD on $(postgres --version), scale $SCALE"
start_server || die "the server does not start"
load || die "the application's data could not be loaded"

say "running the application's mix for $DURATION s, without indexes"
measure before "$DURATION" || die "the mix did not run"
show_seen || die "the recorded views failed"
show_advice || die "no advice came"
show_judgement || die "the hand-written list could not be judged"

# All sizes are of freshly built indexes, on the same rows.
note_size before
sql -f "$app/published.sql" ||
	die "the hand-written indexes could not be created"
note_size hand
drop_indexes || die "the hand-written indexes could not be dropped"

title "SELECT ddl FROM perfadvisor_recommendations() WHERE kind = 'create_index' \\gexec"
sql -At -o "$out/advice.sql" <<-'SQL' || die "no advice came"
	SELECT ddl || ';' FROM perfadvisor_recommendations()
	WHERE kind = 'create_index';
SQL
[ -s "$out/advice.sql" ] || die "no index was advised"
sql <<-'SQL' || die "the advice could not be carried out"
	SELECT ddl FROM perfadvisor_recommendations() WHERE kind = 'create_index'
	\gexec
SQL
note_size advised
say "created $(grep -c 'CREATE INDEX' "$out/advice.sql") indexes; running the \
mix with them, then with the hand-written ones"

# Advised, hand-written, hand-written, advised: a machine that grows faster or
# slower meanwhile favours neither.
measure advised "$half" || die "the mix did not run"
drop_indexes || die "the advice could not be taken back"
sql -f "$app/published.sql" ||
	die "the hand-written indexes could not be created"
measure hand "$half" || die "the mix did not run"
measure hand "$half" || die "the mix did not run"
drop_indexes || die "the hand-written indexes could not be dropped"
sql -f "$out/advice.sql" || die "the advice could not be carried out"
measure advised "$half" || die "the mix did not run"

show_result || die "the result could not be shown"
pg_ctl -D "$data" -m fast -w stop >/dev/null
say "took $((SECONDS - started)) s without the build"
