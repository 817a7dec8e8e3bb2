--
-- Errors, cancels and switches: what is recorded is right afterwards
--
\set VERBOSITY terse
CREATE SCHEMA collect_errors;
SET search_path = collect_errors, public;
CREATE TABLE t (id int, a int);
INSERT INTO t SELECT g, g % 10 FROM generate_series(1, 100) g;
ANALYZE t;
CREATE FUNCTION fails(x int) RETURNS int LANGUAGE plpgsql VOLATILE AS
$$
DECLARE
    n int;
BEGIN
    SELECT count(*) INTO n FROM t WHERE a = x;
    RETURN n / (n - n);
END
$$;
CREATE FUNCTION caught(x int) RETURNS int LANGUAGE plpgsql VOLATILE AS
$$
BEGIN
    RETURN (SELECT fails(x) FROM t WHERE id = 1);
EXCEPTION WHEN division_by_zero THEN
    RETURN (SELECT -count(*) FROM t WHERE id = 2);
END
$$;
CREATE VIEW recorded AS
    SELECT query, toplevel, calls
    FROM perfadvisor_queries
    WHERE query ~ '\m(t|fails|caught)\M' AND query !~ '\mrecorded\M'
    ORDER BY query COLLATE "C", toplevel;
SELECT perfadvisor_reset() > 0 AS reset;

-- a statement that fails is not recorded, what it ran before is
SELECT count(*) FROM t WHERE 1 / (id - 50) = 5;
SELECT fails(1);
SELECT id FROM t WHERE a = fails(2);
SELECT count(*) FROM t WHERE nothing = 1;
SELECT count(*) FROM t WHERE id = 3;
SELECT * FROM recorded;

-- caught errors
SELECT perfadvisor_reset() > 0 AS reset;
SELECT caught(3);
SELECT id, caught(4) FROM t WHERE id <= 2 ORDER BY id;
BEGIN;
SAVEPOINT s;
SELECT fails(5);
ROLLBACK TO s;
SELECT count(*) FROM t WHERE id = 4;
COMMIT;
SELECT * FROM recorded;

-- cancelled
SELECT perfadvisor_reset() > 0 AS reset;
SET statement_timeout = '1s';
SELECT count(pg_sleep(10)) FROM t WHERE id = 1;
DO $$ BEGIN PERFORM pg_sleep(10) FROM t WHERE id = 2; END $$;
RESET statement_timeout;
SELECT count(*) FROM t WHERE id = 5;
SELECT * FROM recorded;

-- cursors that fail, or go with their transaction
SELECT perfadvisor_reset() > 0 AS reset;
BEGIN;
DECLARE c CURSOR FOR SELECT 1 / (id - 3) FROM t;
FETCH 2 FROM c;
FETCH 2 FROM c;
ROLLBACK;
BEGIN;
DECLARE c CURSOR FOR SELECT id + 1 FROM t;
FETCH 1 FROM c;
ROLLBACK;
BEGIN;
SAVEPOINT s;
DECLARE c CURSOR FOR SELECT id + 2 FROM t;
SELECT fails(6);
ROLLBACK TO s;
SELECT count(*) FROM t WHERE id = 6;
COMMIT;
SELECT count(*) FROM t WHERE id = 7;
SELECT * FROM recorded;

-- a table that is dropped by what reads it
SELECT perfadvisor_reset() > 0 AS reset;
CREATE TABLE gone AS SELECT * FROM t;
SELECT count(*) FROM gone WHERE a = 1;
DROP TABLE gone;
SELECT query, calls FROM perfadvisor_queries WHERE query ~ 'gone WHERE';
SELECT count(*) FROM perfadvisor_predicates WHERE relation::text ~ 'gone';

-- switches
SELECT perfadvisor_reset() > 0 AS reset;
SET perfadvisor.enabled = off;
SELECT count(*) FROM t WHERE id = 8;
SET perfadvisor.enabled = on;
SELECT count(*) FROM t WHERE id = 9;
SELECT * FROM recorded;
SET perfadvisor.sample_rate = 0;
SELECT count(*) FROM t WHERE a = 1 AND id > 1;
SELECT count(*) FROM t WHERE a = 1 AND id > 2;
SET perfadvisor.sample_rate = 1;
DO $$ BEGIN FOR i IN 1..20 LOOP PERFORM FROM t WHERE a = i; END LOOP; END $$;
RESET perfadvisor.sample_rate;
DO $$ BEGIN FOR i IN 1..2100 LOOP PERFORM 1 FROM t WHERE a = i AND id = 3; END LOOP; END $$;
SELECT query, calls, watched_calls FROM perfadvisor_queries
WHERE query ~ '\mt WHERE a' AND query !~ 'recorded' ORDER BY query COLLATE "C";

-- a queryid is needed
SELECT perfadvisor_reset() > 0 AS reset;
SET compute_query_id = off;
SELECT count(*) FROM t WHERE id = 10;
RESET compute_query_id;
SELECT * FROM recorded;

SET client_min_messages = warning;
DROP SCHEMA collect_errors CASCADE;
RESET client_min_messages;
