-- Joins whose order is searched by GEQO, which forgets what was allocated while
-- it tried one.
CREATE SCHEMA advise_geqo;
SET search_path = advise_geqo, public;
SELECT format('CREATE TABLE t%s AS SELECT g AS id, g %% 40 AS part, g %% 500 AS kind,
    (g * 7) %% 4000 AS parent, repeat(''x'', 60) AS filler FROM generate_series(1, 4000) g', n)
FROM generate_series(0, 7) n \gexec
SELECT format('ALTER TABLE t%s ADD PRIMARY KEY (id, part)', n)
FROM generate_series(0, 7) n \gexec
VACUUM ANALYZE t0, t1, t2, t3, t4, t5, t6, t7;
SET geqo_threshold = 5;
SELECT count(*) > 0 AS advised, bool_and(improvement_pct > 0) AS improves
FROM perfadvisor_advise(ARRAY(SELECT format('SELECT * FROM t0
    JOIN t1 ON t1.parent = t0.id AND t1.part = t0.part
    JOIN t2 ON t2.parent = t1.id AND t2.part = t1.part
    JOIN t3 ON t3.parent = t2.id AND t3.part = t2.part
    JOIN t4 ON t4.parent = t3.id AND t4.part = t3.part
    JOIN t5 ON t5.parent = t4.id AND t5.part = t4.part
    JOIN t6 ON t6.parent = t5.id AND t6.part = t5.part
    JOIN t7 ON t7.parent = t6.id AND t7.part = t6.part
    WHERE t%s.kind = 5 AND t%s.parent < 900', n, (n + 3) % 8) FROM generate_series(0, 7) n));
RESET geqo_threshold;
SET client_min_messages = warning;
DROP SCHEMA advise_geqo CASCADE;
