--
-- When there is no advice, and what the arguments do
--
CREATE SCHEMA advise_limits;
SET search_path = advise_limits, public;
CREATE TABLE tiny (id int PRIMARY KEY, a int);
INSERT INTO tiny SELECT g, g FROM generate_series(1, 100) g;
CREATE TABLE big (id int PRIMARY KEY, a int, b int, most boolean, filler text);
INSERT INTO big SELECT g, g % 2000, g % 300, g % 10 <> 0, repeat('x', 60)
FROM generate_series(1, 20000) g;
CREATE TABLE quoted (id int, "from" int, "Mixed Case" text, "semi;colon" int);
INSERT INTO quoted SELECT g, g, 'm' || g, g FROM generate_series(1, 10000) g;
ALTER TABLE quoted RENAME TO "Order ""Items""";
CREATE TEMP TABLE fleeting (a int);
VACUUM ANALYZE tiny;
VACUUM ANALYZE big;
VACUUM ANALYZE "Order ""Items""";

-- small, unselective, unique already, temporary, system
SELECT ddl FROM perfadvisor_advise(ARRAY['SELECT * FROM tiny WHERE a = 1']);
SELECT ddl FROM perfadvisor_advise(ARRAY['SELECT * FROM big WHERE most']);
SELECT ddl FROM perfadvisor_advise(ARRAY['SELECT * FROM big WHERE id = 5 AND a = 3']);
SELECT ddl FROM perfadvisor_advise(ARRAY['SELECT * FROM pg_class WHERE relpages = 3']);
SELECT ddl FROM perfadvisor_advise(ARRAY['SELECT * FROM fleeting WHERE a = 3']);
SELECT ddl FROM perfadvisor_advise(ARRAY['SELECT 1']);
SELECT ddl FROM perfadvisor_advise('{}');

-- an index that exists, also as the start of a wider one
CREATE INDEX ON big (a, b);
SELECT ddl FROM perfadvisor_advise(ARRAY['SELECT * FROM big WHERE a = 3']);
DROP INDEX big_a_b_idx;
-- one that the new one makes superfluous
CREATE INDEX big_b ON big (b);
SELECT kind, ddl, size_bytes < 0 AS frees, undo_ddl FROM perfadvisor_advise(ARRAY[
    'SELECT * FROM big WHERE b = 3 AND a > 1990']);

-- names that need quotes
SELECT ddl, undo_ddl FROM perfadvisor_advise(ARRAY[
    'SELECT * FROM "Order ""Items""" WHERE "from" = 4 AND "Mixed Case" = ''m4''',
    'SELECT * FROM "Order ""Items""" WHERE "semi;colon" = 4']);
-- the texts run as they stand, from any search_path, and can be taken back
CREATE TABLE texts AS SELECT ddl, undo_ddl FROM perfadvisor_advise(ARRAY[
    'SELECT * FROM "Order ""Items""" WHERE "semi;colon" = 4']);
RESET search_path;
SELECT ddl FROM advise_limits.texts \gexec
SELECT undo_ddl FROM advise_limits.texts \gexec
SET search_path = advise_limits, public;

-- the budget, the least improvement, the width, schemas left out
SELECT count(*) FROM perfadvisor_advise(ARRAY['SELECT * FROM big WHERE a = 3'], NULL, 8192);
SELECT count(*) FROM perfadvisor_advise(ARRAY['SELECT * FROM big WHERE a = 3'], NULL, 100000000);
SELECT count(*) FROM perfadvisor_advise(ARRAY['SELECT * FROM big WHERE a = 3'], NULL, NULL, 100);
SET perfadvisor.max_index_width = 1;
SELECT ddl FROM perfadvisor_advise(ARRAY['SELECT * FROM big WHERE a < 100 ORDER BY b, a LIMIT 1']);
RESET perfadvisor.max_index_width;
SET perfadvisor.exclude_schemas = 'other, advise_limits';
SELECT ddl FROM perfadvisor_advise(ARRAY['SELECT * FROM big WHERE a = 3']);
RESET perfadvisor.exclude_schemas;

-- writes pay: what is updated more than it is read gets no index
SELECT ddl FROM perfadvisor_advise(ARRAY[
    'SELECT * FROM big WHERE a = 3', 'UPDATE big SET a = a + 1 WHERE id = $1'], ARRAY[1, 1]);
SELECT ddl FROM perfadvisor_advise(ARRAY[
    'SELECT * FROM big WHERE a = 3', 'UPDATE big SET a = a + 1 WHERE id = $1'], ARRAY[1, 1000]);

-- a partitioned table is advised as a whole, without CONCURRENTLY
CREATE TABLE parted (id int, k int, v text) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10000);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (10000) TO (20000);
INSERT INTO parted SELECT g, g % 4000, repeat('v', 60) FROM generate_series(1, 19999) g;
VACUUM ANALYZE parted;
SELECT relation, ddl, undo_ddl FROM perfadvisor_advise(ARRAY['SELECT * FROM parted WHERE k = 7']);

-- wrong input
SELECT * FROM perfadvisor_advise(NULL);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT 1', NULL]);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT 1', 'SELECT nope FROM big']);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT 1', 'SELECT * FROM missing']);
SELECT * FROM perfadvisor_advise(ARRAY['SELEC 1']);
SELECT * FROM perfadvisor_advise(ARRAY['']);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT 1; DROP TABLE big']);
SELECT * FROM perfadvisor_advise(ARRAY['TRUNCATE big']);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT * FROM big WHERE a = $1 AND b = $3']);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT 1'], ARRAY[1, 2]::float8[]);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT 1'], ARRAY[-1]::float8[]);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT 1'], ARRAY['NaN']::float8[]);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT 1'], NULL, -1);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT 1'], NULL, 0, 101);

-- no rights, no advice
CREATE ROLE regress_padv_nobody;
GRANT USAGE ON SCHEMA advise_limits TO regress_padv_nobody;
SET ROLE regress_padv_nobody;
SELECT * FROM perfadvisor_advise(ARRAY['SELECT * FROM big WHERE a = 3']);
RESET ROLE;
REVOKE USAGE ON SCHEMA advise_limits FROM regress_padv_nobody;
DROP ROLE regress_padv_nobody;

-- the session goes on, and nothing was left behind
SELECT count(*) FROM big;
DROP SCHEMA advise_limits CASCADE;
