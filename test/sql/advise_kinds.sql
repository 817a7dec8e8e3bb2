--
-- Partial, covering, expression, GIN and GiST indexes
--
CREATE SCHEMA advise_kinds;
SET search_path = advise_kinds, public;
CREATE TYPE state AS ENUM ('open', 'done', 'lost');
CREATE TABLE jobs (
    id int PRIMARY KEY, state state NOT NULL, kind text NOT NULL,
    owner int NOT NULL, archived boolean NOT NULL, deleted_at timestamptz,
    amount numeric, filler text);
INSERT INTO jobs
SELECT g, (CASE WHEN g % 40 = 0 THEN 'open' WHEN g % 41 = 0 THEN 'lost' ELSE 'done' END)::state,
       'k' || g % 5, g % 4000, g % 20 = 0,
       CASE WHEN g % 30 <> 0 THEN '2024-01-01'::timestamptz END, g, repeat('z', 60)
FROM generate_series(1, 20000) g;
CREATE TABLE docs (
    id int PRIMARY KEY, data jsonb, tags int[], span int4range, body text,
    filler text);
INSERT INTO docs
SELECT g, jsonb_build_object('k', g % 5000, 'z', md5(g::text)),
       ARRAY[g % 100, g % 77, g % 5000], int4range(g, g + 10),
       'word' || g % 3000 || ' body ' || md5(g::text), repeat('q', 60)
FROM generate_series(1, 20000) g;
VACUUM ANALYZE jobs;
VACUUM ANALYZE docs;

CREATE FUNCTION advice(VARIADIC queries text[]) RETURNS SETOF text
BEGIN ATOMIC
    SELECT regexp_replace(ddl, '^.* USING ', '')
    FROM perfadvisor_advise(queries) ORDER BY 1;
END;

-- a constant of the text that few rows have
SELECT advice('SELECT * FROM jobs WHERE state = ''open''');
SELECT advice('SELECT * FROM jobs WHERE state = ''open'' AND owner = $1');
SELECT advice('SELECT * FROM jobs WHERE state IN (''open'', ''lost'') ORDER BY amount LIMIT 10');
SELECT advice('SELECT * FROM jobs WHERE archived AND owner > 3900');
SELECT advice('SELECT * FROM jobs WHERE deleted_at IS NULL ORDER BY id DESC LIMIT 10');
-- a parameter, and a constant that is a key, make none
SELECT advice('SELECT * FROM jobs WHERE state = $1 AND owner = $2');
SELECT advice('SELECT * FROM jobs WHERE owner = 77');
-- one that most rows have makes none
SELECT advice('SELECT * FROM jobs WHERE state = ''done'' AND owner = $1');

-- covering
SELECT advice('SELECT sum(amount) FROM jobs WHERE owner BETWEEN 100 AND 900');

-- expressions
SELECT advice('SELECT * FROM docs WHERE data ->> ''k'' = $1');
SELECT advice('SELECT * FROM docs WHERE upper(body) = $1');
-- date_trunc of a timestamptz depends on the time zone: no index can do
SELECT advice('SELECT * FROM jobs WHERE date_trunc(''day'', deleted_at) = $1');

-- other methods
SELECT advice('SELECT * FROM docs WHERE data @> ''{"k": 7}''');
SELECT advice('SELECT * FROM docs WHERE data ? ''nope''');
SELECT advice('SELECT * FROM docs WHERE tags @> ''{4711}''');
SELECT advice('SELECT * FROM docs WHERE span && int4range(5, 9)');
SELECT advice('SELECT * FROM docs WHERE to_tsvector(''english'', body) @@ plainto_tsquery(''english'', ''word7'')');

-- a cast that the comparison brings along is written out
CREATE TABLE counted AS SELECT g AS n, 'code ' || g AS code, md5(g::text)::char(32) AS old
FROM generate_series(1, 20000) g;
VACUUM ANALYZE counted;
CREATE TABLE advised AS
SELECT ddl, query FROM unnest(ARRAY[
    'SELECT * FROM counted WHERE n = 7.0',
    'SELECT * FROM counted WHERE old = ''x''::text']) query,
    perfadvisor_advise(ARRAY[query]);
SELECT regexp_replace(ddl, '^.* USING ', '') FROM advised ORDER BY 1;
SELECT replace(ddl, ' CONCURRENTLY', '') FROM advised \gexec
SELECT cardinality(indexes_used) FROM advised, perfadvisor_whatif(query);
-- the function of ^@
SELECT advice('SELECT * FROM counted WHERE starts_with(code, ''code 777'')');
-- functions from which, as their support functions know, a range follows
CREATE TABLE hosts AS
SELECT ('10.' || g / 250 || '.' || g % 250 || '.1')::inet AS ip, repeat('x', 50) AS name
FROM generate_series(1, 20000) g;
VACUUM ANALYZE hosts;
SELECT advice('SELECT * FROM hosts WHERE network_sub(ip, ''10.7.7.0/24'')');
SELECT advice('SELECT * FROM hosts WHERE network_sup(''10.7.7.0/24'', ip)');
SELECT advice('SELECT * FROM hosts WHERE network_sub(''10.7.7.1/32'', ip)');

DROP SCHEMA advise_kinds CASCADE;
