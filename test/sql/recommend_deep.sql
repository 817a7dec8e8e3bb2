--
-- Statements nested so deeply that little of the stack is left for them
--
SET client_min_messages = warning;
CREATE SCHEMA recommend_deep;
SET search_path = recommend_deep, public;
CREATE TABLE t AS SELECT g AS id, g % 5000 AS a, g % 4000 AS b, repeat('f', 50) AS filler FROM generate_series(1, 20000) g;
-- what is told of this one does not depend on what the others took
CREATE TABLE u AS SELECT * FROM t;
VACUUM ANALYZE t, u;
SELECT perfadvisor_reset() > 0;
-- what is asked of each, whatever the limit
CREATE FUNCTION ask_all() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    SELECT count(*) INTO n FROM perfadvisor_recommendations();
    SELECT count(*) INTO n FROM perfadvisor_why_not();
    SELECT count(*) INTO n FROM perfadvisor_evaluate(ARRAY['CREATE INDEX ON recommend_deep.t (a)']);
    SELECT count(*) INTO n FROM perfadvisor_queries;
    SELECT count(*) INTO n FROM perfadvisor_slow_queries;
    SELECT count(*) INTO n FROM perfadvisor_seq_scans;
    SELECT count(*) INTO n FROM perfadvisor_predicates;
    SELECT count(*) INTO n FROM perfadvisor_redundant_indexes;
    RETURN 'all answered';
END $$;
-- a server that is not optimized has less room for some of them
CREATE FUNCTION run(command text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE command;
    RETURN 'ran, or was refused';
EXCEPTION WHEN statement_too_complex THEN
    RETURN 'ran, or was refused';
END $$;
CREATE FUNCTION refused(command text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE command;
    RETURN 'ran';
EXCEPTION WHEN statement_too_complex THEN
    RETURN sqlerrm;
END $$;

-- long sums, as a condition, an order, a group, and a part of what is compared
SELECT run('SELECT FROM t WHERE a' || repeat('+1', 1000) || ' = 1007');
SELECT run('SELECT FROM t ORDER BY a' || repeat('+1', 1000) || ' LIMIT 3');
SELECT run('SELECT count(*) FROM t GROUP BY a' || repeat('+1', 1000));
SELECT run('SELECT FROM t WHERE b = 5 AND a' || repeat('+id', 1000) || ' > 7');
SELECT run('SELECT FROM t WHERE ' || repeat('(', 1000) || 'a' || repeat(' + b)', 1000) || ' IN (1, 2, 3)');
-- casts, functions, conditions
SELECT run('SELECT FROM t WHERE a' || repeat('::text::int', 300) || ' = 7');
SELECT run('SELECT FROM t WHERE ' || repeat('abs(', 1000) || 'a' || repeat(')', 1000) || ' = 7');
SELECT run('SELECT FROM t WHERE ' || repeat('CASE WHEN b = 1 THEN 1 ELSE ', 500) || 'a' || repeat(' END', 500) || ' = 7');
SELECT run('SELECT FROM t WHERE ' || repeat('(a = 1 OR (b = 2 AND ', 400) || ' id = 5' || repeat('))', 400));
SELECT run('SELECT FROM t WHERE a = 1' || repeat(' OR a = 1 AND b = 2', 3000));
SELECT run('SELECT FROM t WHERE ' || repeat('(', 3000) || 'a = 77' || repeat(')', 3000));
-- and one as there are others
SELECT run('SELECT filler FROM u WHERE b = 4');
SELECT ask_all();
SELECT ddl FROM perfadvisor_recommendations() WHERE relation = 'u'::regclass AND ddl LIKE '%(b)%';
SELECT DISTINCT predicate, code FROM perfadvisor_why_not() WHERE relation = 't'::regclass AND predicate LIKE '%deep%';
SELECT max(length(ddl)) < 1000 AS short FROM perfadvisor_recommendations();

-- the less stack there is, the fewer can be planned, and the others are told of
SET max_stack_depth = '1MB';
SELECT ask_all();
SET max_stack_depth = '250kB';
SELECT ask_all();
SELECT count(*) > 0 AS told, bool_and(reason LIKE 'The statement cannot be planned: stack depth limit exceeded.') AS why
FROM perfadvisor_why_not() WHERE relation IS NULL AND predicate LIKE '%FROM t WHERE%';
SELECT count(*) FROM perfadvisor_recommendations() WHERE relation = 'u'::regclass AND ddl LIKE '%(b)%';
RESET max_stack_depth;

-- a statement of one's own is planned, or told of as core does
SELECT count(*) FROM perfadvisor_advise(ARRAY['SELECT filler FROM u WHERE b = 4', 'SELECT FROM t WHERE a' || repeat('+1', 300) || ' = 1007']);
SELECT improvement_pct >= 0 AS planned FROM perfadvisor_whatif('SELECT FROM t WHERE a' || repeat('+1', 300) || ' = 1007', ARRAY['CREATE INDEX ON recommend_deep.t (a)']);
SELECT refused(format('SELECT * FROM perfadvisor_advise(ARRAY[%L])', 'SELECT FROM t WHERE a' || repeat('+1', 30000) || ' = 1007')) AS advise;
SELECT refused(format('SELECT * FROM perfadvisor_whatif(%L)', 'SELECT FROM t WHERE a' || repeat('+1', 30000) || ' = 1007')) AS whatif;
SELECT verdict FROM perfadvisor_evaluate(ARRAY['CREATE INDEX ON recommend_deep.u (b)']);
SELECT 1 AS usable;

RESET search_path;
DROP SCHEMA recommend_deep CASCADE;
SELECT perfadvisor_reset() > 0;
