-- No index that nobody would miss: none on small tables or for what most rows
-- have, none beside one that does the same, none wider than allowed, none where
-- none can be.
CREATE SCHEMA advise_regrets;
SET search_path = advise_regrets, public;
CREATE TABLE big (
    id int PRIMARY KEY, a int NOT NULL, b int NOT NULL, c int NOT NULL, u int UNIQUE, v int, w int,
    t text NOT NULL, n numeric NOT NULL, most boolean NOT NULL, state text NOT NULL, at timestamp NOT NULL,
    tags int[] NOT NULL, doc jsonb NOT NULL, filler text, UNIQUE (v, w));
INSERT INTO big
SELECT g, g % 2000, g % 1500, g % 1000, g, g % 3000, g, md5(g::text), g % 2000, g % 10 <> 0,
    CASE WHEN g % 40 = 0 THEN 'open' ELSE 'done' END, '2026-01-01'::timestamp + g * interval '1 minute',
    ARRAY[g % 2000], jsonb_build_object('k', g % 2000), repeat('x', 100)
FROM generate_series(1, 20000) g;
CREATE TABLE tiny AS SELECT * FROM big LIMIT 50;
VACUUM ANALYZE big;
VACUUM ANALYZE tiny;

CREATE FUNCTION advice(VARIADIC queries text[]) RETURNS SETOF text
BEGIN ATOMIC
    SELECT CASE kind WHEN 'create_index' THEN '' ELSE kind || ' ' END || regexp_replace(ddl, '^.* USING ', '')
    FROM perfadvisor_advise(queries) ORDER BY 1;
