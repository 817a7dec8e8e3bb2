--
-- Code that others have put into what is planned gains nothing
--
SET client_min_messages = warning;
SELECT current_user AS superuser \gset
CREATE ROLE regress_padv_mallory LOGIN;
CREATE ROLE regress_padv_victim LOGIN;
CREATE ROLE regress_padv_reader LOGIN IN ROLE pg_read_all_stats;
CREATE SCHEMA rights_code;
GRANT ALL ON SCHEMA rights_code TO PUBLIC;
SELECT perfadvisor_reset() >= 0;

-- a lock that stays with the transaction tells with whose rights code was run
CREATE FUNCTION rights_code.leave_trace() RETURNS void LANGUAGE sql AS
'SELECT pg_advisory_xact_lock_shared(77, current_user::regrole::oid::bigint::int)';
CREATE VIEW rights_code.trace AS
SELECT DISTINCT pg_get_userbyid(objid) AS ran_as FROM pg_locks
WHERE locktype = 'advisory' AND classid = 77 AND objsubid = 2 AND pid = pg_backend_pid();
GRANT SELECT ON rights_code.trace TO PUBLIC;

-- a function that says it is immutable, and is anything but
\c - regress_padv_mallory
CREATE TABLE rights_code.log (who text, what text);
GRANT ALL ON rights_code.log TO PUBLIC;
CREATE FUNCTION rights_code.attempt(what text, command text) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    EXECUTE command;
    INSERT INTO rights_code.log VALUES (current_user, what);
EXCEPTION WHEN OTHERS THEN
    RAISE NOTICE '% failed as %: %', what, current_user, sqlstate;
