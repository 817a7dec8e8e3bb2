--
-- Texts of statements: constants become $n, the rest stays as it was written
--
CREATE SCHEMA collect_text;
SET search_path = collect_text, public;
CREATE TABLE words (id int PRIMARY KEY, n int, flag boolean, w text, at timestamp);
INSERT INTO words SELECT g, g % 10, g % 2 = 0, 'w' || g, '2026-01-01' FROM generate_series(1, 50) g;
-- every statement is slow, so that its own constants can be seen as well
SET perfadvisor.slow_query_ms = 0;
CREATE VIEW texts AS
    SELECT q.query, s.example FROM perfadvisor_queries q
    JOIN perfadvisor_slow_queries s USING (queryid)
    WHERE q.query ~ '\mwords\M' AND q.query !~ '\mtexts\M'
    ORDER BY q.query COLLATE "C";
SELECT perfadvisor_reset() > 0 AS reset;
\pset format unaligned
\pset tuples_only on
\pset recordsep '\n--\n'

SELECT /* a comment
over two lines, with 'quotes' and $1 */ w FROM words WHERE id = 1 -- and 5
    AND w <> 'it''s';
SELECT 'a $1 b', "w" FROM words WHERE id = 2;
SELECT 'ä', '日本語' || w FROM words WHERE w = 'grün' AND n = 3;
SELECT 1 \; SELECT n, 'second' FROM words WHERE id = 4 \; SELECT 3;
SELECT E'a\'b', $$dollar $1$$, $x$tag$x$, U&'d\0061t', x'1F', b'101', 1.5e3, .5 FROM words WHERE id = 5;
SELECT -5, 3-5, - 7, +4 FROM words WHERE n = -5;
SELECT 'conti'
    'nued' FROM words WHERE id = 6;
SELECT date '2026-01-01', interval '1 day', extract(year FROM at), true, NULL FROM words WHERE flag = false AND id = 7;
SELECT id::numeric(10,2), cast('5' AS int), w::varchar(7) FROM words WHERE id = 8 ORDER BY 1, 2 LIMIT 5 OFFSET 0;
SELECT'tight'AS a,"w"FROM words WHERE id IN(9,10)AND w='w9';
INSERT INTO words (id, w) VALUES (101, 'x'), (102, NULL);
(SELECT n FROM words WHERE id = 11) UNION ALL (SELECT 5) ORDER BY 1;
WITH x AS (SELECT 1 AS "select" FROM words WHERE id = 12) SELECT "select" FROM x WHERE "select" = 1;
PREPARE p(int, text) AS SELECT w FROM words WHERE id = $1 AND w <> $2 AND n < 7;
EXECUTE p(13, 'it''s');
EXECUTE p(NULL, NULL);
DEALLOCATE p;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, VERBOSE) SELECT w FROM words WHERE id = 14 AND n = 14
\g /dev/null
SELECT * FROM texts;

-- long statements, as ORMs make them
SELECT perfadvisor_reset() > 0;
DO $$
BEGIN
    EXECUTE (SELECT format('SELECT %s FROM words WHERE id IN (%s) AND n = 3',
            string_agg('w AS "long column name ' || g || '"', ', '), string_agg(g::text, ', '))
        FROM generate_series(1001, 2000) g);
END
$$;
SELECT length(query) > 30000, query LIKE 'SELECT w AS "long column name 1001", w AS "long column name 1002",%',
    query LIKE '%$999,$1000) AND n = $1001' OR query LIKE '%$999, $1000) AND n = $1001'
FROM texts WHERE query LIKE 'SELECT w AS%';

-- values that are kept: neither too long nor of row types
SELECT perfadvisor_reset() > 0;
CREATE FUNCTION find(a_word text, a_row words, a_list int[], a_doc json) RETURNS bigint LANGUAGE plpgsql AS
$$
DECLARE
    numbers int[] := a_list;
BEGIN
    numbers[1] := 7;
    RETURN (SELECT count(*) FROM words WHERE w = a_word AND id = ANY (numbers)
        AND (a_row).id > 0 AND a_doc::text <> '');
END
$$;
SELECT find(repeat('long ', 10), NULL, '{1,2,3}', '{"a": 1}');
SELECT find(repeat('long ', 10000), NULL, '{4,5,6}', '{"b": 1}');
SELECT query, length(example) < 1000,
    example LIKE '%{7,2,3}%' OR example LIKE '%{7,5,6}%',
    example LIKE '%"a": 1%' OR example LIKE '%"b": 1%'
FROM texts WHERE query LIKE '(SELECT%';

-- without example values, constants are kept nowhere
SELECT perfadvisor_reset() > 0;
SET perfadvisor.example_values = off;
SELECT w FROM words WHERE w = 'secret';
SELECT w FROM words WHERE at < timestamp '2025-12-31' - interval '1 day' AND n = -7 AND flag = true;
PREPARE p(text) AS SELECT w FROM words WHERE w = $1 AND n < 7;
EXECUTE p('secret');
SET plan_cache_mode = force_generic_plan;
EXECUTE p('secret');
SELECT query, example FROM texts;
DO $$ DECLARE v_n int := 5; BEGIN PERFORM FROM words WHERE n = v_n AND w = 'secret'; END $$;
SELECT query FROM texts WHERE query LIKE '%words WHERE n%';
SELECT perfadvisor_reset() > 0;
EXECUTE p('secret');
SELECT query, example FROM texts;
DEALLOCATE p;
RESET plan_cache_mode;
RESET perfadvisor.example_values;

\pset format aligned
\pset tuples_only off
RESET perfadvisor.slow_query_ms;
SET client_min_messages = warning;
DROP SCHEMA collect_text CASCADE;
RESET client_min_messages;
