-- Rare values of a parameter beside common ones make a partial index; and what
-- cannot be indexed as it is written, is named with how to write it.
--
-- Measures real times: it may be tried twice.
CREATE SCHEMA recommend_rare;
SET search_path = recommend_rare, public;
CREATE TABLE jobs (
    id int PRIMARY KEY, state text NOT NULL, prio int NOT NULL, active boolean NOT NULL,
    owner int NOT NULL, at timestamptz NOT NULL, body text NOT NULL, tags int[] NOT NULL);
INSERT INTO jobs
SELECT g, CASE WHEN g % 500 = 0 THEN 'failed' WHEN g % 301 = 0 THEN 'held' ELSE 'done' END,
    CASE WHEN g % 400 = 0 THEN 9 ELSE 1 END, g % 100 = 0, g % 5000,
    '2025-01-01 00:00+00'::timestamptz + g * interval '1 minute', 'text ' || md5(g::text), ARRAY[g % 3000]
FROM generate_series(1, 30000) g;
VACUUM ANALYZE jobs;
SET plan_cache_mode = force_custom_plan;

CREATE FUNCTION advice() RETURNS SETOF text LANGUAGE sql AS
$$
    SELECT regexp_replace(ddl, '^.* USING ', '') FROM perfadvisor_recommendations()
    WHERE kind = 'create_index' ORDER BY 1
$$;
CREATE FUNCTION why(statement text) RETURNS SETOF text LANGUAGE plpgsql AS
$$
BEGIN
    PERFORM perfadvisor_reset();
    EXECUTE statement;
    RETURN QUERY SELECT reason FROM perfadvisor_why_not()
        WHERE relation = 'jobs'::regclass AND code = 'unsupported_shape' ORDER BY predicate;
END
$$;

-- rare and common: an index of the rare rows
PREPARE by_state(text) AS SELECT sum(owner) FROM jobs WHERE state = $1;
SELECT perfadvisor_reset() \g /dev/null
EXECUTE by_state('done') \g /dev/null
EXECUTE by_state('failed') \g /dev/null
SELECT * FROM advice();
-- the same with constants
SELECT perfadvisor_reset() \g /dev/null
SELECT sum(owner) FROM jobs WHERE state = 'failed' \g /dev/null
SELECT sum(owner) FROM jobs WHERE state = 'done' \g /dev/null
SELECT * FROM advice();
-- numbers and booleans
PREPARE by_prio(int) AS SELECT sum(owner) FROM jobs WHERE prio = $1;
SELECT perfadvisor_reset() \g /dev/null
EXECUTE by_prio(1) \g /dev/null
EXECUTE by_prio(9) \g /dev/null
SELECT * FROM advice();
PREPARE by_active(boolean) AS SELECT sum(owner) FROM jobs WHERE active = $1;
SELECT perfadvisor_reset() \g /dev/null
EXECUTE by_active(true) \g /dev/null
EXECUTE by_active(false) \g /dev/null
SELECT * FROM advice();
-- in turns, and one after the other, whichever came first
CREATE FUNCTION run(states text[]) RETURNS void LANGUAGE plpgsql AS
$$
DECLARE
    s text;
BEGIN
    PERFORM perfadvisor_reset();
    FOREACH s IN ARRAY states LOOP
        PERFORM sum(owner) FROM jobs WHERE state = s;
    END LOOP;
END
$$;
SELECT run(array_agg(CASE WHEN g % 2 = 0 THEN 'done' ELSE 'failed' END)) FROM generate_series(1, 40) g;
SELECT * FROM advice();
SELECT run(array_agg(CASE WHEN g <= 30 THEN 'done' ELSE 'failed' END)) FROM generate_series(1, 60) g;
SELECT * FROM advice();
SELECT run(array_agg(CASE WHEN g > 30 THEN 'done' ELSE 'failed' END)) FROM generate_series(1, 60) g;
SELECT * FROM advice();
-- a value that is too long to be kept, beside one that is not
DO $$
DECLARE
    long text := repeat('x', 20000);
    s text := 'done';