END $$;
CREATE FUNCTION rights_code.evil(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    PERFORM rights_code.leave_trace();
    PERFORM rights_code.attempt('wrote', 'SELECT 1');
    PERFORM rights_code.attempt('became superuser', 'ALTER ROLE regress_padv_mallory SUPERUSER');
    PERFORM rights_code.attempt('reset role', 'RESET ROLE');
    PERFORM rights_code.attempt('reset session', 'RESET SESSION AUTHORIZATION');
    PERFORM rights_code.attempt('wants to write', 'SET LOCAL transaction_read_only = off');
    PERFORM rights_code.attempt('made a table', 'CREATE TEMP TABLE rights_evil (a int)');
    PERFORM rights_code.attempt('prepared', 'PREPARE rights_evil AS SELECT 1');
    PERFORM rights_code.attempt('declared', 'DECLARE rights_evil CURSOR WITH HOLD FOR SELECT 1');
    PERFORM rights_code.attempt('listens', 'LISTEN rights_evil');
    PERFORM rights_code.attempt('left a setting', $x$SELECT set_config('search_path', 'rights_code', false)$x$);
    PERFORM rights_code.attempt('left another', $x$SELECT set_config('statement_timeout', '1h', false)$x$);
    PERFORM pg_advisory_lock(78, 1), pg_advisory_lock(78, 1), pg_advisory_lock_shared(78, 2), pg_advisory_lock(79);
    RETURN i;
END $$;
CREATE TABLE rights_code.t AS
SELECT g AS id, g % 1000 AS a, g % 700 AS b, 'x' || g % 500 AS s FROM generate_series(1, 20000) g;
ANALYZE rights_code.t;
-- its own statement: in the text, an operator, a view, a policy, an index
CREATE FUNCTION rights_code.evil_eq(int, int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    PERFORM rights_code.evil(1);
    RETURN $1 = $2;
END $$;
CREATE OPERATOR rights_code.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = rights_code.evil_eq,
    RESTRICT = eqsel, JOIN = eqjoinsel);
CREATE VIEW rights_code.v AS SELECT id, a FROM rights_code.t WHERE b = rights_code.evil(3);
CREATE TABLE rights_code.rls AS SELECT * FROM rights_code.t;
ANALYZE rights_code.rls;
ALTER TABLE rights_code.rls ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON rights_code.rls USING (b <> rights_code.evil(5));
GRANT SELECT ON rights_code.t, rights_code.v, rights_code.rls TO PUBLIC;
SET client_min_messages = error;
SELECT count(*) FROM rights_code.t WHERE a = rights_code.evil(5);
SELECT count(*) FROM rights_code.t WHERE a OPERATOR(rights_code.===) 5 AND b = 5;
SELECT count(*) FROM rights_code.v WHERE a = 7;
\c - regress_padv_victim
SELECT count(*) FROM rights_code.rls WHERE a = 7;
\c - :superuser
TRUNCATE rights_code.log;
SET client_min_messages = notice;

-- a superuser asks, and nothing has happened, not even a message
SELECT pg_advisory_lock_shared(78, 2), pg_advisory_lock(80);
BEGIN;
SELECT count(*) > 0 AS advised FROM perfadvisor_recommendations() WHERE relation::text LIKE 'rights_code.%';
SELECT count(*) >= 0 AS told FROM perfadvisor_why_not();
SELECT verdict <> '' AS evaluated
FROM perfadvisor_evaluate(ARRAY['CREATE INDEX ON rights_code.t (a)']);
SELECT * FROM rights_code.log;
SELECT * FROM rights_code.trace ORDER BY 1;
COMMIT;
SELECT rolsuper FROM pg_roles WHERE rolname = 'regress_padv_mallory';
SELECT current_setting('search_path') <> 'rights_code' AS path_kept,
    current_setting('transaction_read_only') AS read_only, current_user = session_user AS self,
    to_regclass('pg_temp.rights_evil') IS NULL AS no_table,
    NOT EXISTS (SELECT FROM pg_prepared_statements WHERE name = 'rights_evil') AS no_statement,
    NOT EXISTS (SELECT FROM pg_cursors WHERE name = 'rights_evil') AS no_cursor,
    NOT EXISTS (SELECT FROM pg_listening_channels() WHERE pg_listening_channels = 'rights_evil') AS no_listener,
    current_setting('statement_timeout') <> '1h' AS timeout_kept;
-- of its own locks the session keeps those that it had
CREATE VIEW rights_code.locks AS
SELECT classid::bigint << 32 | objid::bigint AS key, objsubid, mode FROM pg_locks
WHERE locktype = 'advisory' AND pid = pg_backend_pid();
SELECT key >> 32 AS high, key & 4294967295 AS low, mode FROM rights_code.locks ORDER BY 1, 2, 3;
SELECT pg_advisory_unlock_all();
-- an index whose expression turned bad when it was there already
\c - regress_padv_mallory
CREATE FUNCTION rights_code.mild(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN i; END';
CREATE INDEX t_evil ON rights_code.t ((id + rights_code.mild(1))) WHERE b <> rights_code.mild(-1);
CREATE OR REPLACE FUNCTION rights_code.mild(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    PERFORM rights_code.evil(1);
    RETURN i;
END $$;
\c - :superuser
BEGIN;
SELECT count(*) > 0 AS advised FROM perfadvisor_recommendations() WHERE relation::text LIKE 'rights_code.%';
SELECT count(*) > 0 AS seen FROM perfadvisor_unused_indexes WHERE index = 'rights_code.t_evil'::regclass;
SELECT * FROM rights_code.log;
SELECT * FROM rights_code.trace ORDER BY 1;
COMMIT;

-- what a superuser runs on somebody's table is planned as that one
SELECT perfadvisor_reset() > 0;
\c - regress_padv_mallory
DROP INDEX rights_code.t_evil;
CREATE FUNCTION rights_code.turns(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN i; END';
CREATE VIEW rights_code.v2 AS SELECT id, a FROM rights_code.t WHERE b = rights_code.turns(3);
\c - :superuser
SET client_min_messages = error;
SELECT count(*) FROM rights_code.t WHERE a = 11;
SELECT count(*) FROM rights_code.v2 WHERE a = 12;
\c - regress_padv_mallory
CREATE OR REPLACE FUNCTION rights_code.turns(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    PERFORM rights_code.evil(1);
    RETURN i;
END $$;
\c - :superuser
SET client_min_messages = error;
-- and when others own parts of it, by nobody
CREATE TABLE rights_code.mine AS SELECT * FROM rights_code.t;
ANALYZE rights_code.mine;
ALTER TABLE rights_code.mine OWNER TO regress_padv_victim;
SELECT count(*) FROM rights_code.t JOIN rights_code.mine USING (id) WHERE mine.a = 11;
CREATE FUNCTION rights_code.later(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN i; END';
ALTER FUNCTION rights_code.later OWNER TO regress_padv_mallory;
SELECT count(*) FROM rights_code.mine WHERE a = rights_code.later(13);
\c - regress_padv_mallory
CREATE OR REPLACE FUNCTION rights_code.later(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    PERFORM rights_code.evil(1);
    RETURN i;
END $$;
\c - :superuser
TRUNCATE rights_code.log;
SET client_min_messages = notice;
BEGIN;
SELECT ddl FROM perfadvisor_recommendations() WHERE relation::text LIKE 'rights_code.%' ORDER BY ddl;
SELECT predicate, code, reason FROM perfadvisor_why_not() WHERE reason LIKE '%several%' ORDER BY 1;
SELECT * FROM rights_code.log;
SELECT * FROM rights_code.trace ORDER BY 1;
COMMIT;
-- a reader of statistics gets the same, and not a superuser's rights
\c - regress_padv_reader
SELECT ddl FROM perfadvisor_recommendations() WHERE relation::text LIKE 'rights_code.%' ORDER BY ddl;
SELECT predicate, code, reason FROM perfadvisor_why_not() WHERE reason LIKE '%several%' ORDER BY 1;

-- a reader who brings code along: the planner would ask its operator about
-- the statistics of the table, with the rights of whose statement it is
CREATE FUNCTION rights_code.spy_eq(int, int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    PERFORM rights_code.leave_trace();
    RETURN $1 = $2;
END $$;
CREATE OPERATOR rights_code.==== (LEFTARG = int, RIGHTARG = int, FUNCTION = rights_code.spy_eq,
    RESTRICT = eqsel, JOIN = eqjoinsel);
\c - regress_padv_victim
SELECT count(*) FROM rights_code.t WHERE a = 21 AND b = 21;
\c - regress_padv_reader
BEGIN;
SELECT verdict, reason FROM perfadvisor_evaluate(ARRAY[
    'CREATE INDEX ON rights_code.t (a) WHERE b IS NOT NULL OR b OPERATOR(rights_code.====) 5']);
SELECT ran_as FROM rights_code.trace WHERE ran_as <> 'regress_padv_reader';
COMMIT;
\c - :superuser

-- and one who waits with a temporary table or type for something to go away
\c - regress_padv_victim
CREATE TABLE rights_code.gone AS SELECT g AS a FROM generate_series(1, 20000) g;
CREATE TYPE rights_code.gone_type AS (a int);
GRANT SELECT ON rights_code.gone TO PUBLIC;
SET search_path = rights_code;
SELECT count(*) FROM gone WHERE a = 1;
SELECT count(*) FROM gone WHERE a = ('(7)'::gone_type).a;
DROP TYPE gone_type;
DROP TABLE gone;
\c - regress_padv_reader
CREATE FUNCTION pg_temp.spy(int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    PERFORM rights_code.leave_trace();
    RETURN true;
END $$;
CREATE DOMAIN pg_temp.spy_domain AS int CHECK (pg_temp.spy(VALUE));
CREATE TYPE pg_temp.gone_type AS (a spy_domain);
CREATE TEMP VIEW gone AS SELECT 1 AS a WHERE pg_temp.spy(1);
BEGIN;
SELECT predicate, reason FROM perfadvisor_why_not() WHERE predicate LIKE '%gone%' ORDER BY 1;
SELECT ran_as FROM rights_code.trace WHERE ran_as <> 'regress_padv_reader';
COMMIT;
\c - :superuser

-- advice out of a function that is run to give advice
SELECT perfadvisor_reset() > 0;
\c - regress_padv_mallory
CREATE FUNCTION rights_code.again(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    PERFORM count(*) FROM perfadvisor_recommendations();
    RETURN i;
END $$;
SELECT count(*) FROM rights_code.t WHERE a = rights_code.again(5);
\c - :superuser
SELECT predicate, reason FROM perfadvisor_why_not() WHERE predicate LIKE '%again%' ORDER BY 1;

-- one that takes its time, and one that does not let itself be cancelled
SELECT perfadvisor_reset() > 0;
\c - regress_padv_mallory
CREATE FUNCTION rights_code.nap(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN i; END';
CREATE FUNCTION rights_code.insist(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN i; END';
SELECT count(*) FROM rights_code.t WHERE a = rights_code.nap(5);
SELECT count(*) FROM rights_code.t WHERE a = rights_code.insist(6);
SELECT count(*) FROM rights_code.t WHERE b = 8;
CREATE OR REPLACE FUNCTION rights_code.nap(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    PERFORM pg_advisory_lock(81);
    PERFORM pg_sleep(3600);
    RETURN i;
END $$;
CREATE OR REPLACE FUNCTION rights_code.insist(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    LOOP
        BEGIN
            PERFORM pg_sleep(3600);
        EXCEPTION WHEN query_canceled THEN
            NULL;
        END;
    END LOOP;
    RETURN i;
END $$;
\c - :superuser
SET perfadvisor.planning_timeout = '3s';
SELECT predicate, code, reason FROM perfadvisor_why_not() WHERE predicate LIKE '%rights_code%' ORDER BY 1;
-- a cancel of whoever asks ends the request, and no statement swallows it
SET perfadvisor.planning_timeout = 0;
\set VERBOSITY sqlstate
SET statement_timeout = '500ms';
SELECT count(*) FROM perfadvisor_recommendations();
RESET statement_timeout;
RESET perfadvisor.planning_timeout;
SELECT count(*) AS locks FROM rights_code.locks;
\set VERBOSITY default
SELECT 1 AS usable;

SET client_min_messages = warning;
DROP SCHEMA rights_code CASCADE;
SELECT perfadvisor_reset() > 0;
DROP ROLE regress_padv_mallory, regress_padv_victim, regress_padv_reader;
