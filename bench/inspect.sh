#!/usr/bin/env bash
# inspect.sh: the views on indexes and tables in a database of many.
#
# TABLES	10000
# INDEXES	5	of each table, the primary key included
# ROWS		200	in each table; every hundredth has a hundred times as many
# PG_CONFIG	the PostgreSQL to use
set -u
cd "$(dirname "$0")/.." || exit 1
. bench/lib.sh
on_stage

TABLES=${TABLES:-10000}
INDEXES=${INDEXES:-5}
ROWS=${ROWS:-200}
VIEWS="perfadvisor_unused_indexes perfadvisor_redundant_indexes
perfadvisor_invalid_indexes perfadvisor_unindexed_foreign_keys
perfadvisor_bloated_indexes perfadvisor_neglected_tables"
BATCH=100						# tables made in one transaction
JOBS=4							# sessions that make tables

# Of each table: id is the primary key, ref refers to the table before, and
# the further indexes take turns in being plain, of two columns, partial,
# redundant and on an expression.
make_tables() {
	local from=$1

	for ((; from <= TABLES; from += BATCH * JOBS)); do
		cat <<-SQL
			DO \$\$
			DECLARE
			    last int := least($from + $BATCH - 1, $TABLES);
			    rows int;
			BEGIN
			    FOR t IN $from..last LOOP
			        rows := $ROWS * CASE WHEN t % 100 = 0 THEN 100 ELSE 1 END;
			        EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, ref int%s, a int, b int, s text)',
			            t, CASE WHEN t % 2 = 0 THEN format(' REFERENCES t%s', t - 1) ELSE '' END);
			        EXECUTE format('INSERT INTO t%s SELECT g, least(g, $ROWS), g, g %% 10, md5(g::text) FROM generate_series(1, %s) g', t, rows);
			        FOR i IN 2..$INDEXES LOOP
			            EXECUTE format(CASE (t + i) % 5
			                WHEN 0 THEN 'CREATE INDEX ON t%s (a)'
			                WHEN 1 THEN 'CREATE INDEX ON t%s (a, b)'
			                WHEN 2 THEN 'CREATE INDEX ON t%s (b) WHERE a > 0'
			                WHEN 3 THEN 'CREATE INDEX ON t%s (s)'
			                ELSE 'CREATE INDEX ON t%s (lower(s))' END, t);
			        END LOOP;
			        EXECUTE format('ANALYZE t%s', t);
			    END LOOP;
			END \$\$;
		SQL
	done | sql inspect
}

# What this session's server process has computed so far, in seconds.
CPU="(SELECT (split_part(s, ' ', 12)::numeric + split_part(s, ' ', 13)::numeric) / 100
	FROM regexp_replace(pg_read_file('/proc/self/stat', 0, 10000, true), '^.*\) ', '') s)"

# view NAME: its rows, its time by the clock and of the processor, and the
# locks that it leaves on tables until the transaction ends
view() {
	sql inspect -F ' ' <<-SQL
		SET client_min_messages = warning;
		BEGIN;
		CREATE TEMP TABLE at AS SELECT clock_timestamp() AS start, $CPU AS cpu;
		CREATE TEMP TABLE answer AS SELECT * FROM $1;
		SELECT format('%s %s rows, %s s (processor %s s), locks on tables: %s', rpad('$1', 36),
		    (SELECT count(*) FROM answer),
		    (SELECT round(extract(epoch FROM clock_timestamp() - start), 2) FROM at),
		    (SELECT round($CPU - cpu, 2) FROM at),
		    coalesce((SELECT string_agg(DISTINCT mode, ', ') FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
		              WHERE l.pid = pg_backend_pid() AND c.relnamespace = 'public'::regnamespace
		                  AND c.relname ~ '^t[0-9]'), 'none'));
		COMMIT;
	SQL
}

title "$TABLES tables with $INDEXES indexes each"
new_server inspect perfadvisor "max_locks_per_transaction = 1024" \
	"shared_buffers = 512MB"
start_server inspect
sql inspect -c "CREATE EXTENSION perfadvisor"
for ((job = 0; job < JOBS; job++)); do
	make_tables $((1 + job * BATCH)) &
done
wait
sql inspect -c "SET perfadvisor.unused_min_age = 0" \
	-c "SELECT format('%s tables and %s indexes in %s', count(*) FILTER (WHERE relkind = 'r'),
		count(*) FILTER (WHERE relkind = 'i'), pg_size_pretty(pg_database_size(current_database())))
		FROM pg_class WHERE relnamespace = 'public'::regnamespace"
sql inspect -c "ALTER SYSTEM SET perfadvisor.unused_min_age = 0" \
	-c "SELECT pg_reload_conf()" >/dev/null
sql inspect -c "ANALYZE" >/dev/null

title "Each view, first and second time"
for name in $VIEWS; do
	view "$name"
	view "$name"
done
title "perfadvisor_recommendations()"
view "perfadvisor_recommendations()"
stop_server inspect
