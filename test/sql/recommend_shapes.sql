--
-- Every shape of predicate, join and sort that ran gets an index, or a reason
-- why not
--
CREATE SCHEMA recommend_shapes;
SET search_path = recommend_shapes, public;
CREATE TABLE big (
    id int PRIMARY KEY, a int NOT NULL, b int NOT NULL, n int, flag boolean NOT NULL,
    name text NOT NULL, name_c text COLLATE "C" NOT NULL, at timestamp NOT NULL,
    doc jsonb NOT NULL, tags int[] NOT NULL, body text NOT NULL,
    span int4range NOT NULL, filler text);
INSERT INTO big
SELECT g, g % 2000, g % 150, CASE WHEN g % 1000 = 0 THEN g END, g % 500 <> 0,
    md5(g::text), md5(g::text), '2026-01-01'::timestamp + g * interval '10 minutes',
    jsonb_build_object('k', g % 2500), ARRAY[g % 3000, g % 2777],
    'word' || g % 3000 || ' text', int4range(g, g + 5), repeat('x', 100)
FROM generate_series(1, 20000) g;
CREATE TABLE owner (id int PRIMARY KEY, region int, filler text);
INSERT INTO owner SELECT g, g % 400, repeat('y', 100) FROM generate_series(1, 4000) g;
CREATE TABLE parted (id int, k int, filler text) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10000);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (10000) TO (20000);
INSERT INTO parted SELECT g, g % 1000, repeat('z', 100) FROM generate_series(0, 19999) g;
CREATE TABLE base (id int, q int, filler text);
CREATE TABLE derived (more int) INHERITS (base);
INSERT INTO base SELECT g, g % 1000, repeat('w', 100) FROM generate_series(1, 10000) g;
INSERT INTO derived SELECT g, g % 1000, repeat('w', 100) FROM generate_series(1, 10000) g;
CREATE VIEW seen AS SELECT id, a AS alpha, at FROM big;
VACUUM ANALYZE big;
VACUUM ANALYZE owner;
VACUUM ANALYZE parted, base;
VACUUM ANALYZE derived;
SET plan_cache_mode = force_custom_plan;

-- what becomes of one statement, and of nothing else
CREATE FUNCTION report() RETURNS SETOF text LANGUAGE sql AS
$$
    SELECT * FROM (
        SELECT regexp_replace(ddl, '^CREATE INDEX (CONCURRENTLY )?(.* )?ON (recommend_shapes\.)?', '')
        FROM perfadvisor_recommendations() WHERE kind = 'create_index'
        UNION ALL
        SELECT format('%s: %s: %s', relation, predicate, code) FROM perfadvisor_why_not()
        WHERE relation::text !~ '^(pg_|perfadvisor)') r (line)
    ORDER BY line COLLATE "C"
$$;
CREATE FUNCTION outcome(statement text) RETURNS SETOF text LANGUAGE plpgsql AS
$$
BEGIN
    PERFORM perfadvisor_reset();
    EXECUTE statement;
    RETURN QUERY SELECT * FROM report();
END
$$;
CREATE FUNCTION outcome(statement text, value anyelement) RETURNS SETOF text LANGUAGE plpgsql AS
$$
BEGIN
    PERFORM perfadvisor_reset();
    EXECUTE statement USING value;
    RETURN QUERY SELECT * FROM report();
END
$$;

-- ---- comparisons ----
SELECT * FROM outcome('SELECT * FROM big WHERE a = 5');
SELECT * FROM outcome('SELECT * FROM big WHERE a = $1', 5);
SELECT * FROM outcome('SELECT * FROM big WHERE a < 5');
SELECT * FROM outcome('SELECT * FROM big WHERE at > ''2026-05-15'' AND at <= ''2026-05-16''');
SELECT * FROM outcome('SELECT * FROM big WHERE a BETWEEN 5 AND 10');
SELECT * FROM outcome('SELECT * FROM big WHERE a <> 5');

-- ---- lists ----
SELECT * FROM outcome('SELECT * FROM big WHERE a IN (1, 2)');
SELECT * FROM outcome('SELECT * FROM big WHERE a IN (1, 2, 3, 4)');
SELECT * FROM outcome((SELECT 'SELECT * FROM big WHERE a IN (' || string_agg(g::text, ', ') || ')'
    FROM generate_series(5000, 5999) g));
