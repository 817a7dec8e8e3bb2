--
-- How many plannings advice takes: they are what it spends its time on, and
-- unlike time they can be counted.  The bounds leave as much again.
--
CREATE SCHEMA advise_calls;
SET search_path = advise_calls, public;
-- few enough rows that ANALYZE reads them all: the statistics are no accident
SELECT format('CREATE TABLE t%s AS SELECT g AS id, g %% 97 AS a, g %% 1009 AS b,
    (g * 7919) %% 5000 AS c, g %% 5000 AS parent, repeat(''x'', 80) AS filler
    FROM generate_series(1, 5000) g', n)
FROM generate_series(0, 9) n \gexec
SELECT format('ALTER TABLE t%s ADD PRIMARY KEY (id)', n)
FROM generate_series(0, 9) n \gexec
VACUUM ANALYZE t0, t1, t2, t3, t4, t5, t6, t7, t8, t9;
CREATE TABLE statement (n int, query text);
INSERT INTO statement SELECT 10 * kind + t, format(query, t, (t + 1) % 10)
FROM generate_series(0, 9) t, (VALUES
    (0, 'SELECT * FROM t%1$s WHERE b = 5'),
    (1, 'SELECT * FROM t%1$s WHERE a = 5 AND c < 100'),
    (2, 'SELECT * FROM t%1$s WHERE a = 7 ORDER BY c LIMIT 5'),
    (3, 'SELECT count(*) FROM t%1$s WHERE c BETWEEN 100 AND 200'),
    (4, 'SELECT b, sum(c) FROM t%1$s WHERE a = 9 GROUP BY b'),
    (5, 'SELECT * FROM t%1$s x JOIN t%2$s y ON y.parent = x.id WHERE x.b = 17'),
    (6, 'SELECT * FROM t%1$s x JOIN t%2$s y USING (c) WHERE x.a = 3 AND y.b = 4'),
    (7, 'UPDATE t%1$s SET filler = ''y'' WHERE parent = 12'),
    (8, 'DELETE FROM t%1$s WHERE c = 4711'),
    (9, 'SELECT * FROM t%1$s WHERE b IN (3, 5) OR c = 8')) k (kind, query);

-- of a hundred statements, and of the half of them
CREATE FUNCTION calls(upto int) RETURNS int LANGUAGE sql AS $$
    SELECT max((detail ->> 'planner_calls')::int)
    FROM perfadvisor_advise((SELECT array_agg(query ORDER BY n)
                             FROM statement WHERE n < upto))
$$;
SELECT calls(100) AS whole, calls(50) AS half \gset
SELECT CASE WHEN :whole <= 1600 THEN 'few' ELSE 'too many: ' || :whole END AS plannings;
SELECT CASE WHEN :whole <= 4 * :half THEN 'yes' ELSE format('no: %s, %s', :half, :whole) END AS "no more than linear";

-- a join of many tables, which a budget makes the search try again
INSERT INTO statement SELECT 100 + t, format('SELECT * FROM t0
    JOIN t1 ON t1.parent = t0.id JOIN t2 ON t2.parent = t1.id
    JOIN t3 ON t3.parent = t2.id JOIN t4 ON t4.parent = t3.id
    JOIN t5 ON t5.parent = t4.id JOIN t6 ON t6.parent = t5.id
    WHERE t%s.c = 5', t)
FROM generate_series(0, 6) t;
SELECT max((detail ->> 'planner_calls')::int) AS joins
FROM perfadvisor_advise((SELECT array_agg(query ORDER BY n) FROM statement
                         WHERE n >= 100), storage_budget => 1000000) \gset
SELECT CASE WHEN :joins <= 660 THEN 'few' ELSE 'too many: ' || :joins END AS plannings;
SET client_min_messages = warning;
DROP SCHEMA advise_calls CASCADE;
