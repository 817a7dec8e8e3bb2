--
-- Predicates, joins, sorts and groupings, by table, target and operator
--
CREATE SCHEMA collect_shapes;
SET search_path = collect_shapes, public;
CREATE TABLE t (id int, a int, b int, flag boolean, name text, at timestamp,
    doc jsonb, tags int[], span int4range, words tsvector, code varchar(10));
INSERT INTO t SELECT g, g % 100, g % 10, g % 3 = 0, 'n' || g,
    '2026-01-01'::timestamp + g * interval '1 hour', jsonb_build_object('k', g % 7),
    ARRAY[g % 5, g % 7], int4range(g, g + 10), to_tsvector('english', 'word' || g % 20),
    CASE WHEN g % 4 > 0 THEN 'c' || g END
    FROM generate_series(1, 1000) g;
CREATE TABLE u (id int, t_id int, c int);
INSERT INTO u SELECT g, g % 1000, g % 50 FROM generate_series(1, 1500) g;
ANALYZE t, u;
SET plan_cache_mode = force_custom_plan;

-- what one statement shows; rows of joins depend on the kind of the join
CREATE FUNCTION shape(statement text)
RETURNS TABLE (relation text, target text, operator text, role text, rows_in bigint, rows_out bigint)
LANGUAGE plpgsql AS
$$
BEGIN
    PERFORM perfadvisor_reset();
    EXECUTE statement;
    RETURN QUERY SELECT p.relation::text, p.target, p.operator, p.role,
            CASE WHEN p.role <> 'join' THEN p.rows_in END,
            CASE WHEN p.role <> 'join' THEN p.rows_out END
        FROM perfadvisor_predicates p
        JOIN pg_class c ON c.oid = p.relation
        WHERE c.relnamespace = 'collect_shapes'::regnamespace
        ORDER BY p.role, p.relation::text COLLATE "C", p.target COLLATE "C", p.operator COLLATE "C";
END
$$;

-- ---- filters ----
SELECT * FROM shape('SELECT FROM t WHERE a = 5');
SELECT * FROM shape('SELECT FROM t WHERE 5 = b');
SELECT * FROM shape('SELECT FROM t WHERE 20 > a AND a > 5 AND a <= 30');
SELECT * FROM shape('SELECT FROM t WHERE a BETWEEN 5 AND 10');
SELECT * FROM shape('SELECT FROM t WHERE a IN (1, 2)');
SELECT * FROM shape('SELECT FROM t WHERE a IN (1, 2, 3, 4)');
SELECT s.* FROM (SELECT string_agg(g::text, ',') AS list FROM generate_series(1, 1000) g) l,
    shape('SELECT FROM t WHERE a IN (' || list || ')') s;
SELECT * FROM shape('SELECT FROM t WHERE a NOT IN (1, 2)');
SELECT * FROM shape('SELECT FROM t WHERE a <> 1');
SELECT * FROM shape('SELECT FROM t WHERE code IS NULL');
SELECT * FROM shape('SELECT FROM t WHERE code IS NOT NULL');
SELECT * FROM shape('SELECT FROM t WHERE flag');
SELECT * FROM shape('SELECT FROM t WHERE NOT flag');
SELECT * FROM shape('SELECT FROM t WHERE flag = true');
SELECT * FROM shape('SELECT FROM t WHERE flag IS FALSE');
SELECT * FROM shape('SELECT FROM t WHERE (a, b) > (98, 5)');
SELECT * FROM shape('SELECT FROM t WHERE (a, b) = (98, 8)');
SELECT * FROM shape('SELECT FROM t WHERE a = 5 OR a = 6 OR a > 98');
SELECT * FROM shape('SELECT FROM t WHERE a = 5 OR (b = 6 AND flag)');
SELECT * FROM shape('SELECT FROM t WHERE name LIKE ''n1%''');
SELECT * FROM shape('SELECT FROM t WHERE name ILIKE ''N1%''');
SELECT * FROM shape('SELECT FROM t WHERE name NOT LIKE ''n1%''');
SELECT * FROM shape('SELECT FROM t WHERE code = ''c1''');
SELECT * FROM shape('SELECT FROM t WHERE lower(name) = ''n1''');
SELECT * FROM shape('SELECT FROM t WHERE at::date = ''2026-01-03''');
SELECT * FROM shape('SELECT FROM t WHERE doc->>''k'' = ''3''');
SELECT * FROM shape('SELECT FROM t WHERE (doc->>''k'')::int = 3');
SELECT * FROM shape('SELECT FROM t WHERE doc @> ''{"k": 3}''');
SELECT * FROM shape('SELECT FROM t WHERE tags @> ARRAY[3]');
SELECT * FROM shape('SELECT FROM t WHERE 3 = ANY (tags)');
SELECT * FROM shape('SELECT FROM t WHERE words @@ to_tsquery(''english'', ''word3'')');
SELECT * FROM shape('SELECT FROM t WHERE to_tsvector(''english'', name) @@ to_tsquery(''english'', ''n7'')');
SELECT * FROM shape('SELECT FROM t WHERE span && int4range(5, 7)');
SELECT * FROM shape('SELECT FROM t WHERE a < b');
SELECT * FROM shape('SELECT FROM t WHERE a IS DISTINCT FROM 5');
SELECT * FROM shape('SELECT FROM t WHERE CASE WHEN flag THEN a = 3 ELSE b = 4 END');
SELECT * FROM shape('SELECT FROM t WHERE a = (SELECT max(c) FROM u)');

