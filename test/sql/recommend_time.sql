--
-- Time that is up while a candidate's expression is evaluated on a sample
--
SELECT perfadvisor_reset() > 0 AS reset;
CREATE SCHEMA recommend_time;
SET search_path = recommend_time, public;
CREATE TABLE slow (id int, x text);
SELECT count(*) FROM slow WHERE length(repeat(x, 1000000)) = 5;
INSERT INTO slow SELECT g, g::text FROM generate_series(1, 20000) g;
ANALYZE slow;

-- What was begun for the statement ends with it: its role and its read-only
-- transaction do not outlive it.
SET perfadvisor.planning_timeout = '100ms';
SELECT count(*) >= 0 AS asked FROM perfadvisor_recommendations();
SELECT current_user = session_user AS same_role,
    current_setting('transaction_read_only') AS read_only,
    current_setting('client_min_messages') AS messages;
CREATE TABLE writable (a int);
SELECT count(*) >= 0 AS asked FROM perfadvisor_why_not();
DROP TABLE writable;

-- Within one transaction as well, and where the one who asks is cancelled.
RESET perfadvisor.planning_timeout;
BEGIN;
SAVEPOINT before;
SET LOCAL statement_timeout = '1s';
DO $$ BEGIN
    PERFORM count(*) FROM perfadvisor_recommendations();
    RAISE EXCEPTION 'not cancelled';
EXCEPTION WHEN query_canceled THEN
    RAISE NOTICE 'cancelled';
END $$;
SET LOCAL statement_timeout = 0;
CREATE TABLE writable (a int);
ROLLBACK TO before;
COMMIT;
SELECT current_user = session_user AS same_role,
    current_setting('transaction_read_only') AS read_only;

RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA recommend_time CASCADE;
SELECT perfadvisor_reset() > 0 AS reset;
