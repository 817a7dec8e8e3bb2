-- Index definitions as DDL: quoting, qualification, every clause.
CREATE SCHEMA "Advise Ddl";
SET search_path = "Advise Ddl", public;

CREATE FUNCTION index_facts(text, OUT ddl text, OUT undo_ddl text,
    OUT size_bytes bigint, OUT height int)
AS '$libdir/perfadvisor', 'padv_test_index' LANGUAGE C STRICT;
CREATE FUNCTION reread(regclass) RETURNS text
AS '$libdir/perfadvisor', 'padv_test_reread' LANGUAGE C STRICT;
CREATE FUNCTION compare(regclass, text) RETURNS text
AS '$libdir/perfadvisor', 'padv_test_compare' LANGUAGE C STRICT;
CREATE FUNCTION twice(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 * 2';
CREATE FUNCTION twice_plpgsql(int) RETURNS int IMMUTABLE LANGUAGE plpgsql
AS 'BEGIN RETURN $1 * 2; END';
CREATE COLLATION "My Collation" FROM "C";

CREATE TABLE "Order Items" (id int PRIMARY KEY, "userId" int, "select" text,
    "we""ird" text, status text, created timestamptz, data jsonb, tags int[],
    c text COLLATE "C", r int4range, "Überschrift" text);
CREATE TABLE part ("Key" int, at date) PARTITION BY RANGE (at);

SELECT ddl, undo_ddl FROM index_facts('CREATE INDEX ON "Order Items" ("userId")');
SELECT ddl, undo_ddl FROM index_facts('create unique index concurrently if not exists "My Index" on "Order Items" using btree ("userId" desc, id asc nulls first, status desc nulls last)');
SELECT ddl FROM index_facts('CREATE INDEX ON "Order Items" ("select", "we""ird")');
SELECT ddl FROM index_facts('CREATE INDEX ON "Order Items" (status text_pattern_ops, c COLLATE "POSIX", "select" COLLATE "My Collation")');
SELECT ddl FROM index_facts('CREATE INDEX ON "Order Items" (c COLLATE "C", (status COLLATE "C"))');
SELECT ddl FROM index_facts('CREATE INDEX ON "Order Items" (lower("select"), (data ->> ''a b''), ((created AT TIME ZONE ''UTC'')::date) DESC)');
SELECT ddl FROM index_facts('CREATE INDEX ON "Order Items" (twice("userId"), twice_plpgsql(id))');
SELECT ddl FROM index_facts('CREATE INDEX ON "Order Items" (coalesce("userId", 0), (status || ''x''), (("userId")))');
SELECT ddl FROM index_facts('CREATE INDEX ON "Order Items" ("userId") INCLUDE ("select", status) WHERE status IN (''a'', ''b'') AND "userId" IS NOT NULL');
SELECT ddl FROM index_facts('CREATE INDEX ON "Order Items" (id) WHERE NOT (status = ''it''''s'' OR created IS NULL)');
SELECT ddl FROM index_facts('CREATE INDEX ON "Order Items" (id) WHERE twice_plpgsql("userId") > 1 + 1');
SELECT ddl FROM index_facts('CREATE UNIQUE INDEX ON "Order Items" (status) NULLS NOT DISTINCT');
SELECT ddl FROM index_facts('CREATE INDEX ON "Order Items" (id) WITH (fillfactor = 70, deduplicate_items = off)');
SELECT ddl FROM index_facts('CREATE INDEX ON "Order Items" USING gin (data jsonb_path_ops, tags)');
SELECT ddl FROM index_facts('CREATE INDEX ON "Order Items" USING gist (r)');
SELECT ddl FROM index_facts('CREATE INDEX ON "Order Items" USING gist (to_tsvector(''simple'', status) tsvector_ops (siglen = 100))');
SELECT ddl FROM index_facts('CREATE INDEX ON "Order Items" USING brin (created) WITH (pages_per_range = 16)');
SELECT ddl FROM index_facts('CREATE INDEX ON "Order Items" USING hash ("Überschrift")');

-- partitioned: CONCURRENTLY is not allowed there
SELECT ddl, undo_ddl FROM index_facts('CREATE INDEX ON part ("Key", at)');
SELECT ddl FROM index_facts('CREATE INDEX ON ONLY part ("Key")');

-- names: free, cut where they are too long
CREATE INDEX "Order Items_userId_idx" ON "Order Items" (status);
SELECT ddl FROM index_facts('CREATE INDEX ON "Order Items" ("userId")');
CREATE TABLE a_table_whose_name_is_as_long_as_a_name_can_be_in_postgresql_63
    (a_column_with_a_long_name_0123456789 int, another_column_with_a_long_name int);
SELECT ddl FROM index_facts('CREATE INDEX ON a_table_whose_name_is_as_long_as_a_name_can_be_in_postgresql_63
    (a_column_with_a_long_name_0123456789, another_column_with_a_long_name)');

-- It runs as it stands, from any search_path, and what it makes is the index
-- that was asked for.
CREATE TABLE given (n int, definition text);
INSERT INTO given VALUES
(1, 'CREATE INDEX i1 ON "Advise Ddl"."Order Items" ("userId" DESC, id)'),
(2, 'CREATE INDEX i2 ON "Advise Ddl"."Order Items" (status text_pattern_ops, c COLLATE "Advise Ddl"."My Collation")'),
(3, 'CREATE INDEX i3 ON "Advise Ddl"."Order Items" (lower("select"), (data ->> ''a b'')) WHERE status IN (''a'', ''b'') AND "userId" IS NOT NULL'),
(4, 'CREATE INDEX i4 ON "Advise Ddl"."Order Items" ("Advise Ddl".twice("userId")) INCLUDE ("we""ird", status)'),
(5, 'CREATE INDEX i5 ON "Advise Ddl"."Order Items" USING gin (data jsonb_path_ops, tags)'),
(6, 'CREATE INDEX i6 ON "Advise Ddl"."Order Items" USING gist (to_tsvector(''simple'', status) tsvector_ops (siglen = 100), r)'),
(7, 'CREATE INDEX i7 ON "Advise Ddl"."Order Items" USING brin (created) WITH (pages_per_range = 16)'),
(8, 'CREATE INDEX i8 ON "Advise Ddl".part ("Key", at)'),
(9, 'CREATE UNIQUE INDEX i9 ON "Advise Ddl"."Order Items" (status NULLS FIRST) NULLS NOT DISTINCT WHERE created > ''2024-01-01 00:00+00''');
SET search_path = pg_catalog;
SELECT ddl FROM "Advise Ddl".given, "Advise Ddl".index_facts(definition) ORDER BY n
\gexec
SELECT n, "Advise Ddl".compare(format('"Advise Ddl".i%s', n)::regclass, definition)
FROM "Advise Ddl".given ORDER BY n;
-- as the catalogs have them
SET DateStyle = 'German';
SELECT "Advise Ddl".reread(format('"Advise Ddl".i%s', n)::regclass)
FROM "Advise Ddl".given ORDER BY n;
RESET DateStyle;
SELECT undo_ddl FROM "Advise Ddl".given, "Advise Ddl".index_facts(definition) ORDER BY n
\gexec
SELECT count(*) FROM pg_class WHERE relname ~ '^i[0-9]$'
    AND relnamespace = '"Advise Ddl"'::regnamespace;
SET search_path = "Advise Ddl", public;

-- comparing
CREATE TABLE t (a int, b int, c text, d text);
CREATE INDEX t_a_b ON t (a, b DESC) INCLUDE (c);
CREATE INDEX t_c ON t (c) WHERE a > 0 AND b > 0;
CREATE INDEX t_lower ON t (lower(c), d);
CREATE UNIQUE INDEX t_u ON t (a);
CREATE INDEX t_gin ON t USING gin (to_tsvector('simple', c), to_tsvector('simple', d));
SELECT compare(x.i, x.definition), x.i, x.definition
FROM (VALUES
    ('t_a_b'::regclass, 'CREATE INDEX ON t (a, b DESC) INCLUDE (c)'),
    ('t_a_b', 'CREATE INDEX ON t (a DESC, b) INCLUDE (c)'),
    ('t_a_b', 'CREATE INDEX ON t (a DESC, b NULLS FIRST) INCLUDE (c)'),
    ('t_a_b', 'CREATE INDEX ON t (a, b) INCLUDE (c)'),
    ('t_a_b', 'CREATE INDEX ON t (a)'),
    ('t_a_b', 'CREATE INDEX ON t (a DESC)'),
    ('t_a_b', 'CREATE INDEX ON t (a NULLS FIRST)'),
    ('t_a_b', 'CREATE INDEX ON t (a) INCLUDE (b, c)'),
    ('t_a_b', 'CREATE INDEX ON t (a) INCLUDE (d)'),
    ('t_a_b', 'CREATE INDEX ON t (b)'),
    ('t_a_b', 'CREATE UNIQUE INDEX ON t (a)'),
    ('t_a_b', 'CREATE INDEX ON t (a, b DESC, c)'),
    ('t_a_b', 'CREATE INDEX ON t (a) WHERE b > 0'),
    ('t_a_b', 'CREATE INDEX ON t USING hash (a)'),
    ('t_c', 'CREATE INDEX ON t (c) WHERE 0 < a AND b > 0'),
    ('t_c', 'CREATE INDEX ON t (c) WHERE b > 0 AND a > 0'),
    ('t_c', 'CREATE INDEX ON t (c) WHERE a > 0'),
    ('t_c', 'CREATE INDEX ON t (c text_pattern_ops) WHERE a > 0 AND b > 0'),
    ('t_c', 'CREATE INDEX ON t (c COLLATE "POSIX") WHERE a > 0 AND b > 0'),
    ('t_c', 'CREATE INDEX ON t (c, d) WHERE a > 0 AND b > 0'),
    ('t_lower', 'CREATE INDEX ON t (LOWER(c))'),
    ('t_lower', 'CREATE INDEX ON t (upper(c))'),
    ('t_u', 'CREATE INDEX ON t (a, b)'),
    ('t_u', 'CREATE INDEX ON t (a)'),
    ('t_gin', 'CREATE INDEX ON t USING gin (to_tsvector(''simple'', d))')) x (i, definition)
ORDER BY 2, 3;

SET client_min_messages = warning;
DROP SCHEMA "Advise Ddl" CASCADE;
