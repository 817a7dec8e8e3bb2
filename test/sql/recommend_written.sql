--
-- Subqueries that a write runs for each of its rows, and the planner does not
-- price: they want their indexes like any other
--
SET client_min_messages = warning;
CREATE SCHEMA recommend_written;
SET search_path = recommend_written, public;
CREATE TABLE t (a int PRIMARY KEY, b int);
CREATE TABLE u (k int, v int);
INSERT INTO t SELECT g, g FROM generate_series(1, 5000) g;
INSERT INTO u SELECT g, g % 10 FROM generate_series(1, 10000) g;
ANALYZE t, u;

-- a statement, with the index that it wants and without: is it said to gain?
CREATE FUNCTION gains(statement text) RETURNS TABLE (gains boolean, uses boolean)
LANGUAGE sql AS
$$
    SELECT improvement_pct > 50, 'CREATE INDEX u_k ON recommend_written.u (k)' = ANY (indexes_used)
    FROM perfadvisor_whatif(statement, ARRAY['CREATE INDEX u_k ON recommend_written.u (k)'])
$$;
SELECT * FROM gains('UPDATE t SET b = 1 WHERE a = $1 RETURNING (SELECT v FROM u WHERE u.k = t.b)');
SELECT * FROM gains('DELETE FROM t WHERE a = $1 RETURNING EXISTS (SELECT FROM u WHERE u.k = t.b AND u.v > 3)');
SELECT * FROM gains('INSERT INTO t VALUES ($1, 2) RETURNING (SELECT max(v) FROM u WHERE u.k = b)');
SELECT * FROM gains('INSERT INTO t VALUES ($1, 2) ON CONFLICT (a) DO UPDATE SET b = (SELECT max(v) FROM u WHERE u.k = excluded.a)');
SELECT * FROM gains('INSERT INTO t VALUES ($1, 2) ON CONFLICT (a) DO UPDATE SET b = 7 WHERE EXISTS (SELECT FROM u WHERE u.k = t.b AND u.v > 3)');
SELECT * FROM gains('WITH gone AS (DELETE FROM t WHERE a = $1 RETURNING (SELECT max(v) FROM u WHERE u.k = t.b) AS m) SELECT m FROM gone');
SELECT * FROM gains('MERGE INTO t USING (VALUES ($1::int, 2)) n (a, b) ON t.a = n.a WHEN MATCHED THEN UPDATE SET b = (SELECT max(v) FROM u WHERE u.k = n.b)');
-- none that is priced already, and none without a subquery
SELECT * FROM gains('UPDATE t SET b = (SELECT max(v) FROM u WHERE u.k = t.b) WHERE a = $1');
SELECT * FROM gains('UPDATE t SET b = 1 WHERE a = $1 RETURNING b');

-- the check of a view, and that of a policy
CREATE VIEW w AS SELECT * FROM t WHERE EXISTS (SELECT FROM u WHERE u.k = t.b AND u.v > 3)
WITH CHECK OPTION;
SELECT * FROM gains('INSERT INTO w VALUES ($1, 2)');
CREATE ROLE regress_padv_writer;
GRANT USAGE ON SCHEMA recommend_written TO regress_padv_writer;
GRANT SELECT, INSERT ON t, u TO regress_padv_writer;
CREATE POLICY p ON t USING (true) WITH CHECK (EXISTS (SELECT FROM u WHERE u.k = t.b AND u.v > 3));
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
SET ROLE regress_padv_writer;
SELECT * FROM gains('INSERT INTO t VALUES ($1, 2)');

-- recorded, it is advised
DO $$
BEGIN
    FOR i IN 1..20 LOOP
        EXECUTE format('INSERT INTO t VALUES (%s, 7)', 10000 + i);
    END LOOP;
END $$;
SELECT relation, ddl LIKE '% (k%' AS by_k FROM perfadvisor_recommendations()
WHERE kind = 'create_index' AND relation = 'u'::regclass;
RESET ROLE;

DROP SCHEMA recommend_written CASCADE;
DROP ROLE regress_padv_writer;
