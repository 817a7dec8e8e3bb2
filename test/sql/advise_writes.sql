-- What writes pay for indexes.  The statements are given, so that no measured
-- time decides: a weight says how often each runs.
CREATE SCHEMA advise_writes;
SET search_path = advise_writes, public;
CREATE TABLE account (
    id int PRIMARY KEY, a int NOT NULL, b int NOT NULL, c int NOT NULL, d int NOT NULL,
    counter int NOT NULL, note text NOT NULL);
INSERT INTO account
SELECT g, g % 2003, g % 2011, g % 2017, g % 2027, g::bigint * 7919 % 10000, repeat('n', 60)
FROM generate_series(1, 10000) g;
VACUUM ANALYZE account;
SET random_page_cost = 1.1;

-- the keys of the indexes that are advised
CREATE FUNCTION keys(queries text[], weights float8[]) RETURNS text LANGUAGE sql AS
$$
    SELECT coalesce(string_agg(substring(ddl FROM 'USING btree \((.*)\)'), ' ' ORDER BY ddl), 'none')
    FROM perfadvisor_advise(queries, weights) WHERE kind = 'create_index'
$$;

-- the same data and the same statements: few updates of the column, many, and
-- as many that leave it alone
SELECT n AS updates, keys(ARRAY['SELECT * FROM account WHERE counter = 5',
    'UPDATE account SET counter = 7 WHERE id = 3'], ARRAY[100 - n, n])
FROM (VALUES (0), (1), (50), (99)) x (n) ORDER BY n;
SELECT keys(ARRAY['SELECT * FROM account WHERE counter = 5',
    'UPDATE account SET note = ''m'' WHERE id = 3'], ARRAY[1, 45]);
