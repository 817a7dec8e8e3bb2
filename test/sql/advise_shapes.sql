--
-- Which index the shape of a statement leads to
--
CREATE SCHEMA advise_shapes;
SET search_path = advise_shapes, public;
CREATE TABLE big (
    id int PRIMARY KEY, a int, b int, flag boolean NOT NULL, t text COLLATE "C",
    d date, n int, filler text);
INSERT INTO big
SELECT g, g % 1000, g % 7, g % 10 <> 0, md5(g::text),
       '2020-01-01'::date + g % 1000, NULL, repeat('x', 40)
FROM generate_series(1, 20000) g;
CREATE TABLE parent (id int PRIMARY KEY, name text, filler text);
INSERT INTO parent SELECT g, 'p' || g, repeat('y', 40)
FROM generate_series(1, 5000) g;
VACUUM ANALYZE big;
VACUUM ANALYZE parent;

CREATE FUNCTION advice(VARIADIC queries text[]) RETURNS SETOF text
BEGIN ATOMIC
    SELECT regexp_replace(ddl, '^.* USING ', '')
    FROM perfadvisor_advise(queries) ORDER BY 1;
END;

-- equality, lists, ranges
SELECT advice('SELECT * FROM big WHERE a = 1');
SELECT advice('SELECT * FROM big WHERE 1 = a');
SELECT advice('SELECT * FROM big WHERE a = $1');
SELECT advice('SELECT * FROM big WHERE a IN (1, 2)');
SELECT advice('SELECT * FROM big WHERE a = ANY ($1)');
SELECT advice('SELECT * FROM big WHERE a = 5 AND b = 3');
SELECT advice('SELECT * FROM big WHERE a BETWEEN 5 AND 6');
SELECT advice('SELECT * FROM big WHERE b = 3 AND d > ''2022-09-20''');
SELECT advice('SELECT * FROM big WHERE (a, b) > (998, 3) ORDER BY a, b LIMIT 10');
SELECT advice('SELECT * FROM big WHERE n IS NOT NULL');
SELECT advice('SELECT * FROM big WHERE a = 3 OR t = ''x''');
SELECT advice('SELECT * FROM big WHERE a = 3 OR a = 4');
-- what most rows have is worth a key column where the table need not be visited
SELECT advice('SELECT count(*) FROM big WHERE a = 5 AND flag');
SELECT advice('SELECT * FROM big WHERE a = 5 AND flag');

-- texts
SELECT advice('SELECT * FROM big WHERE t LIKE ''abc%''');
SELECT advice('SELECT * FROM big WHERE lower(t) = $1');
SELECT advice('SELECT * FROM big WHERE t COLLATE "POSIX" > ''ff''');

-- orders
SELECT advice('SELECT * FROM big ORDER BY d LIMIT 10');
SELECT advice('SELECT * FROM big ORDER BY d DESC LIMIT 10');
SELECT advice('SELECT * FROM big ORDER BY d DESC, a LIMIT 10');
SELECT advice('SELECT * FROM big ORDER BY d NULLS FIRST LIMIT 10');
SELECT advice('SELECT * FROM big WHERE a = 3 ORDER BY d DESC LIMIT 1');
SELECT advice('SELECT DISTINCT ON (a) a, d, t FROM big ORDER BY a, d DESC');
SELECT advice('SELECT min(d), max(d) FROM big');
SELECT advice('SELECT max(d) FROM big WHERE a = 7');

-- joins
SELECT advice('SELECT * FROM parent p JOIN big ON big.a = p.id WHERE p.name = ''p7''');
SELECT advice('SELECT * FROM parent p LEFT JOIN big ON big.a = p.id WHERE p.id = 7');
SELECT advice('SELECT * FROM parent p WHERE p.id = 7 AND EXISTS (SELECT FROM big WHERE big.a = p.id)');
SELECT advice('SELECT p.id, l.d FROM parent p, LATERAL (SELECT d FROM big WHERE big.a = p.id ORDER BY d DESC LIMIT 1) l WHERE p.id < 10');
SELECT advice('WITH x AS MATERIALIZED (SELECT * FROM big WHERE a = 4) SELECT count(*) FROM x');
SELECT advice('SELECT id FROM big WHERE a = 4 UNION ALL SELECT id FROM parent WHERE name = ''p4''');

-- writes read as well
SELECT advice('UPDATE big SET b = 0 WHERE a = 4');
SELECT advice('DELETE FROM big WHERE t = ''x''');
SELECT advice('INSERT INTO parent SELECT id, t FROM big WHERE a = 4');
SELECT advice('SELECT * FROM big WHERE a = 4 FOR UPDATE');
SELECT advice('MERGE INTO parent p USING (SELECT * FROM big WHERE a = 4) b ON p.id = b.id WHEN MATCHED THEN UPDATE SET name = b.t');

-- one index for several statements, and the whole set is deterministic
SELECT advice('SELECT * FROM big WHERE a = 1', 'SELECT * FROM big WHERE a = 1 AND d > ''2022-09-20''');
SELECT advice('SELECT * FROM big WHERE a = 5 AND t = ''x''', 'SELECT * FROM big WHERE t = ''y''');

-- views are seen through
CREATE VIEW v AS SELECT id, a AS alpha, t FROM big WHERE b = 2;
SELECT advice('SELECT * FROM v WHERE alpha = 9');

-- nothing was executed or created
SELECT count(*), sum(b) FROM big;
SELECT count(*) FROM pg_index WHERE indrelid IN ('big'::regclass, 'parent'::regclass);

DROP SCHEMA advise_shapes CASCADE;
