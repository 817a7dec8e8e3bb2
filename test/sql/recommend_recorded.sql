--
-- Advice for what really ran, seen by different roles
--
CREATE ROLE regress_padv_app;
CREATE SCHEMA "Recommend X";
GRANT USAGE ON SCHEMA "Recommend X" TO regress_padv_app;
CREATE TABLE "Recommend X"."Order Items" (id int PRIMARY KEY, "userId" int, note text COLLATE "C");
INSERT INTO "Recommend X"."Order Items"
SELECT g, g % 3000, repeat('n', 50) FROM generate_series(1, 30000) g;
VACUUM ANALYZE "Recommend X"."Order Items";
GRANT ALL ON "Recommend X"."Order Items" TO regress_padv_app;
CREATE TABLE recommend_gone (id int, a int);
INSERT INTO recommend_gone SELECT g, g FROM generate_series(1, 20000) g;
ANALYZE recommend_gone;
CREATE TABLE recommend_renamed (LIKE recommend_gone);
INSERT INTO recommend_renamed SELECT * FROM recommend_gone;
ANALYZE recommend_renamed;
CREATE TABLE recommend_tiny AS SELECT g AS id, g AS a FROM generate_series(1, 100) g;
CREATE TABLE recommend_wide AS
SELECT g AS id, g % 10 <> 0 AS most, repeat('w', 80) AS filler
FROM generate_series(1, 20000) g;
ANALYZE recommend_tiny;
ANALYZE recommend_wide;
SELECT perfadvisor_reset() > 0;

-- in a schema that is in the path of the one who asks, but not of the advisor
SET ROLE regress_padv_app;
SET search_path = "Recommend X";
SELECT count(*) FROM "Order Items" WHERE "userId" = 5;
SELECT count(*) FROM "Order Items" WHERE "userId" = 7;
RESET ROLE;
RESET search_path;
-- prepared, in a function, through a cursor
PREPARE by_user(int) AS SELECT count(*) FROM "Recommend X"."Order Items" WHERE "userId" = $1 AND id > 5;
EXECUTE by_user(3);
EXECUTE by_user(4);
CREATE FUNCTION recommend_count(p_user int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    SELECT count(*) INTO n FROM "Recommend X"."Order Items" WHERE "userId" = p_user AND note <> 'x';
    RETURN n;
END $$;
SELECT recommend_count(5), recommend_count(6);
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM "Recommend X"."Order Items" WHERE note LIKE 'abc%';
FETCH 5 FROM c;
COMMIT;
-- one that fails, a small table, a predicate that keeps nine rows in ten
SELECT 1 / (a - 5) FROM recommend_renamed WHERE a = 5;
SELECT count(*) FROM recommend_tiny WHERE a = 5;
SELECT count(*) FROM recommend_wide WHERE most;
-- what they read changes or goes away afterwards
SELECT count(*) FROM recommend_gone WHERE a = 1;
SELECT count(*) FROM recommend_renamed WHERE a = 1;
DROP TABLE recommend_gone;
ALTER TABLE recommend_renamed RENAME a TO b;

SELECT ddl, undo_ddl, kind, status, calls, array_length(queryids, 1) AS statements,
       improvement_pct > 90 AS much, size_bytes > 8192 AS sized,
       saved_ms_per_hour > 0 AS saves, detail ->> 'access_method' AS method
FROM perfadvisor_recommendations()
WHERE kind = 'create_index' AND relation = '"Recommend X"."Order Items"'::regclass
ORDER BY ddl;

SELECT relation, predicate, code FROM perfadvisor_why_not()
WHERE relation::text ~ 'recommend|Recommend' OR predicate ~ 'recommend'
ORDER BY relation::text NULLS LAST, predicate;
SELECT predicate, reason FROM perfadvisor_why_not()
WHERE relation IN ('recommend_tiny'::regclass, 'recommend_wide'::regclass)
   OR predicate LIKE 'SELECT % FROM recommend%'
ORDER BY 1;

-- the same advice has the same id, and the order is the same
CREATE TEMP TABLE first_time AS
SELECT row_number() OVER () AS n, id FROM perfadvisor_recommendations();
SELECT count(*) > 0 AS some, bool_and(f.id = s.id) AS same
FROM first_time f FULL JOIN
     (SELECT row_number() OVER () AS n, id FROM perfadvisor_recommendations()) s USING (n);

-- the texts run as they stand
SELECT ddl FROM perfadvisor_recommendations()
WHERE kind = 'create_index' AND relation = '"Recommend X"."Order Items"'::regclass
ORDER BY ddl \gexec
SELECT count(*) FROM perfadvisor_recommendations()
WHERE status = 'open' AND (ddl LIKE '%("userId")' OR ddl LIKE '%(note)');
EXPLAIN (COSTS OFF) SELECT * FROM "Recommend X"."Order Items" WHERE "userId" = 5;

-- given indexes: what is good, double, useless; none is created
SELECT index, verdict, improvement_pct > 0 AS improves, size_bytes > 0 AS sized, reason
FROM perfadvisor_evaluate(ARRAY[
    'CREATE INDEX ON "Recommend X"."Order Items" ("userId")',
    'CREATE INDEX ON "Recommend X"."Order Items" ("userId", note)',
    'CREATE UNIQUE INDEX ON "Recommend X"."Order Items" (id)',
    'CREATE INDEX ON recommend_wide (filler)']);
SELECT * FROM perfadvisor_evaluate(ARRAY['CREATE INDEX ON recommend_wide (filler)', 'SELECT 1']);
SELECT * FROM perfadvisor_evaluate(NULL);

-- another role gets advice for its own statements and sees no others
SET ROLE regress_padv_app;
SELECT DISTINCT username, query FROM perfadvisor_queries
WHERE query ~ 'Order Items' OR query ~ 'recommend' ORDER BY 2;
SELECT count(*) FROM perfadvisor_why_not() WHERE predicate ~ 'recommend';
SELECT perfadvisor_reset();
RESET ROLE;

DROP FUNCTION recommend_count;
DROP TABLE recommend_renamed, recommend_tiny, recommend_wide;
DROP SCHEMA "Recommend X" CASCADE;
DROP ROLE regress_padv_app;
