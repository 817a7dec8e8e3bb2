--
-- Names that try to get out of the DDL they stand in
--
SET client_min_messages = warning;
SELECT perfadvisor_reset() >= 0;
CREATE TABLE public.rights_survivor (a int);
CREATE TABLE public.rights_names (n int PRIMARY KEY, name text);
INSERT INTO rights_names VALUES
    (1, 'a"; DROP TABLE rights_survivor; --'),
    (2, 'a''; DROP TABLE rights_survivor; --'),
    (3, E'two\nlines; DROP TABLE rights_survivor;\n--'),
    (4, '$$; DROP TABLE rights_survivor; $$'),
    (5, '$1'),
    (6, repeat('ä', 31)),
    (7, repeat('漢', 21)),
    (8, repeat('x', 63)),
    (9, 'select'),
    (10, 'Mixed Case'),
    (11, ' '),
    (12, '%s %I %L %'),
    (13, E'back\\slash'),
    (14, '/* comment */ --'),
    (15, 'ON'),
    (16, '"'),
    (17, '""""'),
    (18, 'OPERATOR(pg_catalog.=)'),
    (19, '😀 ' || E'\t' || 'tab'),
    (20, '.');
-- a schema, a table, columns, an index, an enum with its labels, a function,
-- an operator's schema, a collation, all of that name
CREATE FUNCTION rights_make(n text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE SCHEMA %I', n);
    EXECUTE format('CREATE TYPE %I.%I AS ENUM (%L, %L, %L)', n, n || 'e', n, 'x', 'y');
    EXECUTE format('CREATE COLLATION %I.%I FROM "C"', n, n);
    EXECUTE format('CREATE TABLE %I.%I (id int, %I int, %I text COLLATE %I.%I, %I %I.%I)',
        n, n, n, left(n, 10) || 't', n, n, left(n, 10) || 'e', n, n || 'e');
    EXECUTE format('INSERT INTO %I.%I SELECT g, g %% 4000, ''t'' || g, CASE g %% 3 WHEN 0 THEN %L WHEN 1 THEN ''x'' ELSE ''y'' END::%I.%I FROM generate_series(1, 8000) g',
        n, n, n, n, n || 'e');
    EXECUTE format('CREATE FUNCTION %I.%I(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS ''BEGIN RETURN $1; END''', n, n);
    EXECUTE format('CREATE INDEX %I ON %I.%I (id)', n || 'i', n, n);
    EXECUTE format('CREATE INDEX %I ON %I.%I (id, %I)', n || 'j', n, n, n);
    EXECUTE format('ANALYZE %I.%I', n, n);
END $$;
CREATE FUNCTION rights_use(n text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    i bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM %I.%I WHERE %I = 5', n, n, n) INTO i;
    EXECUTE format('SELECT count(*) FROM %I.%I WHERE %I = ''t5''', n, n, left(n, 10) || 't') INTO i;
    EXECUTE format('SELECT count(*) FROM %I.%I WHERE %I.%I(%I) = ''t6''', n, n, n, n, left(n, 10) || 't') INTO i;
    EXECUTE format('SELECT count(*) FROM %I.%I WHERE %I = %L AND %I < 5', n, n, left(n, 10) || 'e', n, n) INTO i;
    EXECUTE format('SELECT count(*) FROM %I.%I WHERE %I LIKE ''t77%%''', n, n, left(n, 10) || 't') INTO i;
END $$;
-- names of 63 bytes leave no room for what is appended
SELECT rights_make(name) FROM rights_names WHERE octet_length(name) < 60 ORDER BY n;
SELECT rights_use(name) FROM rights_names WHERE octet_length(name) < 60 ORDER BY n;
CREATE FUNCTION rights_long(n text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    i bigint;
BEGIN
    EXECUTE format('CREATE SCHEMA %I', n);
    EXECUTE format('CREATE TABLE %I.%I (id int, %I int)', n, n, n);
    EXECUTE format('INSERT INTO %I.%I SELECT g, g FROM generate_series(1, 8000) g', n, n);
    EXECUTE format('ANALYZE %I.%I', n, n);
    EXECUTE format('SELECT count(*) FROM %I.%I WHERE %I = 5', n, n, n) INTO i;
END $$;
SELECT rights_long(name) FROM rights_names WHERE octet_length(name) >= 60 ORDER BY n;

-- every piece of advice runs as it stands, and is taken back as it stands
CREATE TEMP TABLE rights_advice AS
SELECT row_number() OVER (ORDER BY kind, n.n, id) AS i, n.n, r.kind, r.ddl, r.undo_ddl
FROM perfadvisor_recommendations(NULL, 1) r
JOIN pg_class c ON c.oid = r.relation JOIN pg_namespace s ON s.oid = c.relnamespace
JOIN rights_names n ON n.name = s.nspname;
SELECT n, count(*) FILTER (WHERE kind = 'create_index') > 0 AS advised FROM rights_advice GROUP BY n ORDER BY n;
CREATE FUNCTION rights_run(command text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE replace(command, ' CONCURRENTLY', '');
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    RETURN sqlerrm || ' in ' || command;
END $$;
CREATE FUNCTION rights_indexes() RETURNS text LANGUAGE sql AS $$
SELECT string_agg(indexdef, E'\n' ORDER BY indexdef COLLATE "C") FROM pg_indexes
WHERE schemaname IN (SELECT name FROM rights_names)
$$;
SELECT rights_indexes() AS before \gset
SET search_path = pg_catalog;
DO $$
DECLARE
    error text;
    r record;
BEGIN
    FOR r IN SELECT * FROM pg_temp.rights_advice WHERE kind IN ('create_index', 'drop_index') ORDER BY i LOOP
        error := public.rights_run(r.ddl);
        IF error IS NOT NULL THEN
            RAISE WARNING '%', error;
        END IF;
    END LOOP;
    FOR r IN SELECT * FROM pg_temp.rights_advice WHERE kind IN ('create_index', 'drop_index') ORDER BY i DESC LOOP
        error := public.rights_run(r.undo_ddl);
        IF error IS NOT NULL THEN
            RAISE WARNING '%', error;
        END IF;
    END LOOP;
END $$;
RESET search_path;
SELECT rights_indexes() = :'before' AS as_before;
-- so does what the views say
SELECT count(*) >= 16 AS redundant, bool_and(ddl IS NOT NULL) AS with_ddl
FROM perfadvisor_redundant_indexes r JOIN pg_class c ON c.oid = r.relation
JOIN pg_namespace s ON s.oid = c.relnamespace JOIN rights_names n ON n.name = s.nspname;
CREATE TEMP TABLE rights_drops AS
SELECT ddl, undo_ddl FROM perfadvisor_redundant_indexes r JOIN pg_class c ON c.oid = r.relation
JOIN pg_namespace s ON s.oid = c.relnamespace JOIN rights_names n ON n.name = s.nspname;
SELECT string_agg(rights_run(ddl), E'\n') AS errors FROM rights_drops;
SELECT string_agg(rights_run(undo_ddl), E'\n') AS errors FROM rights_drops;
SELECT rights_indexes() = :'before' AS as_before;
SELECT count(*) AS survivor FROM rights_survivor;
SELECT count(*) >= 0 AS told FROM perfadvisor_why_not();
SELECT count(*) > 20 AS predicates FROM perfadvisor_predicates p JOIN pg_class c ON c.oid = p.relation
JOIN pg_namespace s ON s.oid = c.relnamespace JOIN rights_names n ON n.name = s.nspname;

SELECT format('DROP SCHEMA %I CASCADE', name) FROM rights_names ORDER BY n \gexec
DROP TABLE rights_survivor, rights_names, rights_advice, rights_drops;
DROP FUNCTION rights_make, rights_use, rights_long, rights_run, rights_indexes;
SELECT perfadvisor_reset() > 0;
