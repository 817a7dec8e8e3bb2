--
-- INSERT … ON CONFLICT: the condition of DO UPDATE is tried on the one row in
-- conflict, so that no index serves it, and nothing is said of it; what its
-- subqueries read is another matter
--
SET client_min_messages = warning;
SELECT perfadvisor_reset() >= 0 AS reset;
CREATE SCHEMA recommend_conflict;
SET search_path = recommend_conflict, public;
CREATE TABLE t (a int PRIMARY KEY, b int, c int);
CREATE TABLE u (k int, v int);
INSERT INTO t SELECT g, g % 100, g FROM generate_series(1, 10000) g;
INSERT INTO u SELECT g, g % 10 FROM generate_series(1, 10000) g;
CREATE UNIQUE INDEX t_b_c ON t (b, c) WHERE c > 5;
ANALYZE t, u;

DO $$
BEGIN
    FOR i IN 1..20 LOOP
        EXECUTE format('INSERT INTO t VALUES (%s, 1, 2) ON CONFLICT (a) DO UPDATE SET b = excluded.b WHERE t.c > %s', i, i);
        EXECUTE format('INSERT INTO t VALUES (%s, %s, %s) ON CONFLICT (b, c) WHERE c > 5 DO NOTHING', i + 20000, i + 20, i + 20);
    END LOOP;
END $$;
CREATE VIEW told AS
SELECT predicate, code FROM perfadvisor_why_not()
WHERE relation IN ('t'::regclass, 'u'::regclass) OR predicate LIKE '%ON CONFLICT%';
CREATE VIEW advised AS
SELECT kind, relation, ddl FROM perfadvisor_recommendations()
WHERE relation IN ('t'::regclass, 'u'::regclass);
SELECT sum(calls) AS calls FROM perfadvisor_queries WHERE query LIKE 'INSERT INTO t VALUES%';
SELECT * FROM told ORDER BY 1;
SELECT * FROM advised ORDER BY ddl;

-- one that runs once, before the rows come
DO $$
BEGIN
    FOR i IN 1..20 LOOP
        EXECUTE format('INSERT INTO t VALUES (%s, 1, 2) ON CONFLICT (a) DO UPDATE SET b = excluded.b WHERE t.c > (SELECT v FROM u WHERE u.k = %s)', i, i);
    END LOOP;
END $$;
SELECT * FROM told ORDER BY 1;
SELECT kind, relation, ddl LIKE '% (k%' AS by_k FROM advised ORDER BY ddl;

-- what-if looks at the whole statement, and leaves its arbiter alone
SELECT improvement_pct, indexes_used FROM perfadvisor_whatif(
    'INSERT INTO t VALUES (1, 2, 3) ON CONFLICT (a) DO UPDATE SET b = excluded.b WHERE t.c > 5',
    ARRAY['CREATE INDEX ON t (c)'], ARRAY['t_b_c'::regclass]);

DROP SCHEMA recommend_conflict CASCADE;