SELECT * FROM outcome('SELECT * FROM big WHERE a = ANY ($1)', ARRAY[1, 2]);
SELECT * FROM outcome('SELECT * FROM big WHERE a = ANY ($1)', ARRAY[1, 2, 3, 4]);
SELECT * FROM outcome('SELECT * FROM big WHERE a = ANY ($1)',
    (SELECT array_agg(g) FROM generate_series(5000, 5999) g));
SELECT * FROM outcome('SELECT * FROM big WHERE a NOT IN (1, 2)');

-- ---- nulls and booleans ----
SELECT * FROM outcome('SELECT * FROM owner WHERE region IS NULL');
SELECT * FROM outcome('SELECT * FROM big WHERE n IS NOT NULL');
SELECT * FROM outcome('SELECT * FROM big WHERE n IS NULL');
SELECT * FROM outcome('SELECT * FROM big WHERE flag');
SELECT * FROM outcome('SELECT * FROM big WHERE NOT flag');

-- ---- several columns ----
SELECT * FROM outcome('SELECT * FROM big WHERE a = 5 AND b = 5');
SELECT * FROM outcome('SELECT * FROM big WHERE (a, b) > (1998, 5)');
SELECT * FROM outcome('SELECT * FROM big WHERE (a, b) = (5, 5)');
SELECT * FROM outcome('SELECT * FROM big WHERE a = 5 OR a = 6');
SELECT * FROM outcome('SELECT * FROM big WHERE a = 5 OR b = 6');

-- ---- texts ----
SELECT * FROM outcome('SELECT * FROM big WHERE name_c LIKE ''abc%''');
SELECT * FROM outcome('SELECT * FROM big WHERE name ILIKE ''abc%''');
SELECT * FROM outcome('SELECT * FROM big WHERE name LIKE ''%abc%''');
SELECT * FROM outcome('SELECT * FROM big WHERE lower(name) = ''abc''');

-- ---- expressions ----
SELECT * FROM outcome('SELECT * FROM big WHERE at::date = ''2026-03-03''');
SELECT * FROM outcome('SELECT * FROM big WHERE doc->>''k'' = ''3''');
SELECT * FROM outcome('SELECT * FROM big WHERE a + b = 7');

-- ---- documents, arrays, full text, ranges ----
SELECT * FROM outcome('SELECT * FROM big WHERE doc @> ''{"k": 3}''');
SELECT * FROM outcome('SELECT * FROM big WHERE tags @> ARRAY[3]');
SELECT * FROM outcome('SELECT * FROM big WHERE 3 = ANY (tags)');
SELECT * FROM outcome('SELECT * FROM big WHERE to_tsvector(''english'', body) @@ to_tsquery(''english'', ''word3'')');
SELECT * FROM outcome('SELECT * FROM big WHERE span && int4range(5, 7)');

-- ---- joins ----
SELECT * FROM outcome('SELECT * FROM owner o JOIN big ON big.a = o.id WHERE o.region = 7');
SELECT * FROM outcome('SELECT * FROM owner o LEFT JOIN big ON big.a = o.id WHERE o.id < 10');
SELECT * FROM outcome('SELECT * FROM owner o WHERE o.id < 10 AND EXISTS (SELECT FROM big WHERE big.a = o.id)');
SELECT * FROM outcome('SELECT * FROM owner o WHERE o.id < 10 AND NOT EXISTS (SELECT FROM big WHERE big.a = o.id)');
SELECT * FROM outcome('SELECT * FROM big x JOIN big y ON y.a = x.b WHERE x.id = 9');
SELECT * FROM outcome('SELECT o.id, l.at FROM owner o, LATERAL (SELECT at FROM big WHERE big.a = o.id ORDER BY at DESC LIMIT 1) l WHERE o.id < 10');

