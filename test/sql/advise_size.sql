-- Predicted sizes of indexes against the ones that are built: within 25 % for
-- btree, within a factor of two for the others.
CREATE SCHEMA advise_size;
SET search_path = advise_size, public;

CREATE FUNCTION index_facts(text, OUT ddl text, OUT undo_ddl text,
    OUT size_bytes bigint, OUT height int)
AS '$libdir/perfadvisor', 'padv_test_index' LANGUAGE C STRICT;

CREATE TABLE t AS
SELECT g AS id, (g * 7919::bigint % 100003)::int AS scattered, g / 4 AS grouped,
    g % 1000 AS few, (g::bigint * g % 991)::int AS uneven,
    md5(g::text) AS hash, md5((g % 5000)::text)::uuid AS u,
    ('c' || g % 7)::char(10) AS flag, (g * 31 % 10007 / 100.0)::numeric(10,2) AS n,
    CASE WHEN g % 10 = 0 THEN g % 977 END AS sparse, g % 3 = 0 AS b,
    timestamptz '2024-01-01 00:00+00' + g * interval '1 minute' AS created,
    date '2024-01-01' + g % 700 AS day, 'name ' || g % 3000 AS name,
    repeat('word' || g % 400 || ' ', g % 6) AS words, ARRAY[g % 100, g % 77] AS tags,
    jsonb_build_object('k', g % 500, 's', 'v' || g % 50) AS j,
    int4range(g % 1000, 1000 + g % 900) AS r, point(g % 991, g % 997) AS p,
    CASE WHEN g % 50 = 0 THEN 'open' WHEN g % 3 = 0 THEN 'paid' ELSE 'done' END AS status
FROM generate_series(1, 100000) g;
CREATE TABLE never_analyzed AS SELECT id, few, hash FROM t;
CREATE TABLE tiny AS SELECT g AS id FROM generate_series(1, 10) g;
CREATE TABLE empty (id int);
-- every row is in the sample, so that all runs have the same statistics
SET default_statistics_target = 350;
VACUUM ANALYZE t;

CREATE FUNCTION check_size(definition text, factor float8 DEFAULT 1.25)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    predicted float8;
    built float8;
BEGIN
    SELECT size_bytes INTO predicted FROM index_facts(definition);
    EXECUTE replace(definition, 'INDEX ON', 'INDEX built ON');
    built := pg_relation_size('built');
    DROP INDEX built;
    IF greatest(predicted, built) <= factor * least(predicted, built) THEN
        RETURN 'as predicted';
    END IF;
    RETURN format('predicted %s pages, built %s', predicted / 8192, built / 8192);
END $$;

SELECT definition, check_size(definition)
FROM unnest(ARRAY[
    'CREATE INDEX ON t (id)',
    'CREATE UNIQUE INDEX ON t (id)',
    'CREATE INDEX ON t (scattered)',
    'CREATE INDEX ON t (grouped)',
    'CREATE INDEX ON t (few)',
    'CREATE INDEX ON t (uneven)',
    'CREATE INDEX ON t (hash)',
    'CREATE INDEX ON t (hash text_pattern_ops)',
    'CREATE INDEX ON t (u)',
    'CREATE INDEX ON t (flag)',
    'CREATE INDEX ON t (n)',
    'CREATE INDEX ON t (sparse)',
    'CREATE INDEX ON t (sparse) WHERE sparse IS NOT NULL',
    'CREATE INDEX ON t (b)',
    'CREATE INDEX ON t (created DESC)',
    'CREATE INDEX ON t (day)',
    'CREATE INDEX ON t (name)',
    'CREATE INDEX ON t (words)',
    'CREATE INDEX ON t (few, created)',
    'CREATE INDEX ON t (few, b)',
    'CREATE INDEX ON t (scattered, grouped)',
    'CREATE INDEX ON t (status, day, b)',
    'CREATE INDEX ON t (few, (few / 10), uneven)',
    'CREATE INDEX ON t (sparse, few)',
    'CREATE INDEX ON t (name, hash)',
    'CREATE INDEX ON t (few) INCLUDE (n)',
    'CREATE INDEX ON t (id) WITH (fillfactor = 60)',
    'CREATE INDEX ON t (few) WITH (deduplicate_items = off)',
    'CREATE INDEX ON t (created) WHERE status = ''open''',
    'CREATE INDEX ON t (id) WHERE status <> ''done'' AND NOT b',
    'CREATE INDEX ON t (lower(name))',
    'CREATE INDEX ON t (((created AT TIME ZONE ''UTC'')::date))',
    'CREATE INDEX ON t ((j ->> ''k''))',
    'CREATE INDEX ON t (length(words), day)',
    'CREATE INDEX ON never_analyzed (id)',
    'CREATE INDEX ON never_analyzed (few)',
    'CREATE INDEX ON never_analyzed (hash, few)',
    'CREATE INDEX ON tiny (id)',
    'CREATE INDEX ON empty (id)'
]) WITH ORDINALITY AS x (definition, n)
ORDER BY n;