END;
-- what is advised for a statement beside an index that exists
CREATE FUNCTION beside(definition text, VARIADIC queries text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE replace(definition, 'INDEX ON', 'INDEX beside ON');
    RETURN QUERY SELECT advice(VARIADIC queries);
    DROP INDEX beside;
END $$;

-- small tables
SELECT advice('SELECT * FROM tiny WHERE a = 1', 'SELECT * FROM tiny ORDER BY t LIMIT 1',
    'SELECT * FROM big JOIN tiny USING (id) WHERE tiny.b = 3');
-- what most rows have
SELECT advice('SELECT * FROM big WHERE most');
SELECT advice('SELECT * FROM big WHERE state = ''done''');
SELECT advice('SELECT * FROM big WHERE a > 100');
SELECT advice('SELECT * FROM big WHERE at > ''2026-01-02''');
SELECT advice('SELECT * FROM big WHERE t IS NOT NULL', 'SELECT * FROM big WHERE filler IS NOT NULL');
SELECT advice('SELECT * FROM big WHERE a <> 5', 'SELECT * FROM big WHERE a NOT IN (1, 2)');
SELECT advice('SELECT * FROM big', 'SELECT count(filler) FROM big');

-- beside an equivalent one
SELECT beside('CREATE INDEX ON big (a, b)', 'SELECT * FROM big WHERE a = 1');
SELECT beside('CREATE INDEX ON big (a DESC)', 'SELECT * FROM big WHERE a = 1', 'SELECT * FROM big ORDER BY a LIMIT 5');
SELECT beside('CREATE INDEX ON big (a DESC, b)', 'SELECT * FROM big ORDER BY a, b DESC LIMIT 5');
SELECT beside('CREATE INDEX ON big (a) INCLUDE (b, c)', 'SELECT a, b FROM big WHERE a = 1');
SELECT beside('CREATE INDEX ON big USING hash (t)', 'SELECT * FROM big WHERE t = ''x''');
SELECT beside('CREATE INDEX ON big (lower(t))', 'SELECT * FROM big WHERE lower(t::text) = ''x''');
SELECT beside('CREATE INDEX ON big ((a + (1 + 1)))', 'SELECT * FROM big WHERE a + 2 = 7');
SELECT beside('CREATE INDEX ON big (a) WHERE state = ''open''', 'SELECT * FROM big WHERE a = 1 AND state = ''open''');
SELECT beside('CREATE INDEX ON big (a) WHERE state IN (''open'', ''held'')', 'SELECT * FROM big WHERE a = 1 AND state = ''open''');
SELECT beside('CREATE INDEX ON big USING gin (tags)', 'SELECT * FROM big WHERE tags @> ARRAY[7]');
SELECT beside('CREATE INDEX ON big USING gin (doc jsonb_path_ops)', 'SELECT * FROM big WHERE doc @> ''{"k": 7}''');
-- unique constraints are indexes as well
SELECT advice('SELECT * FROM big WHERE id = 7', 'SELECT * FROM big WHERE u = 7', 'SELECT * FROM big WHERE v = 7',
    'SELECT * FROM big WHERE id = 7 AND a = 7', 'SELECT * FROM big WHERE w = 7 AND v = 7 AND b = 7',
    'SELECT * FROM big WHERE id IN (7, 8)', 'SELECT * FROM big ORDER BY id DESC LIMIT 3', 'SELECT max(u) FROM big');
-- never a unique one, however unique the data
SELECT ddl ~ 'UNIQUE' AS is_unique FROM perfadvisor_advise(ARRAY['SELECT * FROM big WHERE w = 7']);
-- what one index does, two are not advised for
SELECT advice('SELECT * FROM big WHERE a = 1', 'SELECT * FROM big WHERE a = 1 AND b = 2', 'SELECT * FROM big WHERE a = 1 AND n > 1990');
SELECT advice('SELECT * FROM big WHERE t = ''x''', 'SELECT * FROM big WHERE t > ''fff'' ORDER BY t LIMIT 10', 'SELECT * FROM big WHERE t LIKE ''ff%''');
-- columns that a statement needed until something better was found for it
SELECT advice('SELECT id FROM big WHERE (a, c) > (1995, 5)', 'SELECT DISTINCT c FROM big ORDER BY c LIMIT 10');
-- not even a small one for a statement that hardly matters
SELECT regexp_replace(ddl, '^.* USING ', '') AS index FROM perfadvisor_advise(ARRAY[
    'SELECT * FROM big WHERE b = $1 LIMIT 1', 'SELECT * FROM big WHERE b = $1 AND a < 5 ORDER BY a LIMIT 5',
    'SELECT max(b) FROM big'], ARRAY[0.0001, 1000000, 0.001]);

-- none wider than allowed, included columns apart
SET perfadvisor.max_index_width = 2;
SELECT count(*), bool_and(jsonb_array_length(detail -> 'keys') <= 2) AS narrow FROM perfadvisor_advise(ARRAY[
    'SELECT * FROM big WHERE a < 9 AND b = 3 AND c = 7 ORDER BY n, t LIMIT 1', 'SELECT a, b, c, n FROM big WHERE a = 1 AND b = 2 AND c = 3']);
RESET perfadvisor.max_index_width;

-- temporary, foreign and system tables; views of them
CREATE TEMP TABLE fleeting AS SELECT * FROM big;
ANALYZE fleeting;
SELECT advice('SELECT * FROM fleeting WHERE a = 3');
SELECT advice('SELECT * FROM pg_class WHERE relpages = 3', 'SELECT * FROM pg_stat_user_tables WHERE relname = ''x''',
    'SELECT * FROM information_schema.columns WHERE column_name = ''x''');
SET client_min_messages = warning;
CREATE EXTENSION file_fdw SCHEMA advise_regrets;
CREATE SERVER regress_padv_files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE elsewhere (a int, b text) SERVER regress_padv_files OPTIONS (filename '/dev/null');
RESET client_min_messages;
SELECT advice('SELECT * FROM elsewhere WHERE a = 3', 'SELECT * FROM elsewhere e JOIN tiny USING (a) WHERE e.b = ''x''');
-- schemas that were left out
SET perfadvisor.exclude_schemas = 'advise_regrets';
SELECT advice('SELECT * FROM big WHERE a = 3');
RESET perfadvisor.exclude_schemas;

-- what ran while recording was off, as far as recording goes
CREATE FUNCTION recorded() RETURNS SETOF text LANGUAGE sql AS
$$
    SELECT regexp_replace(ddl, '^.* USING ', '') FROM perfadvisor_recommendations()
    WHERE relation = 'big'::regclass AND kind = 'create_index' ORDER BY 1
$$;
SELECT perfadvisor_reset() > 0 AS reset;
SET perfadvisor.enabled = off;
SELECT count(*) FROM big WHERE a = 3;
RESET perfadvisor.enabled;
SELECT * FROM recorded();
-- a session that forbids scans gets the same advice as others
SET enable_seqscan = off;
SELECT advice('SELECT * FROM big WHERE a > 900');
SELECT advice('SELECT * FROM big WHERE a = 3');
SHOW enable_seqscan;
RESET enable_seqscan;
-- neither does explaining, nor a statement that failed
EXPLAIN (COSTS OFF) SELECT * FROM big WHERE b = 3;
SELECT 1 / (a - a) FROM big WHERE c = 3;
SELECT * FROM recorded();

SET client_min_messages = warning;
DROP SCHEMA advise_regrets CASCADE;
