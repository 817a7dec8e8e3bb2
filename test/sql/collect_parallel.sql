--
-- A parallel query counts once, with the rows of all its workers
--
CREATE SCHEMA collect_parallel;
SET search_path = collect_parallel, public;
CREATE TABLE item AS
    SELECT g AS id, g % 100 AS kind, md5(g::text) AS note FROM generate_series(1, 20000) g;
ANALYZE item;
CREATE VIEW recorded AS
    SELECT query, calls, rows, seq_scans, seq_rows_read, watched_calls
    FROM perfadvisor_queries WHERE query ~ '\mitem\M' AND query !~ 'recorded|EXPLAIN'
    ORDER BY query COLLATE "C";
CREATE VIEW predicates AS
    SELECT target, operator, role, uses, rows_in, rows_out, selectivity_pct
    FROM perfadvisor_predicates WHERE relation = 'item'::regclass
    ORDER BY target COLLATE "C", operator COLLATE "C";
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT perfadvisor_reset() > 0 AS reset;

CREATE FUNCTION is_parallel(statement text) RETURNS boolean LANGUAGE plpgsql AS
$$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN ' || statement LOOP
        IF line ~ 'Workers Planned: 2' THEN RETURN true; END IF;
    END LOOP;
    RETURN false;
END
$$;
SELECT is_parallel('SELECT count(*) FROM item WHERE kind = 5'),
    is_parallel('SELECT count(*) FROM item WHERE note >= ''8'' AND kind < 50');

SELECT count(*) FROM item WHERE kind = 5;
SELECT count(*) FROM item WHERE note >= '8' AND kind < 50;
SELECT * FROM recorded;
SELECT * FROM predicates;
SELECT scans, rows_read, rows_returned FROM perfadvisor_seq_scans
WHERE relation = 'item'::regclass ORDER BY rows_returned;

-- calls that are not watched closely, and no leader at work
SELECT perfadvisor_reset() > 0 AS reset;
SET perfadvisor.sample_rate = 0;
SET parallel_leader_participation = off;
SELECT count(*) FROM item WHERE kind = 5;
SELECT count(*) FROM item WHERE kind = 6;
SELECT * FROM recorded;
SELECT * FROM predicates;

-- with workers or without, the same
RESET perfadvisor.sample_rate;
SELECT perfadvisor_reset() > 0 AS reset;
SELECT count(*) FROM item WHERE kind = 7;
SET max_parallel_workers_per_gather = 0;
SELECT count(*) FROM item WHERE kind = 8;
SELECT * FROM recorded;
SELECT * FROM predicates;

RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET parallel_leader_participation;
SET client_min_messages = warning;
DROP SCHEMA collect_parallel CASCADE;
RESET client_min_messages;