BEGIN
    PERFORM perfadvisor_reset();
    FOR i IN 1..3 LOOP
        PERFORM sum(owner) FROM jobs WHERE state = s AND body <> long;
    END LOOP;
END
$$;
SELECT * FROM advice();
-- rare values alone need the whole index, common ones none
SELECT perfadvisor_reset() \g /dev/null
EXECUTE by_state('held') \g /dev/null
EXECUTE by_state('failed') \g /dev/null
SELECT * FROM advice();
SELECT perfadvisor_reset() \g /dev/null
EXECUTE by_state('done') \g /dev/null
EXECUTE by_state('done') \g /dev/null
SELECT * FROM advice();
-- a column of many values has no rare ones
PREPARE by_owner(int) AS SELECT sum(prio) FROM jobs WHERE owner = $1;
SELECT perfadvisor_reset() \g /dev/null
EXECUTE by_owner(7) \g /dev/null
EXECUTE by_owner(8) \g /dev/null
SELECT * FROM advice();

-- a value that was slow once is planned with, long after it came and however
-- high the limit is from which statements are slow
CREATE TABLE visits AS
SELECT CASE WHEN g % 4 = 0 THEN 0 ELSE g / 10 END AS account, g * 7919 % 100003 AS place, md5(g::text) AS body
FROM generate_series(1, 60000) g;
CREATE INDEX visits_by_account ON visits (account);
-- every row is in the sample, so that all runs have the same statistics
SET default_statistics_target = 250;
VACUUM ANALYZE visits;
SET perfadvisor.slow_query_ms = 1000000;
CREATE FUNCTION visit(who int, delay float) RETURNS void LANGUAGE plpgsql AS
$$
BEGIN
    PERFORM body FROM visits, pg_sleep(delay) WHERE account = who ORDER BY place LIMIT 5;
END
$$;
SELECT perfadvisor_reset() \g /dev/null
DO 'BEGIN FOR i IN 1..600 LOOP PERFORM visit(i * 7, 0); END LOOP; END';
SELECT * FROM advice();
SELECT visit(0, 3);
DO 'BEGIN FOR i IN 1..600 LOOP PERFORM visit(i * 7, 0); END LOOP; END';
SELECT * FROM advice();
RESET perfadvisor.slow_query_ms;

-- what depends on settings, and the form that does not
SELECT why('SELECT * FROM jobs WHERE at::date = ''2025-01-03''');
SELECT why('SELECT * FROM jobs WHERE date_trunc(''day'', at) = ''2025-01-03''');
SELECT why('SELECT date_trunc(''day'', at), count(*) FROM jobs GROUP BY 1');
SELECT why('SELECT * FROM jobs WHERE extract(year FROM at) = 2031');
SELECT why('SELECT * FROM jobs WHERE at::timestamp > ''2031-01-03''');
SELECT why('SELECT * FROM jobs WHERE to_tsvector(body) @@ to_tsquery(''nothing'')');
SELECT why('SELECT * FROM jobs WHERE now() - at < interval ''1 day''');
SELECT why('SELECT * FROM jobs WHERE to_char(at, ''YYYY-MM'') = ''2031-01''');
-- and the forms that were named are served
SELECT regexp_replace(ddl, '^.* USING ', '') FROM perfadvisor_advise(ARRAY[
    'SELECT * FROM jobs WHERE (at AT TIME ZONE ''UTC'')::date = ''2025-01-03''']);
SELECT regexp_replace(ddl, '^.* USING ', '') FROM perfadvisor_advise(ARRAY[
    'SELECT * FROM jobs WHERE to_tsvector(''english'', body) @@ to_tsquery(''english'', ''nothing'')']);
-- arrays, patterns
SELECT why('SELECT * FROM jobs WHERE 7 = ANY (tags)');
SELECT why('SELECT * FROM jobs WHERE body LIKE ''%abc%''');
SELECT why('SELECT * FROM jobs WHERE body ILIKE ''abc%''');
SELECT why('SELECT * FROM jobs WHERE owner <> 7');

RESET plan_cache_mode;
SET client_min_messages = warning;
DROP SCHEMA recommend_rare CASCADE;