SELECT definition, check_size(definition, 2.0)
FROM unnest(ARRAY[
    'CREATE INDEX ON t USING hash (hash)',
    'CREATE INDEX ON t USING hash (few)',
    'CREATE INDEX ON t USING hash (sparse)',
    'CREATE INDEX ON t USING gin (tags)',
    'CREATE INDEX ON t USING gin (j)',
    'CREATE INDEX ON t USING gin (j jsonb_path_ops)',
    'CREATE INDEX ON t USING gin (to_tsvector(''simple'', hash))',
    'CREATE INDEX ON t USING gin (to_tsvector(''english'', words)) WHERE status = ''paid''',
    'CREATE INDEX ON t USING gist (r)',
    'CREATE INDEX ON t USING gist (p)',
    'CREATE INDEX ON t USING spgist (p)',
    'CREATE INDEX ON t USING spgist (hash)',
    'CREATE INDEX ON t USING brin (created)',
    'CREATE INDEX ON t USING brin (hash) WITH (pages_per_range = 1)'
]) WITH ORDINALITY AS x (definition, n)
ORDER BY n;

-- keys with a NULL repeat otherwise than those without
CREATE TABLE visits AS
SELECT CASE WHEN g % 11 <> 0 THEN (g / 12 * 7919::bigint % 100003)::int END AS visitor,
    g / 12 * 31 % 499 AS day
FROM generate_series(1, 400000) g;
SET default_statistics_target = 1400;
VACUUM ANALYZE visits;
SELECT check_size('CREATE INDEX ON visits (visitor, day)');

-- rows that lie together, as the latest ones do, may be missed by a sample of
-- the table, but not by ANALYZE
CREATE TABLE parcels AS
SELECT g AS id, (g * 7919::bigint % 100003)::int AS shelf,
    CASE WHEN g > 59500 THEN 'new' ELSE 'sent' END AS status, repeat('x', 60) AS filler
FROM generate_series(1, 60000) g;
ALTER TABLE parcels ALTER status SET STATISTICS 300;    -- every row
VACUUM ANALYZE parcels;
SELECT definition, check_size(definition)
FROM unnest(ARRAY[
    'CREATE INDEX ON parcels (id) WHERE status = ''new''',
    'CREATE INDEX ON parcels (shelf) WHERE status IN (''new'', ''returned'')',
    'CREATE INDEX ON parcels (id) WHERE shelf > id'
]) WITH ORDINALITY AS x (definition, n)
ORDER BY n;

-- the height that the planner charges descents for
SELECT height FROM index_facts('CREATE INDEX ON t (id)');
SELECT height FROM index_facts('CREATE INDEX ON tiny (id)');

-- a partitioned table: the sum of its partitions
CREATE TABLE p (id int, few int, created timestamptz) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (30000);
CREATE TABLE p2 (created timestamptz, few int, id int);
ALTER TABLE p ATTACH PARTITION p2 FOR VALUES FROM (30000) TO (200000);
INSERT INTO p SELECT id, few, created FROM t;
VACUUM ANALYZE p;
SELECT size_bytes AS predicted FROM index_facts('CREATE INDEX ON p (few)') \gset
CREATE INDEX built ON p (few);
SELECT abs(:predicted / sum(pg_relation_size(relid)) - 1) < 0.25 AS as_predicted
FROM pg_partition_tree('built') WHERE isleaf;

-- Functions that somebody without superuser rights wrote are not run to see
-- what they yield, and rows are not read by those who must not see them.
CREATE FUNCTION traced(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
    RAISE NOTICE 'ran';
    RETURN $1;
END $$;
SELECT size_bytes > 0 AS sized FROM index_facts('CREATE INDEX ON t (traced(few))');
SELECT size_bytes > 0 AS sized FROM index_facts('CREATE INDEX ON t (few, id) WHERE traced(few) > 3');
-- an expression that fails on some row is not an error here
SELECT size_bytes > 0 AS sized FROM index_facts('CREATE INDEX ON t ((1 / (few - 1)))');
SELECT size_bytes > 0 AS sized FROM index_facts('CREATE INDEX ON t ((hash::int))');

SET client_min_messages = warning;
DROP SCHEMA advise_size CASCADE;
