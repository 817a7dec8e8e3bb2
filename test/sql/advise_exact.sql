-- What is predicted of an index against the same index when it is built: its
-- size within 25 % for btree and a factor of two for the others, the same plan,
-- and a cost within 10 %.
CREATE SCHEMA advise_exact;
SET search_path = advise_exact, public;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA advise_exact;
RESET client_min_messages;

CREATE FUNCTION scatter(g int, n int) RETURNS int IMMUTABLE LANGUAGE sql
AS 'SELECT (g::bigint * 7919 % 1000003 % n)::int';
CREATE TABLE t AS
SELECT g AS id, scatter(g, 50000) AS key, scatter(g, 400) AS few, scatter(g, 60000) AS k2,
    md5(g::text) AS hash, 'https://example.org/a/longer/path/' || md5(g::text) AS url,
    (scatter(g, 30000) / 100.0)::numeric(10,2) AS price, md5((g % 9000)::text)::uuid AS u,
    timestamptz '2024-01-01 00:00+00' + g * interval '1 minute' AS at,
    date '2024-01-01' + scatter(g, 700) AS day,
    CASE WHEN g % 40 = 0 THEN 'open' WHEN g % 3 = 0 THEN 'paid' ELSE 'done' END AS status,
    g % 50 = 0 AS flag, CASE WHEN g % 20 = 0 THEN scatter(g, 900) END AS sparse,
    'name ' || scatter(g, 6000) || ' of ' || md5((g % 700)::text) AS name,
    'w' || scatter(g, 3000) || ' body ' || md5(g::text) || ' w' || scatter(g, 77) AS body,
    ARRAY[scatter(g, 900), scatter(g, 777), g % 55] AS tags,
    jsonb_build_object('k', scatter(g, 5000), 's', 'v' || scatter(g, 50)) AS doc,
    int4range(scatter(g, 50000), scatter(g, 50000) + g % 90 + 1) AS span,
    point(scatter(g, 1009), scatter(g, 997)) AS place,
    box(point(scatter(g, 1009), scatter(g, 997)), point(scatter(g, 1009) + 2, scatter(g, 997) + 3)) AS area,
    '10.0.0.0'::inet + scatter(g, 60000) AS ip
FROM generate_series(1, 60000) g;
CREATE TABLE parted (LIKE t) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (30000);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (30000) TO (90000);
INSERT INTO parted SELECT * FROM t;
CREATE TABLE named (id int, label name);
INSERT INTO named SELECT g, 'n' || g FROM generate_series(1, 30000) g;
-- every row is in the sample, so that all runs have the same statistics
SET default_statistics_target = 200;
VACUUM ANALYZE t;
VACUUM ANALYZE named;
VACUUM ANALYZE parted;

-- the nodes of a plan, without figures and without the names of indexes
CREATE FUNCTION shape(plan text) RETURNS text LANGUAGE sql AS
$$
    SELECT string_agg(regexp_replace(regexp_replace(line, '  \(cost.*', ''),
        '(using|Index Scan on|Backward on) .*', ''), E'\n' ORDER BY n)
    FROM regexp_split_to_table(plan, E'\n') WITH ORDINALITY x (line, n)
    WHERE line ~ 'cost='
$$;
CREATE FUNCTION bytes_of(index regclass) RETURNS bigint LANGUAGE sql AS
$$
    SELECT sum(pg_relation_size(relid)) FROM pg_partition_tree(index) WHERE isleaf
$$;
CREATE FUNCTION compare(definition text, query text) RETURNS text LANGUAGE plpgsql AS
$$
DECLARE
    hypo record;
    built record;
    bytes float8;
    bound float8 := CASE WHEN definition ~ 'USING' THEN 2.0 ELSE 1.25 END;
