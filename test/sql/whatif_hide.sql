-- perfadvisor_whatif(): statements without indexes that exist.
CREATE SCHEMA whatif_hide;
SET search_path = whatif_hide, public;

CREATE TABLE t (id int PRIMARY KEY, a int, b int);
INSERT INTO t SELECT g, g % 1000, g % 7 FROM generate_series(1, 20000) g;
CREATE INDEX t_a ON t (a);
CREATE INDEX t_a_b ON t (a, b);
VACUUM ANALYZE t;

CREATE FUNCTION ask(query text, indexes text[] DEFAULT '{}',
    hide regclass[] DEFAULT '{}',
    OUT cheaper boolean, OUT dearer boolean, OUT used text[])
LANGUAGE sql AS $$
SELECT cost_after < cost_before, cost_after > cost_before, indexes_used
FROM perfadvisor_whatif($1, $2, $3)
$$;

SELECT * FROM ask('SELECT * FROM t WHERE a = 5');
-- the other one serves as well
SELECT used FROM ask('SELECT * FROM t WHERE a = 5', hide => '{t_a}');
SELECT * FROM ask('SELECT * FROM t WHERE a = 5', hide => '{t_a, t_a_b}');
SELECT * FROM ask('SELECT * FROM t WHERE a = 5', hide => '{t_a, t_a, t_a_b, t_pkey}');
SELECT * FROM ask('SELECT * FROM t WHERE id = 5', hide => '{t_pkey}');
-- one goes, another comes
SELECT used FROM ask('SELECT * FROM t WHERE a = 5',
    ARRAY['CREATE INDEX ON t (a) INCLUDE (b)'], '{t_a, t_a_b}');
SELECT plan_before ~ 't_a' AS before, plan_after ~ 't_a' AS after
FROM perfadvisor_whatif('DELETE FROM t WHERE a = 5', hide => '{t_a, t_a_b}');
-- ON CONFLICT looks for its index in the catalogs
SELECT dearer FROM ask('INSERT INTO t VALUES (1, 2, 3) ON CONFLICT (id) DO NOTHING',
    hide => '{t_pkey}');
-- they are all still there
EXPLAIN (COSTS OFF) SELECT * FROM t WHERE id = 5;
SELECT count(*) FROM t WHERE a = 5;

-- a partitioned index is hidden with its parts, and a part alone
CREATE TABLE p (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2024-07-01');
CREATE TABLE p_2 PARTITION OF p FOR VALUES FROM ('2024-07-01') TO ('2025-01-01');
INSERT INTO p SELECT g, date '2024-01-01' + g % 366 FROM generate_series(1, 40000) g;
CREATE INDEX p_id ON p (id);
-- every row is in the sample, so that all runs have the same statistics
SET default_statistics_target = 150;
ANALYZE p;
SELECT * FROM ask('SELECT * FROM p WHERE id = 5');
SELECT * FROM ask('SELECT * FROM p WHERE id = 5', hide => '{p_id}');
SELECT * FROM ask('SELECT * FROM p WHERE id = 5', hide => '{p_1_id_idx}');
SELECT used FROM ask('SELECT * FROM p WHERE id = 5',
    ARRAY['CREATE INDEX ON p (id)'], '{p_id}');

-- names outside the search_path are qualified
RESET search_path;
SELECT indexes_used FROM perfadvisor_whatif('SELECT * FROM whatif_hide.t WHERE id = 5');

-- what cannot be hidden
SELECT * FROM perfadvisor_whatif('SELECT 1', hide => '{whatif_hide.t}');
SELECT * FROM perfadvisor_whatif('SELECT 1', hide => ARRAY['whatif_hide.t_a', NULL]::regclass[]);
SELECT * FROM perfadvisor_whatif('SELECT 1', hide => '{1}');
SELECT * FROM perfadvisor_whatif('SELECT 1', hide => NULL);

SET client_min_messages = warning;
DROP SCHEMA whatif_hide CASCADE;
