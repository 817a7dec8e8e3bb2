--
-- What happens to objects between recording and advice, and objects of size
--
SET client_min_messages = warning;
CREATE SCHEMA rights_objects;
SET search_path = rights_objects, public;
SELECT perfadvisor_reset() >= 0;
-- Asks for everything: nothing may fail, whatever became of the objects.
CREATE FUNCTION ask_all() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    SELECT count(*) INTO n FROM perfadvisor_recommendations();
    SELECT count(*) INTO n FROM perfadvisor_why_not();
    SELECT count(*) INTO n FROM perfadvisor_queries;
    SELECT count(*) INTO n FROM perfadvisor_slow_queries;
    SELECT count(*) INTO n FROM perfadvisor_seq_scans;
    SELECT count(*) INTO n FROM perfadvisor_predicates;
    RETURN 'all answered';
END $$;
CREATE VIEW told AS
SELECT replace(predicate, 'rights_objects.', '') AS statement, code, reason
FROM perfadvisor_why_not() WHERE relation IS NULL;

-- dropped, renamed, altered, replaced
CREATE TYPE pair AS (x int, y text);
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE subject (id int, a int, p pair, m mood, d positive, r int4range);
INSERT INTO subject SELECT g, g % 1000, (g, 'y' || g)::pair, CASE WHEN g % 9 = 0 THEN 'bad' ELSE 'good' END::mood, g, int4range(g, g + 5)
FROM generate_series(1, 10000) g;
ANALYZE subject;
CREATE TABLE goes AS SELECT id, a, a AS b FROM subject;
CREATE TABLE renamed AS SELECT id, a FROM subject;
CREATE TABLE retyped AS SELECT id, a FROM subject;
CREATE TABLE narrowed AS SELECT id, a, a AS b, a AS c FROM subject;
CREATE TABLE turned AS SELECT id, a FROM subject;
CREATE VIEW seen AS SELECT id, a FROM subject;
CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
ANALYZE;
SELECT count(*) FROM goes WHERE a = 1;
SELECT count(*) FROM renamed WHERE a = 1;
SELECT count(*) FROM retyped WHERE a = 1;
SELECT count(*) FROM narrowed WHERE b = 1 AND c = 2;
SELECT count(*) FROM turned WHERE a = 1;
SELECT count(*) FROM seen WHERE a = 2;
SELECT count(*) FROM subject WHERE twice(a) = 4;
PREPARE by_pair(pair) AS SELECT count(*) FROM subject WHERE p = $1;
EXECUTE by_pair('(1,y1)');
SELECT count(*) FROM subject WHERE p = '(2,y2)'::pair;
PREPARE by_mood(mood) AS SELECT count(*) FROM subject WHERE m = $1 AND a = 3;
EXECUTE by_mood('bad');
SELECT count(*) FROM subject WHERE m = 'bad' AND a = 4;
PREPARE by_domain(positive) AS SELECT count(*) FROM subject WHERE d = $1;
EXECUTE by_domain(5);
SELECT count(*) FROM subject WHERE r @> 77;
SELECT ask_all();
DEALLOCATE ALL;
DROP TABLE goes;
ALTER TABLE renamed RENAME TO renamed_since;
ALTER TABLE retyped ALTER a TYPE text;
ALTER TABLE narrowed DROP b;
DROP TABLE turned;
CREATE VIEW turned AS SELECT id, a FROM subject;
DROP VIEW seen;
DROP FUNCTION twice(int);
ALTER TYPE mood RENAME VALUE 'bad' TO 'worse';
ALTER TABLE subject ALTER p TYPE text USING p::text;
ALTER TYPE pair ALTER ATTRIBUTE x TYPE text;
SELECT ask_all();
SELECT statement, code, reason FROM told ORDER BY statement COLLATE "C";
ALTER TABLE subject DROP p;
DROP TYPE pair;
ALTER TABLE subject DROP m, DROP d;
DROP TYPE mood;
DROP DOMAIN positive;
SELECT ask_all();
-- in a transaction that changes them, and takes it back
BEGIN;
DROP TABLE subject CASCADE;
SELECT ask_all();
ROLLBACK;
BEGIN;
ALTER TABLE renamed_since RENAME TO renamed;
CREATE INDEX ON renamed (a);
SELECT code FROM perfadvisor_why_not() WHERE relation = 'renamed'::regclass AND predicate LIKE 'a%';
ROLLBACK;
SELECT ask_all();