BEGIN
    SELECT * INTO hypo FROM perfadvisor_whatif(query, ARRAY[definition]);
    EXECUTE replace(definition, 'INDEX ON', 'INDEX built ON');
    bytes := bytes_of('built');
    SELECT cost_before AS cost, plan_before AS plan INTO built FROM perfadvisor_whatif(query);
    DROP INDEX built;
    IF hypo.indexes_used = '{}' THEN
        RETURN 'not used';
    ELSIF greatest(hypo.size_bytes, bytes) > bound * least(hypo.size_bytes, bytes) THEN
        RETURN format('predicted %s pages, built %s', hypo.size_bytes / 8192, bytes / 8192);
    ELSIF shape(hypo.plan_after) <> shape(built.plan) THEN
        RETURN format(E'predicted\n%s\nbuilt\n%s', hypo.plan_after, built.plan);
    ELSIF abs(hypo.cost_after / built.cost - 1) > 0.1 THEN
        RETURN format('cost %s predicted, %s built', hypo.cost_after, built.cost);
    END IF;
    RETURN 'as predicted';
END
$$;

SELECT n, compare(definition, query), definition
FROM (VALUES
(1, 'CREATE INDEX ON t (key)', 'SELECT * FROM t WHERE key = 7'),
(2, 'CREATE INDEX ON t (few)', 'SELECT * FROM t WHERE few = 7'),
(3, 'CREATE INDEX ON t (hash)', 'SELECT * FROM t WHERE hash = ''x'''),
(4, 'CREATE INDEX ON t (url)', 'SELECT * FROM t WHERE url = ''x'''),
(5, 'CREATE INDEX ON t (price)', 'SELECT * FROM t WHERE price BETWEEN 5 AND 6'),
(6, 'CREATE INDEX ON t (u)', 'SELECT * FROM t WHERE u = md5(''7'')::uuid'),
(7, 'CREATE INDEX ON t (at DESC)', 'SELECT * FROM t ORDER BY at DESC LIMIT 10'),
(8, 'CREATE INDEX ON t (day)', 'SELECT count(*) FROM t WHERE day = ''2024-03-01'''),
(9, 'CREATE INDEX ON t (status, day)', 'SELECT * FROM t WHERE status = ''open'' AND day > ''2025-11-01'''),
(10, 'CREATE INDEX ON t (few, at)', 'SELECT * FROM t WHERE few = 7 ORDER BY at DESC LIMIT 5'),
(11, 'CREATE INDEX ON t (key, k2, few)', 'SELECT * FROM t WHERE key = 7 AND k2 = 9'),
(12, 'CREATE INDEX ON t (name)', 'SELECT * FROM t WHERE name = ''name 7'''),
(13, 'CREATE INDEX ON t (name text_pattern_ops)', 'SELECT * FROM t WHERE name LIKE ''name 77 %'''),
(14, 'CREATE INDEX ON t (sparse)', 'SELECT * FROM t WHERE sparse = 7'),
(15, 'CREATE INDEX ON t (sparse) WHERE sparse IS NOT NULL', 'SELECT * FROM t WHERE sparse = 7'),
(16, 'CREATE INDEX ON t (at) WHERE status = ''open''', 'SELECT * FROM t WHERE status = ''open'' ORDER BY at LIMIT 9'),
(17, 'CREATE INDEX ON t (id) WHERE flag', 'SELECT * FROM t WHERE flag AND id < 9000'),
(18, 'CREATE INDEX ON t (few) INCLUDE (price)', 'SELECT sum(price) FROM t WHERE few BETWEEN 5 AND 9'),
(19, 'CREATE INDEX ON t (key) INCLUDE (hash)', 'SELECT hash FROM t WHERE key = 7'),
(20, 'CREATE INDEX ON t (lower(name))', 'SELECT * FROM t WHERE lower(name) = ''name 7'''),
(21, 'CREATE INDEX ON t ((doc ->> ''k''))', 'SELECT * FROM t WHERE doc ->> ''k'' = ''7'''),
(22, 'CREATE INDEX ON t (((at AT TIME ZONE ''UTC'')::date))', 'SELECT * FROM t WHERE (at AT TIME ZONE ''UTC'')::date = ''2024-01-09'''),
(23, 'CREATE INDEX ON t (ip)', 'SELECT * FROM t WHERE ip << ''10.0.7.0/24'''),
(24, 'CREATE UNIQUE INDEX ON t (id)', 'SELECT * FROM t WHERE id = 7'),
(25, 'CREATE INDEX ON t (id) WITH (fillfactor = 60)', 'SELECT * FROM t WHERE id < 100'),
(26, 'CREATE INDEX ON parted (key)', 'SELECT * FROM parted WHERE key = 7'),
(27, 'CREATE INDEX ON t USING hash (url)', 'SELECT * FROM t WHERE url = ''x'''),
(28, 'CREATE INDEX ON t USING hash (key)', 'SELECT * FROM t WHERE key = 7'),
(29, 'CREATE INDEX ON t USING brin (at)', 'SELECT * FROM t WHERE at > ''2024-02-10 00:00+00'''),
(30, 'CREATE INDEX ON t USING brin (id)', 'SELECT * FROM t WHERE id BETWEEN 1000 AND 1500'),
(31, 'CREATE INDEX ON t USING gin (tags)', 'SELECT * FROM t WHERE tags @> ARRAY[7, 9]'),
(32, 'CREATE INDEX ON t USING gin (doc)', 'SELECT * FROM t WHERE doc @> ''{"k": 7}'''),
(33, 'CREATE INDEX ON t USING gin (doc jsonb_path_ops)', 'SELECT * FROM t WHERE doc @> ''{"k": 7}'''),
(34, 'CREATE INDEX ON t USING gin (to_tsvector(''english'', body))', 'SELECT * FROM t WHERE to_tsvector(''english'', body) @@ to_tsquery(''english'', ''w7'')'),
(35, 'CREATE INDEX ON t USING gin (to_tsvector(''simple'', name)) WHERE status = ''paid''', 'SELECT * FROM t WHERE status = ''paid'' AND to_tsvector(''simple'', name) @@ to_tsquery(''simple'', ''7 & name'')'),
(36, 'CREATE INDEX ON t USING gin (body gin_trgm_ops)', 'SELECT * FROM t WHERE body LIKE ''%77 body abc%'''),
(37, 'CREATE INDEX ON t USING gist (span)', 'SELECT * FROM t WHERE span && int4range(500, 502)'),
(38, 'CREATE INDEX ON t USING gist (place)', 'SELECT * FROM t ORDER BY place <-> point(5, 5) LIMIT 10'),
(39, 'CREATE INDEX ON t USING gist (area)', 'SELECT * FROM t WHERE area && box(point(1, 1), point(9, 9))'),
(40, 'CREATE INDEX ON t USING gist (to_tsvector(''english'', body))', 'SELECT * FROM t WHERE to_tsvector(''english'', body) @@ to_tsquery(''english'', ''w7'')'),
(41, 'CREATE INDEX ON t USING gist (name gist_trgm_ops)', 'SELECT * FROM t WHERE name LIKE ''%77 of abc%'''),
(42, 'CREATE INDEX ON t USING gist (ip inet_ops)', 'SELECT * FROM t WHERE ip && ''10.0.7.0/24'''),
(43, 'CREATE INDEX ON t USING spgist (place)', 'SELECT * FROM t WHERE place <@ box(point(1, 1), point(9, 9))'),
(44, 'CREATE INDEX ON t USING spgist (hash)', 'SELECT * FROM t WHERE hash = ''x'''),
(45, 'CREATE INDEX ON t USING brin (id) WITH (pages_per_range = 8)', 'SELECT * FROM t WHERE id BETWEEN 1000 AND 1500'),
(46, 'CREATE INDEX ON t USING brin (id) WITH (pages_per_range = 1024)', 'SELECT * FROM t WHERE id BETWEEN 1000 AND 1500'),
(47, 'CREATE INDEX ON t ((key::numeric))', 'SELECT * FROM t WHERE key = 7.0'),
(48, 'CREATE INDEX ON named (label)', 'SELECT * FROM named WHERE label = ''n7''')
) x (n, definition, query)
ORDER BY n;

SET client_min_messages = warning;
DROP SCHEMA advise_exact CASCADE;