-- ---- the same by an index ----
CREATE INDEX t_a ON t (a);
CREATE INDEX t_name ON t (name text_pattern_ops);
CREATE INDEX t_flag ON t (flag);
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT * FROM shape('SELECT FROM t WHERE a = 5 AND b = 5');
SELECT * FROM shape('SELECT a FROM t WHERE a BETWEEN 5 AND 10');
SELECT * FROM shape('SELECT id FROM t WHERE name LIKE ''n11%''');
SELECT * FROM shape('SELECT id FROM t WHERE flag');
SELECT * FROM shape('SELECT min(a), max(a) FROM t');
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SET enable_bitmapscan = on;
SELECT * FROM shape('SELECT id FROM t WHERE name LIKE ''n11%''');
SELECT * FROM shape('SELECT id FROM t WHERE a = 1 OR a > 98');
RESET enable_seqscan;
RESET enable_indexscan;
RESET enable_indexonlyscan;
RESET enable_bitmapscan;
DROP INDEX t_a, t_name, t_flag;

-- ---- joins ----
SELECT * FROM shape('SELECT FROM t JOIN u ON u.t_id = t.id WHERE t.a = 5');
SET enable_hashjoin = off;
SELECT * FROM shape('SELECT FROM t JOIN u ON u.t_id = t.id WHERE t.a = 5');
SET enable_mergejoin = off;
SELECT * FROM shape('SELECT FROM t JOIN u ON u.t_id = t.id WHERE t.a = 5');
CREATE INDEX u_t_id ON u (t_id);
SELECT * FROM shape('SELECT FROM t JOIN u ON u.t_id = t.id WHERE t.a = 5');
DROP INDEX u_t_id;
RESET enable_hashjoin;
RESET enable_mergejoin;
SELECT * FROM shape('SELECT FROM t JOIN u ON u.t_id = t.id AND u.c > t.b');
SELECT * FROM shape('SELECT FROM t JOIN u ON u.id = t.a + t.b');
SELECT * FROM shape('SELECT FROM t LEFT JOIN u ON u.t_id = t.id WHERE u.c = 3 OR u.c IS NULL');
SELECT * FROM shape('SELECT FROM t WHERE EXISTS (SELECT FROM u WHERE u.t_id = t.id AND u.c = 3)');
SELECT * FROM shape('SELECT FROM t WHERE NOT EXISTS (SELECT FROM u WHERE u.t_id = t.id AND u.c = 3)');
SELECT * FROM shape('SELECT FROM t WHERE a NOT IN (SELECT c FROM u WHERE id < 20)');
SELECT * FROM shape('SELECT FROM t x JOIN t y ON x.a = y.b WHERE x.b = 4');
SELECT * FROM shape('SELECT FROM t, LATERAL (SELECT FROM u WHERE u.t_id = t.id ORDER BY c DESC LIMIT 2) l WHERE t.a = 7');
SELECT * FROM shape('SELECT (SELECT c FROM u WHERE u.id = t.id) FROM t WHERE a = 1');
SELECT * FROM shape('SELECT FROM t JOIN unnest(ARRAY[1, 2]) k ON k = t.a');

-- ---- subqueries, views, set operations ----
SELECT * FROM shape('WITH w AS MATERIALIZED (SELECT a, b FROM t WHERE id > 500) SELECT FROM w WHERE a = 5');
SELECT * FROM shape('WITH w AS (SELECT a, b FROM t WHERE id > 500) SELECT FROM w WHERE a = 5');
SELECT * FROM shape('SELECT FROM (SELECT a, count(*) FROM t GROUP BY a HAVING count(*) > 3) s WHERE a > 90');
CREATE VIEW v AS SELECT t.a, u.c FROM t JOIN u ON u.t_id = t.id WHERE t.flag;
SELECT * FROM shape('SELECT FROM v WHERE a = 3');
SELECT * FROM shape('SELECT a FROM t WHERE b = 1 UNION SELECT c FROM u WHERE c > 40');

