--
-- Levels: what a client sent, and what ran inside of it
--
CREATE SCHEMA collect_nesting;
SET search_path = collect_nesting, public;
CREATE TABLE t (id int, a int);
INSERT INTO t SELECT g, g % 10 FROM generate_series(1, 100) g;
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int, parent_id int REFERENCES parent ON DELETE CASCADE);
INSERT INTO parent SELECT g FROM generate_series(1, 10) g;
INSERT INTO child SELECT g, g % 10 + 1 FROM generate_series(1, 100) g;
ANALYZE t, parent, child;
CREATE FUNCTION inner_count(x int) RETURNS bigint LANGUAGE plpgsql VOLATILE AS
    'BEGIN RETURN (SELECT count(*) FROM t WHERE a = x); END';
CREATE FUNCTION middle(x int) RETURNS bigint LANGUAGE plpgsql VOLATILE AS
    'DECLARE n bigint; BEGIN SELECT sum(inner_count(a)) INTO n FROM t WHERE id <= x; RETURN n; END';
CREATE FUNCTION constant() RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS
    'BEGIN RETURN (SELECT count(*) FROM t WHERE id = 1); END';
CREATE VIEW recorded AS
    SELECT query, toplevel, calls, rows, seq_scans, seq_rows_read
    FROM perfadvisor_queries
    WHERE query ~ '\m(t|child|parent|middle|inner_count|constant)\M' AND query !~ '\mrecorded\M'
    ORDER BY query COLLATE "C", toplevel;
SELECT perfadvisor_reset() > 0 AS reset;

-- rows that nested statements read are not counted twice
SELECT middle(3);
SELECT id, inner_count(a) FROM t WHERE id <= 2 ORDER BY id;
SELECT count(*) FROM t WHERE inner_count(a) > 5 AND id <= 3;
SELECT * FROM recorded;
SELECT sum(scans) AS scans, sum(rows_read) AS rows_read
FROM perfadvisor_seq_scans WHERE relation = 't'::regclass;

-- foreign keys
SELECT perfadvisor_reset() > 0 AS reset;
DELETE FROM parent WHERE id <= 2;
SELECT toplevel, calls, rows, seq_scans, seq_rows_read, query ~ 'child' AS child FROM recorded;

-- a cursor that stays open while others read the same table
SELECT perfadvisor_reset() > 0 AS reset;
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM t;
FETCH 2 FROM c;
SELECT count(*) FROM t;
MOVE 3 IN c;
SELECT inner_count(1);
MOVE 5 IN c;
CLOSE c;
COMMIT;
SELECT query, toplevel, calls, seq_scans, seq_rows_read FROM recorded;

-- planning runs functions, which are nested then
SELECT perfadvisor_reset() > 0 AS reset;
SELECT id FROM t WHERE id = constant();
SELECT query, toplevel, calls > 0 AS called FROM recorded;

-- track = top
SET perfadvisor.track = top;
SELECT perfadvisor_reset() > 0 AS reset;
SELECT middle(2);
DO $$ BEGIN PERFORM inner_count(1); END $$;
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM t WHERE a = 1;
MOVE 2 IN c;
CLOSE c;
COMMIT;
PREPARE p AS SELECT count(*) FROM t WHERE a = 2;
EXECUTE p;
SELECT query, toplevel, calls FROM recorded;
DEALLOCATE p;
RESET perfadvisor.track;

-- what-if planning of a statement is not a call of it, nor of its functions
SELECT perfadvisor_reset() > 0 AS reset;
SELECT cost_before > 0 AS planned FROM perfadvisor_whatif('SELECT id FROM collect_nesting.t WHERE id = collect_nesting.constant()');
SELECT query FROM recorded WHERE query !~ 'perfadvisor';

SET client_min_messages = warning;
DROP SCHEMA collect_nesting CASCADE;
RESET client_min_messages;