-- ---- subqueries, views, set operations ----
SELECT * FROM outcome('WITH w AS MATERIALIZED (SELECT * FROM big WHERE a = 4) SELECT count(*) FROM w');
SELECT * FROM outcome('SELECT * FROM seen WHERE alpha = 9');
SELECT * FROM outcome('SELECT id FROM big WHERE a = 4 UNION ALL SELECT id FROM owner WHERE region = 4');
-- from 17 on, each side may come sorted from a longer index
SELECT bool_and(line ~ '^(big USING btree \(a|owner.*region)') AND count(*) = 2 AS both_sides
FROM outcome('SELECT id FROM big WHERE a = 4 UNION SELECT id FROM owner WHERE region = 4') line;

-- ---- orders and groups ----
SELECT * FROM outcome('SELECT * FROM big ORDER BY at LIMIT 5');
SELECT * FROM outcome('SELECT * FROM big ORDER BY at DESC LIMIT 5');
SELECT * FROM outcome('SELECT * FROM big ORDER BY b, at DESC LIMIT 5');
SELECT * FROM outcome('SELECT * FROM big ORDER BY n NULLS FIRST LIMIT 5');
SELECT * FROM outcome('SELECT * FROM big WHERE b = 3 ORDER BY at LIMIT 5 OFFSET 10');
SELECT * FROM outcome('SELECT * FROM big ORDER BY filler');
SELECT * FROM outcome('SELECT a, count(*) FROM big GROUP BY a');
SELECT * FROM outcome('SELECT DISTINCT b FROM big');
SELECT * FROM outcome('SELECT DISTINCT ON (a) a, at, name FROM big ORDER BY a, at DESC');
SELECT * FROM outcome('SELECT min(at), max(at) FROM big');
SELECT * FROM outcome('SELECT id, rank() OVER (PARTITION BY b ORDER BY at) FROM big WHERE a = 3');

-- ---- writes ----
SELECT * FROM outcome('UPDATE big SET filler = ''z'' WHERE a = 5');
SELECT * FROM outcome('DELETE FROM big WHERE a = 1999');
SELECT * FROM outcome('MERGE INTO owner o USING (SELECT * FROM big WHERE a = 5) s ON s.id = o.id
    WHEN MATCHED THEN UPDATE SET filler = ''m''');
SELECT * FROM outcome('INSERT INTO owner SELECT id + 10000, b FROM big WHERE a = 5');
SELECT * FROM outcome('SELECT * FROM big WHERE a = 5 FOR UPDATE');

-- ---- partitions and inheritance ----
SELECT * FROM outcome('SELECT * FROM parted WHERE k = 5');
SELECT * FROM outcome('SELECT * FROM base WHERE q = 5');

-- ---- what no index serves, and a table that is small ----
SELECT * FROM outcome('SELECT * FROM big WHERE a < b');
SELECT * FROM outcome('SELECT * FROM big WHERE n IS DISTINCT FROM 5');
SELECT * FROM outcome('SELECT * FROM big WHERE (n = 1) IS NOT TRUE');
SELECT * FROM outcome('SELECT * FROM big WHERE CASE WHEN flag THEN a = 3 ELSE b = 4 END');
SELECT * FROM outcome('SELECT * FROM big WHERE a NOT IN (SELECT region FROM owner)');
-- which day that is depends on the time zone
SELECT * FROM outcome('SELECT * FROM big WHERE at::timestamptz::date = ''2026-03-03''');
CREATE TABLE tiny AS SELECT g AS a FROM generate_series(1, 10) g;
ANALYZE tiny;
SELECT * FROM outcome('SELECT * FROM tiny WHERE a = 5');

-- ---- LIKE where the collation does not compare bytes ----
SELECT EXISTS (SELECT FROM pg_collation WHERE collname = 'und-x-icu') AS has_icu \gset
\if :has_icu
ALTER TABLE big ALTER name TYPE text COLLATE "und-x-icu";
\else
ALTER TABLE big ALTER name TYPE varchar;
\endif
ANALYZE big;
SELECT line ~ 'USING btree \(name (text|varchar)_pattern_ops\)' AS pattern
FROM outcome('SELECT * FROM big WHERE name LIKE ''abc%''') line;

-- which serves equality as well
SELECT count(*) FROM perfadvisor_advise(ARRAY[
    'SELECT * FROM big WHERE name LIKE ''abc%''', 'SELECT * FROM big WHERE name = $1']);

RESET plan_cache_mode;
SET client_min_messages = warning;
DROP SCHEMA recommend_shapes CASCADE;