-- inserts write entries into every index
SELECT n AS inserts, keys(ARRAY['SELECT * FROM account WHERE counter = 5',
    'INSERT INTO account VALUES (0, 1, 2, 3, 4, 5, '''')'], ARRAY[1, n])
FROM (VALUES (20), (250)) x (n) ORDER BY n;

-- writes in a WITH clause, and those that insert or update as it comes
SELECT n AS updates, keys(ARRAY['SELECT * FROM account WHERE counter = 5',
    'WITH u AS (UPDATE account SET counter = 7 WHERE id = 3 RETURNING a) SELECT * FROM u'], ARRAY[1, n])
FROM (VALUES (45), (60)) x (n) ORDER BY n;
SELECT n AS updates, keys(ARRAY['SELECT * FROM account WHERE counter = 5',
    'INSERT INTO account AS t VALUES (3, 1, 2, 3, 4, 5, '''')
        ON CONFLICT (id) DO UPDATE SET counter = t.counter + 1'], ARRAY[1, n])
FROM (VALUES (45), (120)) x (n) ORDER BY n;
SELECT n AS updates, keys(ARRAY['SELECT * FROM account WHERE counter = 5',
    'MERGE INTO account t USING (VALUES (3)) v (x) ON id = x
        WHEN MATCHED THEN UPDATE SET counter = t.counter + 1
        WHEN NOT MATCHED THEN INSERT (id, a) VALUES (x, 1)'], ARRAY[1, n])
FROM (VALUES (45), (120)) x (n) ORDER BY n;
-- what is written to a partition is paid for by the index on the whole
CREATE TABLE parted (id int, a int, day int) PARTITION BY RANGE (day);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE TABLE parted_2 (day int, gone int, a int, id int);
ALTER TABLE parted_2 DROP COLUMN gone;
ALTER TABLE parted ATTACH PARTITION parted_2 FOR VALUES FROM (10) TO (20);
INSERT INTO parted SELECT g, g % 2003, g % 20 FROM generate_series(1, 20000) g;
VACUUM ANALYZE parted;
SELECT n AS updates, keys(ARRAY['SELECT * FROM parted WHERE a = 5',
    'UPDATE parted_2 SET a = a + 1 WHERE id = -1'], ARRAY[1, n]) ~ '\ma\M' AS wanted
FROM (VALUES (1), (60)) x (n) ORDER BY n;

-- an index that ends HOT updates makes them write into all others of the table,
-- those too that are advised beside it: worth it alone, and not among others
SELECT keys(ARRAY['SELECT * FROM account WHERE counter = 5',
    'UPDATE account SET counter = 7 WHERE id = 3'], ARRAY[1, 45]);
SELECT keys(ARRAY['SELECT * FROM account WHERE counter = 5',
    'UPDATE account SET counter = 7 WHERE id = 3',
    'SELECT * FROM account WHERE a = 5', 'SELECT * FROM account WHERE b = 5',
    'SELECT * FROM account WHERE c = 5', 'SELECT * FROM account WHERE d = 5'], ARRAY[1, 45, 10, 10, 10, 10]);
-- without the updates they all are
SELECT keys(ARRAY['SELECT * FROM account WHERE counter = 5',
    'SELECT * FROM account WHERE a = 5', 'SELECT * FROM account WHERE b = 5',
    'SELECT * FROM account WHERE c = 5', 'SELECT * FROM account WHERE d = 5'], ARRAY[1, 10, 10, 10, 10]);
-- what one index has cost in HOT updates another one need not pay again
SELECT keys(ARRAY['SELECT * FROM account WHERE counter = 5',
    'UPDATE account SET counter = 7, a = 9 WHERE id = 3',
    'SELECT * FROM account WHERE a = 5', 'SELECT * FROM account WHERE b = 5',
    'SELECT * FROM account WHERE c = 5', 'SELECT * FROM account WHERE d = 5'], ARRAY[1, 45, 10, 10, 10, 10]);
-- a predicate on the column ends HOT as a key does
SELECT keys(ARRAY['SELECT * FROM account WHERE a = 5 AND counter = 7',
    'UPDATE account SET counter = 8 WHERE id = 3'], ARRAY[1, 99]);
-- and the reason tells it
SELECT regexp_replace(substring(reason FROM 'Writes.*'), '\d+ entr(y|ies)', 'N entries', 'g') AS reason
FROM perfadvisor_advise(ARRAY['SELECT * FROM account WHERE counter = 5',
    'UPDATE account SET counter = 7 WHERE id = 3'], ARRAY[1, 40])
WHERE kind = 'create_index';
SELECT substring(reason FROM 'Writes.*') AS reason
FROM perfadvisor_advise(ARRAY['SELECT * FROM account WHERE counter = 5',
    'UPDATE account SET note = ''m'' WHERE id = 3'], ARRAY[1, 40])
WHERE kind = 'create_index';

-- the same call, the same answer
CREATE TEMP TABLE calls AS
SELECT n, row_number() OVER (PARTITION BY n) AS place, a.id, a.ddl, a.cost_after, a.detail
FROM generate_series(1, 2) n, LATERAL perfadvisor_advise(ARRAY['SELECT * FROM account WHERE counter = 5',
    'SELECT * FROM account WHERE a = 5 ORDER BY b LIMIT 3', 'SELECT * FROM account WHERE b = 5 AND a = 7',
    'SELECT note FROM account WHERE c BETWEEN 5 AND 6 OR d = 8',
    'UPDATE account SET d = 7 WHERE c = ' || (n - n)]) a;
SELECT count(*) > 2 AS some, count(*) FILTER (WHERE same) = count(*) AS all_the_same
FROM (SELECT (x.id, x.ddl, x.cost_after, x.detail) IS NOT DISTINCT FROM (y.id, y.ddl, y.cost_after, y.detail) AS same
    FROM (SELECT * FROM calls WHERE n = 1) x FULL JOIN (SELECT * FROM calls WHERE n = 2) y USING (place)) z;

SET client_min_messages = warning;
DROP SCHEMA advise_writes CASCADE;
