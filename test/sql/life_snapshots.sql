--
-- Snapshots, and what is new, gone, faster and slower since.
--
-- Measures real times: it may be tried twice.
--
CREATE SCHEMA life_snapshots;
SET search_path = life_snapshots, public;
CREATE TABLE item AS
    SELECT g AS id, g % 1000 AS kind, repeat('x', 80) AS filler
    FROM generate_series(1, 50000) g;
CREATE INDEX item_kind ON item (kind);
-- every row is in the sample, so that all runs have the same statistics
SET default_statistics_target = 200;
VACUUM ANALYZE item;
CREATE FUNCTION run(n int, statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. n LOOP
        EXECUTE format(statement, i);
    END LOOP;
END $$;
-- Times are judged, and a machine may run ten times slower for a while: where it
-- matters, a statement sleeps before its scan, for as many ms as are set here.
CREATE FUNCTION pace() RETURNS boolean STABLE LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_sleep(current_setting('life.pace')::float8 / 1000);
    RETURN true;
END $$;

SET life.pace = 200;
SELECT run(15, 'SELECT /* A */ filler FROM item WHERE id = %s AND pace()');
SET life.pace = 0;
SELECT run(40, 'SELECT /* B */ id FROM item WHERE kind = %s AND pace()');
SELECT run(3, 'SELECT /* C */ kind FROM item WHERE id = %s');
SELECT run(4, 'SELECT /* D */ id, kind FROM item WHERE id = %s');
SELECT perfadvisor_snapshot('before the release') AS one \gset
CREATE INDEX item_id ON item (id);
DROP INDEX item_kind;
SELECT run(40, 'SELECT /* A */ filler FROM item WHERE id = %s AND pace()');
SET life.pace = 200;
SELECT run(15, 'SELECT /* B */ id FROM item WHERE kind = %s AND pace()');
SELECT run(2, 'SELECT /* D */ id, kind FROM item WHERE id = %s');
SELECT run(5, 'SELECT /* E */ * FROM item WHERE id = %s');
SELECT perfadvisor_snapshot() AS two \gset
SELECT run(1, 'SELECT /* C */ kind FROM item WHERE id = %s');

SELECT id - :one + 1 AS number, label, taken_by = current_user AS mine,
    taken_at <= now() AND taken_at >= stats_since AS time_is_right
FROM perfadvisor_snapshots WHERE id >= :one;
CREATE VIEW compared AS
    SELECT substr(query, 11, 1) AS statement, change, calls_before AS before,
        calls_after AS after, mean_ms_after < mean_ms_before AS faster,
        p95_ms_after < p95_ms_before AS p95_faster, rows_read_before AS read_before,
        rows_read_after AS read_after, username = current_user AS mine, toplevel
    FROM perfadvisor_compare(current_setting('life.before')::bigint,
            current_setting('life.after')::bigint)
    WHERE query LIKE 'SELECT /* _ */%';
SET life.before = :one;
SET life.after = :two;
SELECT statement, change, before, after, CASE WHEN change <> 'same' THEN faster END AS faster,
    CASE WHEN change <> 'same' THEN p95_faster END AS p95_faster, read_before, read_after,
    mine, toplevel
FROM compared ORDER BY 1;
-- with now
SELECT substr(query, 11, 1) AS statement, change, calls_before, calls_after
FROM perfadvisor_compare(:one) WHERE query LIKE 'SELECT /* _ */%' ORDER BY 1;
SELECT substr(query, 11, 1) AS statement, change, calls_before, calls_after
FROM perfadvisor_compare(:two) WHERE query LIKE 'SELECT /* _ */%' ORDER BY 1;
-- what was kept is there when the figures are not
SELECT perfadvisor_reset() > 0 AS reset;
SELECT substr(query, 11, 1) AS statement, change, calls_before, calls_after
FROM perfadvisor_compare(:one, :two) WHERE query LIKE 'SELECT /* _ */%' ORDER BY 1;
-- figures that began anew are all of the time since
SET life.pace = 0;
SELECT run(3, 'SELECT /* A */ filler FROM item WHERE id = %s AND pace()');
SELECT substr(query, 11, 1) AS statement, change, calls_before, calls_after
FROM perfadvisor_compare(:two) WHERE query LIKE 'SELECT /* _ */%' ORDER BY 1;

-- what cannot be compared
SELECT perfadvisor_compare(0);
SELECT perfadvisor_compare(NULL);
SELECT perfadvisor_compare(2147483647, 2147483648);
DO $$
DECLARE one bigint := current_setting('life.before'); two bigint := current_setting('life.after');
BEGIN
    PERFORM perfadvisor_compare(two, one);
EXCEPTION WHEN invalid_parameter_value THEN
    RAISE NOTICE '%', replace(replace(sqlerrm, one::text, 'ONE'), two::text, 'TWO');
END $$;
BEGIN READ ONLY;
SELECT count(*) > 0 AS readable FROM perfadvisor_compare(:one);
SELECT perfadvisor_snapshot();
ROLLBACK;

-- others see figures, and no texts
CREATE ROLE regress_life_snapshots;
GRANT USAGE ON SCHEMA life_snapshots TO regress_life_snapshots;
GRANT SELECT ON item TO regress_life_snapshots;
SET ROLE regress_life_snapshots;
SELECT bool_and(queryid IS NULL) AS no_queryid, string_agg(DISTINCT query, '') AS query,
    count(*) > 3 AS rows
FROM perfadvisor_compare(:one, :two);
SELECT perfadvisor_snapshot();
SELECT count(*) FROM padv_snapshot_text;
SELECT count(*) FROM padv_snapshot_statement;
SET perfadvisor.snapshot_retention = 0;
SELECT padv_figures_quantile(ARRAY[NULL::padv_figures], '{1}', 0.5);
RESET ROLE;

-- a role sees its own texts, and one that has taken its name does not
SET ROLE regress_life_snapshots;
SELECT run(5, 'SELECT /* O */ count(*) FROM item WHERE id > %s');
RESET ROLE;
SELECT perfadvisor_snapshot('of others') AS others \gset
CREATE VIEW seen AS
SELECT query, change FROM perfadvisor_compare(current_setting('life.others')::bigint)
WHERE username LIKE 'regress_life_snapshots%' ORDER BY query COLLATE "C";
GRANT SELECT ON seen TO PUBLIC;
SELECT set_config('life.others', :'others', false) IS NOT NULL AS kept;
SET ROLE regress_life_snapshots;
SELECT * FROM seen WHERE query LIKE '%/* O */%' OR query LIKE '<%';
RESET ROLE;
ALTER ROLE regress_life_snapshots RENAME TO regress_life_snapshots_old;
CREATE ROLE regress_life_snapshots;
GRANT USAGE ON SCHEMA life_snapshots TO regress_life_snapshots;
SET ROLE regress_life_snapshots;
SELECT DISTINCT * FROM seen;
RESET ROLE;
SELECT * FROM seen WHERE query LIKE '%/* O */%';

-- figures that nobody has counted
SELECT padv_figures_quantile(ARRAY[ROW(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, now(), now(), NULL)::padv_figures],
    '{1}', 0.5);
SELECT padv_figures_quantile(ARRAY[ROW(1, 1, 1, 0, 1, 1, 1, 1, 1, 1, now(), now(), '{9999,1,-1,1,3}')::padv_figures],
    '{1}', 0.5) >= 0 AS harmless;

-- old ones go
SET perfadvisor.snapshot_retention = 1;
SELECT pg_sleep(1.1);
SELECT perfadvisor_snapshot('after') AS three \gset
SELECT label FROM perfadvisor_snapshots WHERE id >= :one;
SELECT count(*) FROM padv_snapshot_statement WHERE snapshot < :three;
SELECT count(*) FROM padv_snapshot_text WHERE query LIKE 'SELECT /* B */%';
SELECT count(*) FROM padv_snapshot_text WHERE query LIKE 'SELECT /* A */%';
RESET perfadvisor.snapshot_retention;

REVOKE USAGE ON SCHEMA life_snapshots FROM regress_life_snapshots, regress_life_snapshots_old;
DROP OWNED BY regress_life_snapshots, regress_life_snapshots_old;
DROP ROLE regress_life_snapshots, regress_life_snapshots_old;
SET client_min_messages = warning;
DROP SCHEMA life_snapshots CASCADE;
