--
-- perfadvisor_queries: what is counted for a statement
--
CREATE SCHEMA store_queries;
SET search_path = store_queries, public;
CREATE TABLE item (id int, note text);
INSERT INTO item SELECT g, 'note ' || g FROM generate_series(1, 1000) g;
ANALYZE item;
CREATE VIEW seen AS
    SELECT * FROM perfadvisor_queries
    WHERE datname = current_database() AND username = current_user
        AND query LIKE '%item%' AND query NOT LIKE '%perfadvisor%';
SELECT perfadvisor_reset() > 0 AS reset;

-- constants differ, the statement is the same
SELECT count(*) FROM item WHERE id < 11;
SELECT count(*) FROM item WHERE id < 101;
SELECT count(*) FROM item WHERE id < 1001;
SELECT query, toplevel, calls, rows, seq_scans, seq_rows_read FROM seen
ORDER BY query COLLATE "C";

-- figures that depend on each other
SELECT calls, abs(total_ms - calls * mean_ms) < 0.001 AS mean,
    min_ms > 0 AND min_ms <= p50_ms AND p50_ms <= p95_ms
        AND p95_ms <= p99_ms AND p99_ms <= max_ms AS quantiles,
    max_ms <= total_ms AND stddev_ms >= 0 AND stddev_ms <= max_ms AS spread,
    plan_ms > 0 AS planned,
    shared_blks_hit + shared_blks_read > 0 AS blocks,
    temp_blks_written,
    first_seen <= last_seen AND last_seen <= now() + interval '1 minute' AS seen,
    queryid <> 0 AS queryid
FROM seen WHERE query LIKE 'SELECT count%';

-- rows are those that were returned or changed
UPDATE item SET note = 'new' WHERE id <= 5;
DELETE FROM item WHERE id > 998;
SELECT query, calls, rows FROM seen
WHERE query LIKE 'UPDATE%' OR query LIKE 'DELETE%'
ORDER BY query COLLATE "C";

-- prepared statements, with custom and generic plans, are one statement each
PREPARE find AS SELECT note FROM item WHERE id = $1;
SET plan_cache_mode = force_custom_plan;
EXECUTE find(1);
EXECUTE find(2);
SET plan_cache_mode = force_generic_plan;
EXECUTE find(3);
EXECUTE find(4000);
RESET plan_cache_mode;
DEALLOCATE find;
SELECT calls, rows FROM seen WHERE query LIKE '%note FROM item WHERE id = $1%';

-- a cursor that is closed early counts what was fetched
BEGIN;
DECLARE c CURSOR FOR SELECT id, note FROM item;
FETCH 3 FROM c;
CLOSE c;
COMMIT;
SELECT calls, rows FROM seen WHERE query LIKE '%SELECT id, note FROM item%';

-- statements in functions are nested ones
CREATE FUNCTION touch(n int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    found bigint;
BEGIN
    FOR i IN 1..n LOOP
        SELECT count(*) INTO found FROM item nested WHERE nested.id = i;
    END LOOP;
    RETURN found;
END
$$;
SELECT touch(4);
SELECT toplevel, calls, rows FROM seen WHERE query LIKE '%item nested%';
SELECT perfadvisor_reset() > 0 AS reset;
SET perfadvisor.track = 'top';
SELECT touch(4);
SELECT count(*) FROM seen WHERE query LIKE '%item nested%';
RESET perfadvisor.track;

-- nothing is recorded of what fails, or while recording is off
SELECT 1 / (id - id) FROM item;
SET perfadvisor.enabled = off;
SELECT max(id) FROM item;
RESET perfadvisor.enabled;
SELECT min(id) FROM item;
SELECT query, calls FROM seen WHERE query ~ 'm(in|ax)' OR query LIKE '%/%';

-- several statements in one string
SELECT sum(id) FROM item \; SELECT avg(id) FROM item;
SELECT query, calls FROM seen WHERE query ~ 'sum|avg' ORDER BY query COLLATE "C";

DROP SCHEMA store_queries CASCADE;
