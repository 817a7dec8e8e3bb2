-- Advice that takes long ends when it is told to, and leaves nothing behind.
CREATE SCHEMA cancel;
SET search_path = cancel, public;
SELECT format('CREATE TABLE part_%s AS SELECT i AS id, i %% 500 AS kind
	FROM generate_series(1, 3000) i', n)
FROM generate_series(1, 9) n
\gexec
ANALYZE;

-- Nine tables joined on one column: joins in all orders, for seconds.
CREATE FUNCTION long_workload() RETURNS text[] LANGUAGE sql AS $$
	SELECT array_agg(format('SELECT * FROM part_1 JOIN part_2 USING (id)
		JOIN part_3 USING (id) JOIN part_4 USING (id) JOIN part_5 USING (id)
		JOIN part_6 USING (id) JOIN part_7 USING (id) JOIN part_8 USING (id)
		JOIN part_9 USING (id) WHERE part_%s.kind = %s', 1 + n % 9, n))
	FROM generate_series(1, 2000) n
$$;
SET join_collapse_limit = 9;

-- by a limit on the statement's time; how far it had come is not told
\set SHOW_CONTEXT never
SET statement_timeout = '2s';
SELECT count(*) FROM perfadvisor_advise(long_workload());

-- and where the cancel is caught
DO $$
BEGIN
	PERFORM perfadvisor_advise(long_workload());
	RAISE NOTICE 'it was not ended';
EXCEPTION WHEN query_canceled THEN
	RAISE NOTICE 'ended: %', SQLERRM;
END
$$;
RESET statement_timeout;

-- the session goes on as if nothing had been: no index is seen that is not there
EXPLAIN (COSTS OFF) SELECT * FROM part_1 WHERE kind = 7;
SHOW search_path;

-- and a later call answers
SELECT kind, relation, ddl
FROM perfadvisor_advise(ARRAY['SELECT * FROM cancel.part_1 WHERE kind = 7']);

SET client_min_messages = warning;
DROP SCHEMA cancel CASCADE;