-- ---- sorts and groupings ----
SELECT * FROM shape('SELECT id FROM t ORDER BY a, b DESC');
SELECT * FROM shape('SELECT id FROM t ORDER BY a NULLS FIRST, b DESC NULLS LAST LIMIT 5 OFFSET 2');
SELECT * FROM shape('SELECT id FROM t ORDER BY lower(name) LIMIT 3');
SET enable_hashagg = off;
SELECT * FROM shape('SELECT a, count(*) FROM t GROUP BY a');
SELECT * FROM shape('SELECT DISTINCT b FROM t');
RESET enable_hashagg;
SET enable_sort = off;
SELECT * FROM shape('SELECT a, count(*) FROM t GROUP BY a');
RESET enable_sort;
SELECT * FROM shape('SELECT date_trunc(''month'', at), count(*) FROM t GROUP BY 1');
SELECT * FROM shape('SELECT DISTINCT ON (a) a, b FROM t ORDER BY a, b DESC');
SELECT * FROM shape('SELECT min(a), max(b), sum(id) FROM t');
SELECT * FROM shape('SELECT rank() OVER (PARTITION BY a ORDER BY b DESC) FROM t');

-- ---- writing ----
SELECT * FROM shape('UPDATE t SET b = 11 WHERE a = 5');
SELECT * FROM shape('DELETE FROM u WHERE c = 49 AND id > 1400');
SELECT * FROM shape('MERGE INTO t USING (SELECT * FROM u WHERE c < 5) s ON s.id = t.id
    WHEN MATCHED AND t.b > 5 THEN UPDATE SET b = 12');
SELECT * FROM shape('INSERT INTO u SELECT id, a, b FROM t WHERE a = 7');
SELECT * FROM shape('SELECT FROM t WHERE a = 8 FOR UPDATE');

-- ---- partitions and inheritance: the parent counts ----
CREATE TABLE p (id int, k int, day date) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (500);
CREATE TABLE p2 (day date, dropped int, k int, id int);
ALTER TABLE p2 DROP COLUMN dropped;
ALTER TABLE p ATTACH PARTITION p2 FOR VALUES FROM (500) TO (1000);
INSERT INTO p SELECT g, g % 10, '2026-01-01'::date + g FROM generate_series(0, 999) g;
CREATE TABLE parent (id int, q int);
CREATE TABLE child (own int) INHERITS (parent);
INSERT INTO parent SELECT g, g % 5 FROM generate_series(1, 100) g;
INSERT INTO child SELECT g, g % 5, g FROM generate_series(1, 100) g;
ANALYZE p, parent;
SELECT * FROM shape('SELECT FROM p WHERE k = 3');
SELECT * FROM shape('SELECT FROM p WHERE k * 2 = 6');
SELECT * FROM shape('SELECT id FROM p ORDER BY day DESC LIMIT 3');
SELECT * FROM shape('SELECT k, count(*) FROM p GROUP BY k');
SELECT * FROM shape('SELECT FROM p JOIN u ON u.id = p.k');
SELECT * FROM shape('UPDATE p SET day = day + 1 WHERE k = 4');
SELECT * FROM shape('SELECT FROM parent WHERE q = 2');
SELECT * FROM shape('SELECT FROM child WHERE own = 2');
SELECT * FROM shape('SELECT FROM p1 WHERE k = 3');
SELECT relation, scans, rows_read, rows_returned
FROM perfadvisor_seq_scans s JOIN pg_class c ON c.oid = s.relation
WHERE c.relnamespace = 'collect_shapes'::regnamespace;

-- ---- what is not told ----
SELECT * FROM shape('SELECT FROM pg_class WHERE relname = ''t''');
CREATE TEMP TABLE passing AS SELECT * FROM u;
SELECT * FROM shape('SELECT FROM passing WHERE c = 5');
SELECT count(*) FROM perfadvisor_predicates
WHERE relation IN ('pg_class'::regclass, 'passing'::regclass);
SELECT * FROM shape('SELECT FROM t WHERE ctid = ''(0,1)''');

-- ---- as EXPLAIN ANALYZE counts ----
CREATE FUNCTION agrees(statement text) RETURNS boolean LANGUAGE plpgsql AS
$$
DECLARE
    plan json;
    node json;
    came bigint;
    passed bigint;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ' || statement INTO plan;
    node := plan->0->'Plan';
    WHILE node->>'Relation Name' IS NULL LOOP
        node := node->'Plans'->0;
    END LOOP;
    passed := (node->>'Actual Rows')::numeric * (node->>'Actual Loops')::int;
    came := passed + coalesce((node->>'Rows Removed by Filter')::numeric, 0) * (node->>'Actual Loops')::int;
    RETURN (SELECT bool_and(s.rows_in = came AND s.rows_out = passed) AND count(*) > 0
            FROM shape(statement) s WHERE s.role = 'filter');
END
$$;
SELECT agrees('SELECT FROM t WHERE a = 5 AND b < 7'),
    agrees('SELECT FROM t WHERE a = 5 OR flag LIMIT 7'),
    agrees('SELECT FROM t WHERE lower(name) = ''n1'''),
    agrees('SELECT count(*) FROM t WHERE doc @> ''{"k": 3}'' AND code IS NOT NULL');

RESET plan_cache_mode;
DROP TABLE passing;
SET client_min_messages = warning;
DROP SCHEMA collect_shapes CASCADE;
RESET client_min_messages;
