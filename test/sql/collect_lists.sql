--
-- Lists of values: as constants or as an array, short and long, planned with
-- the values or without
--
CREATE SCHEMA collect_lists;
SET search_path = collect_lists, public;
CREATE TABLE t (id int, a int, b int);
INSERT INTO t SELECT g, g % 100, g % 10 FROM generate_series(1, 1000) g;
ANALYZE t;
CREATE VIEW seen AS
    SELECT q.query, q.calls, p.target, p.operator, p.role, p.uses, p.rows_in, p.rows_out
    FROM perfadvisor_predicates p JOIN perfadvisor_queries q ON q.queryid = ANY (p.queryids)
    WHERE p.relation = 't'::regclass
    ORDER BY q.query COLLATE "C", p.target;

PREPARE list(int[]) AS SELECT count(*) FROM t WHERE a = ANY ($1);
PREPARE filled(int[]) AS SELECT count(*) AS filled FROM t WHERE a = ANY ($1) AND b = 1;
PREPARE two(int, int) AS SELECT count(*) AS two FROM t WHERE a IN ($1, $2);
PREPARE four(int, int, int, int) AS SELECT sum(b) AS four FROM t WHERE a IN ($1, $2, $3, $4);
SELECT 'EXECUTE list(''{' || string_agg(g::text, ',') || '}'')' AS many
FROM generate_series(90, 1089) g \gset

SELECT perfadvisor_reset() > 0 AS reset;
SET plan_cache_mode = force_custom_plan;
EXECUTE list('{1,2}');
EXECUTE list('{1,2,3,4}');
:many;
EXECUTE two(1, 2);
EXECUTE four(1, 2, 3, 4);
SELECT * FROM seen;

SELECT perfadvisor_reset() > 0 AS reset;
SET plan_cache_mode = force_generic_plan;
EXECUTE list('{1,2}');
EXECUTE list('{1,2,3,4}');
:many;
EXECUTE two(1, 2);
EXECUTE four(1, 2, 3, 4);
SELECT * FROM seen;

-- the same statement, however long the list
SELECT perfadvisor_reset() > 0 AS reset;
SET plan_cache_mode = auto;
EXECUTE filled('{1}');
EXECUTE filled('{}');
EXECUTE filled(NULL);
EXECUTE filled('{1,NULL}');
SELECT query, calls, rows FROM perfadvisor_queries WHERE query ~ 'AS filled';
SELECT target, operator, role FROM seen ORDER BY target;

RESET plan_cache_mode;
DEALLOCATE ALL;
SET client_min_messages = warning;
DROP SCHEMA collect_lists CASCADE;
RESET client_min_messages;