-- a transaction that has failed, one that is prepared, one that only reads
BEGIN;
SELECT 1 / 0;
SELECT count(*) FROM perfadvisor_recommendations();
ROLLBACK;
BEGIN;
SELECT ask_all();
PREPARE TRANSACTION 'rights_objects';
SELECT ask_all();
COMMIT PREPARED 'rights_objects';
BEGIN;
LOCK TABLE subject IN ACCESS EXCLUSIVE MODE;
PREPARE TRANSACTION 'rights_objects';
SELECT bool_or(reason LIKE '%locked by another session%') AS locked FROM told;
SELECT ask_all();
ROLLBACK PREPARED 'rights_objects';
BEGIN READ ONLY;
SELECT ask_all();
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT ask_all();
INSERT INTO subject (id) VALUES (0);
COMMIT;

-- temporary tables
SELECT perfadvisor_reset() > 0;
CREATE TEMP TABLE passing AS SELECT id, a FROM subject;
ANALYZE passing;
SELECT count(*) FROM passing WHERE a = 5;
CREATE TEMP TABLE narrowed AS SELECT 1 AS c;
SELECT count(*) FROM rights_objects.narrowed WHERE c = 5;
SELECT ask_all();
SELECT statement, code, reason FROM told ORDER BY statement COLLATE "C";
SELECT ddl FROM perfadvisor_recommendations() WHERE relation IN ('passing'::regclass, 'pg_temp.narrowed'::regclass, 'rights_objects.narrowed'::regclass);
DROP TABLE pg_temp.narrowed, passing;

-- 1,600 columns
SELECT perfadvisor_reset() > 0;
SELECT format('CREATE TABLE wide (%s)', string_agg('c' || i || ' int', ', ')) AS command FROM generate_series(1, 1600) i \gset
:command;
INSERT INTO wide (c1, c800, c1600) SELECT g, g, g FROM generate_series(1, 5000) g;
ANALYZE wide (c1, c800, c1600);
SELECT count(*) FROM wide WHERE c1600 = 5 AND c800 = 5;
SELECT format('SELECT count(*) FROM wide WHERE %s', string_agg('c' || i || ' = ' || i, ' AND ')) AS command FROM generate_series(1, 1600) i \gset
:command;
SELECT count(*) > 0 AS advised FROM perfadvisor_recommendations() WHERE relation = 'wide'::regclass;

-- a join of thirty tables
SELECT perfadvisor_reset() > 0;
SELECT string_agg(format('CREATE TABLE part%s AS SELECT g AS id, g AS next FROM generate_series(1, 20) g', i), ';') AS command
FROM generate_series(1, 30) i \gset
:command;
SELECT format('SELECT count(*) FROM part1 %s WHERE part1.id = 7',
    string_agg(format('JOIN part%s ON part%s.id = part%s.next', i, i, i - 1), ' ' ORDER BY i)) AS command
FROM generate_series(2, 30) i \gset
:command;
SELECT count(*) > 0 AS told FROM perfadvisor_why_not() WHERE relation::text LIKE 'part%';

-- a thousand partitions
SELECT perfadvisor_reset() > 0;
CREATE TABLE parted (id int, a int) PARTITION BY RANGE (id);
SELECT string_agg(format('CREATE TABLE parted%s PARTITION OF parted FOR VALUES FROM (%s) TO (%s)', i, i * 40, (i + 1) * 40), ';') AS command
FROM generate_series(0, 999) i \gset
:command;
INSERT INTO parted SELECT g, g FROM generate_series(0, 39999) g;
SELECT count(*) FROM parted WHERE a = 5;
SELECT count(*) >= 0 AS answered FROM perfadvisor_recommendations();

-- deep recursion, in the text and in the program
SELECT perfadvisor_reset() > 0;
SELECT format('SELECT count(*) FROM subject WHERE a = 5%s', repeat(' + (1', 500) || repeat(')', 500)) AS command \gset
:command;
SELECT format('SELECT count(*) FROM subject WHERE %s a = 5 %s', repeat('NOT (', 500), repeat(')', 500)) AS command \gset
:command;
CREATE FUNCTION deep(n int) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RETURN CASE WHEN n = 0 THEN (SELECT count(*) FROM subject WHERE a = 6) ELSE deep(n - 1) END;
END $$;
SELECT deep(100) > 0 AS deep;
SELECT ask_all();
SELECT 1 AS usable;

RESET search_path;
DROP SCHEMA rights_objects CASCADE;
SELECT perfadvisor_reset() > 0;
