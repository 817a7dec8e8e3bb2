-- Access methods beside btree: BRIN for what lies in order, hash for wide
-- values, GiST for distances, trigrams for patterns; and btree where it is as
-- good.
CREATE SCHEMA advise_methods;
SET search_path = advise_methods, public;
CREATE TABLE log (
    id bigint PRIMARY KEY, at timestamptz NOT NULL, shuffled timestamptz NOT NULL,
    indexed timestamptz NOT NULL, level text NOT NULL, url text NOT NULL, token uuid NOT NULL,
    msg text NOT NULL, place point NOT NULL, area box NOT NULL, ip inet NOT NULL, tags int[] NOT NULL);
INSERT INTO log
SELECT g, '2025-01-01 00:00+00'::timestamptz + g * interval '10 s',
    '2025-01-01 00:00+00'::timestamptz + g::bigint * 7919 % 100003 * interval '10 s',
    '2025-01-01 00:00+00'::timestamptz + g * interval '10 s',
    CASE WHEN g % 50 = 0 THEN 'error' ELSE 'info' END,
    'https://example.org/a/path/that/is/long/' || md5(g::text) || '/index.html', md5(g::text)::uuid,
    'message ' || g % 3000 || ' ' || md5((g * 7)::text), point(g::bigint * 7919 % 1009, g::bigint * 104729 % 1013),
    box(point(g % 1000, g % 997), point(g % 1000 + 1, g % 997 + 1)), '10.0.0.0'::inet + g,
    ARRAY[g % 3000, g % 2777]
FROM generate_series(1, 100000) g;
CREATE INDEX ON log (indexed);
CREATE TABLE small AS SELECT * FROM log WHERE id <= 10000;
-- every row is in the sample, so that all runs have the same statistics
SET default_statistics_target = 350;
VACUUM ANALYZE log;
VACUUM ANALYZE small;

CREATE FUNCTION advice(VARIADIC queries text[]) RETURNS SETOF text
BEGIN ATOMIC
    SELECT regexp_replace(ddl, '^.* USING ', '')
    FROM perfadvisor_advise(queries) ORDER BY 1;
END;

-- BRIN: a range of a large table in the order of the column
SELECT advice('SELECT * FROM log WHERE at BETWEEN ''2025-01-03'' AND ''2025-01-06''');
SELECT advice('SELECT count(*) FROM log WHERE at >= ''2025-01-09''');
-- where a btree reads a fraction of what BRIN leaves, its bytes are no matter
CREATE TABLE meter AS SELECT id, (id % 50)::int AS device, at, msg FROM log;
VACUUM ANALYZE meter;
SET random_page_cost = 1.1;
SELECT advice('SELECT avg(length(msg)) FROM meter WHERE device = 7 AND at BETWEEN ''2025-01-03'' AND ''2025-01-06''');
RESET random_page_cost;
-- no order, a small table, little to read, an unknown value, a wanted order, equality
SELECT advice('SELECT * FROM log WHERE shuffled BETWEEN ''2025-01-03'' AND ''2025-01-03 06:00''');
SELECT advice('SELECT * FROM small WHERE at > ''2025-01-02''');
SELECT advice('SELECT * FROM log WHERE at BETWEEN ''2025-01-03'' AND ''2025-01-03 00:10''');
SELECT advice('SELECT * FROM log WHERE at > $1');
SELECT advice('SELECT * FROM log WHERE at > ''2025-01-09'' ORDER BY at LIMIT 5');
SELECT advice('SELECT * FROM log WHERE at = ''2025-01-09''');
-- a btree serves all of them, and exists
SELECT advice('SELECT count(*) FROM log WHERE at >= ''2025-01-09''', 'SELECT * FROM log ORDER BY at DESC LIMIT 20');
SELECT advice('SELECT count(*) FROM log WHERE indexed >= ''2025-01-09''');

-- hash: wide values that are compared for equality alone
SELECT advice('SELECT * FROM log WHERE url = $1');

-- narrow values, wanted orders, lists and joins are a btree's
SELECT advice('SELECT * FROM log l JOIN small s USING (url) WHERE s.id = 7');
SELECT advice('SELECT * FROM log WHERE token = $1');
SELECT advice('SELECT * FROM log WHERE url = $1', 'SELECT * FROM log ORDER BY url LIMIT 10');
SELECT advice('SELECT * FROM log WHERE url = ANY ($1)');

-- GiST: distances, geometry
SELECT advice('SELECT * FROM log ORDER BY place <-> point(5, 5) LIMIT 10');
SELECT advice('SELECT * FROM log ORDER BY $1 <-> place LIMIT 10');
SELECT advice('SELECT * FROM log WHERE level = ''error'' ORDER BY place <-> point(5, 5) LIMIT 10');
SELECT advice('SELECT * FROM log WHERE place <@ box(point(1, 1), point(9, 9))');
SELECT advice('SELECT * FROM log WHERE area && box(point(1, 1), point(9, 9))');
-- networks have a range in a btree
SELECT advice('SELECT * FROM log WHERE ip << ''10.0.1.0/24''');

-- trigrams, where the extension is
SELECT advice('SELECT * FROM log WHERE msg LIKE ''%abcdef%''');
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA advise_methods;
RESET client_min_messages;
SELECT advice('SELECT * FROM log WHERE msg LIKE ''%abcdef%''');
SELECT advice('SELECT * FROM log WHERE msg ILIKE ''%abcdef%''');
SELECT advice('SELECT * FROM log WHERE msg ~ ''abc[de]f''');
SELECT advice('SELECT * FROM log WHERE lower(msg) LIKE ''%abcdef%''');
-- a prefix is a btree's
SELECT advice('SELECT * FROM log WHERE msg LIKE ''message 77 %''');

-- arrays
SELECT advice('SELECT * FROM log WHERE tags && ARRAY[2800, 2900]');
SELECT advice('SELECT * FROM log WHERE tags @> ARRAY[2800]');

-- GiST could search for what differs, which is nearly everything
CREATE TABLE hosts AS SELECT '10.0.0.1'::inet AS ip, g AS n FROM generate_series(1, 30000) g;
VACUUM ANALYZE hosts;
SELECT count(*) FROM perfadvisor_advise(ARRAY['SELECT * FROM hosts WHERE ip <> $1']);

SET client_min_messages = warning;
DROP SCHEMA advise_methods CASCADE;
