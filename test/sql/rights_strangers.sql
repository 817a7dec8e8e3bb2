--
-- Functions of others, in what belongs to superusers and in what is planned for
-- no statement, do not run with the rights of the superuser who asks
--
SET client_min_messages = warning;
SELECT current_user AS superuser \gset
CREATE ROLE regress_padv_mallory LOGIN;
CREATE ROLE regress_padv_alice LOGIN;
CREATE ROLE regress_padv_dba LOGIN IN ROLE pg_execute_server_program;
CREATE SCHEMA rights_hers AUTHORIZATION regress_padv_mallory;
CREATE SCHEMA rights_alice AUTHORIZATION regress_padv_alice;
CREATE SCHEMA rights_mine;
GRANT USAGE ON SCHEMA rights_hers, rights_mine TO PUBLIC;
SELECT perfadvisor_reset() >= 0;

-- a lock that stays with the transaction tells with whose rights code was run
CREATE FUNCTION rights_mine.leave_trace(whose int) RETURNS void LANGUAGE sql AS
'SELECT pg_advisory_xact_lock_shared(whose, current_user::regrole::oid::bigint::int)';
CREATE VIEW rights_mine.trace AS
SELECT DISTINCT CASE classid WHEN 77 THEN 'mallory''s' ELSE 'alice''s' END AS code, pg_get_userbyid(objid) AS ran_as FROM pg_locks
WHERE locktype = 'advisory' AND classid IN (77, 78) AND objsubid = 2 AND pid = pg_backend_pid();
GRANT SELECT ON rights_mine.trace TO PUBLIC;

-- what a superuser has made with functions and types of somebody else
SET ROLE regress_padv_mallory;
CREATE FUNCTION rights_hers.f(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN i; END';
CREATE DOMAIN rights_hers.d AS text;
CREATE DOMAIN rights_hers.n AS int;
CREATE TYPE rights_hers.r AS RANGE (subtype = rights_hers.n);
RESET ROLE;
CREATE FUNCTION rights_mine.by_sql(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT rights_hers.f(i)';
CREATE FUNCTION rights_mine.by_plpgsql(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN rights_hers.f(i); END';
CREATE FUNCTION rights_mine.by_default(i int, j int DEFAULT rights_hers.f(3)) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT i + j';
CREATE TABLE rights_mine.t AS SELECT g AS id, g % 5000 AS k, ARRAY[(g % 900)::text]::rights_hers.d[] AS names,
    rights_hers.r(g, g + 5) AS span FROM generate_series(1, 20000) g;
CREATE TABLE rights_mine.in_index AS SELECT id, k FROM rights_mine.t;
CREATE INDEX ON rights_mine.in_index ((id + rights_hers.f(1)));
CREATE TABLE rights_mine.in_predicate AS SELECT id, k FROM rights_mine.t;
CREATE INDEX ON rights_mine.in_predicate (id) WHERE id > rights_hers.f(19000);
CREATE TABLE rights_mine.in_statistics AS SELECT id, k FROM rights_mine.t;
CREATE STATISTICS rights_mine.s ON (id + rights_hers.f(1)), k FROM rights_mine.in_statistics;
CREATE TABLE rights_mine.in_key (id int, k int) PARTITION BY RANGE ((id + rights_hers.f(1)));
CREATE TABLE rights_mine.in_key_1 PARTITION OF rights_mine.in_key FOR VALUES FROM (0) TO (100000);
INSERT INTO rights_mine.in_key SELECT id, k FROM rights_mine.t;
CREATE TABLE rights_mine.in_check (id int, k int);
CREATE TABLE rights_mine.in_check_1 (CHECK (k >= rights_hers.f(0))) INHERITS (rights_mine.in_check);
INSERT INTO rights_mine.in_check_1 SELECT id, k FROM rights_mine.t;
ANALYZE;
SELECT count(*) FROM rights_mine.t WHERE k = rights_mine.by_sql(5);
SELECT count(*) FROM rights_mine.t WHERE k = rights_mine.by_plpgsql(5);
SELECT count(*) FROM rights_mine.t WHERE k = rights_mine.by_default(2);
SELECT count(*) FROM rights_mine.t WHERE names = '{77}';
SELECT count(*) FROM rights_mine.t WHERE span && '[500,501)';
SELECT count(*) FROM rights_mine.in_index WHERE k = 5;
SELECT count(*) FROM rights_mine.in_predicate WHERE k = 5;
SELECT count(*) FROM rights_mine.in_statistics WHERE k = 5;
SELECT count(*) FROM rights_mine.in_key WHERE k = 5;
SELECT count(*) FROM rights_mine.in_check WHERE k = 5;
SELECT count(*) FROM rights_mine.t WHERE id = 5;

-- and what somebody else has made alone
SET ROLE regress_padv_mallory;
CREATE FUNCTION rights_hers.same(int, int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
'BEGIN PERFORM rights_hers.f(1); RETURN $1 = $2; END';
CREATE OPERATOR rights_hers.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = rights_hers.same, RESTRICT = eqsel);
CREATE TABLE rights_hers.big AS SELECT g AS id, g % 3 AS m, 1 AS z FROM generate_series(1, 60000) g;
CREATE INDEX big_id ON rights_hers.big (id);
CREATE INDEX big_m ON rights_hers.big (id) WHERE m OPERATOR(rights_hers.===) 1;
CREATE INDEX big_z ON rights_hers.big ((z + rights_hers.f(1)), id);
CREATE STATISTICS rights_hers.s ON (id + rights_hers.f(1)), m FROM rights_hers.big;
DELETE FROM rights_hers.big WHERE id % 20 <> 1;
GRANT SELECT ON rights_hers.big TO regress_padv_alice, regress_padv_dba;
RESET ROLE;
VACUUM ANALYZE rights_hers.big;

-- a role with rights over the server, whose own functions are its own matter
CREATE SCHEMA rights_dba AUTHORIZATION regress_padv_dba;
SET SESSION AUTHORIZATION regress_padv_dba;
CREATE FUNCTION rights_dba.own(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN i; END';
CREATE FUNCTION rights_dba.by_plpgsql(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN rights_hers.f(i); END';
CREATE TABLE rights_dba.t AS SELECT g AS id, g % 5000 AS k FROM generate_series(1, 20000) g;
ANALYZE rights_dba.t;
SELECT count(*) FROM rights_dba.t WHERE k = rights_dba.own(5);
SELECT count(*) FROM rights_dba.t WHERE k = rights_dba.by_plpgsql(5);
SELECT count(*) FROM rights_dba.t WHERE k = rights_hers.f(5);
SELECT count(*) FROM rights_hers.big WHERE m = 1 AND rights_hers.f(5) = 5;
RESET SESSION AUTHORIZATION;

-- now it turns evil
SET ROLE regress_padv_mallory;
CREATE OR REPLACE FUNCTION rights_hers.f(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    c refcursor := 'left_open';
BEGIN
    PERFORM rights_mine.leave_trace(77);
    PERFORM pg_advisory_unlock_all(), pg_advisory_lock(79, 2);
    OPEN c FOR SELECT 1;
    RETURN i;
EXCEPTION WHEN duplicate_cursor THEN
    PERFORM rights_mine.leave_trace(77);
    RETURN i;
END $$;
ALTER DOMAIN rights_hers.d ADD CHECK (rights_hers.f(1) = 1) NOT VALID;
ALTER DOMAIN rights_hers.n ADD CHECK (rights_hers.f(1) = 1) NOT VALID;
RESET ROLE;
\c - :superuser
SELECT pg_advisory_lock(79, 1);
BEGIN;
DECLARE mine CURSOR FOR SELECT 1;
SELECT count(*) >= 1 FROM perfadvisor_bloated_indexes WHERE relation = 'rights_hers.big'::regclass;
SELECT count(*) >= 3 FROM perfadvisor_evaluate(ARRAY['CREATE INDEX ON rights_hers.big (m)', 'CREATE UNIQUE INDEX ON rights_hers.big (id)',
    'CREATE INDEX ON rights_mine.in_key (k)']);
SELECT * FROM rights_mine.trace ORDER BY 1, 2;
SELECT relation, count(*) >= 1 AS advised FROM perfadvisor_recommendations()
WHERE relation IN ('rights_mine.t'::regclass, 'rights_dba.t'::regclass) AND kind = 'create_index' GROUP BY 1 ORDER BY relation::text COLLATE "C";
SELECT detail IS NOT NULL, predicate, reason FROM perfadvisor_why_not()
WHERE predicate ~ 'FROM rights_(mine|dba|hers)' AND code = 'unsupported_shape' ORDER BY predicate COLLATE "C";
SELECT * FROM rights_mine.trace ORDER BY 1, 2;
-- the session has what it had
SELECT name FROM pg_cursors ORDER BY 1;
SELECT classid, objid FROM pg_locks WHERE locktype = 'advisory' AND classid = 79 AND pid = pg_backend_pid();
COMMIT;

-- code that fails, or does not end, fails the one table
SET ROLE regress_padv_mallory;
CREATE OR REPLACE FUNCTION rights_hers.f(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RAISE query_canceled USING MESSAGE = 'no';
END $$;
\c - :superuser
SELECT DISTINCT verdict, reason FROM perfadvisor_bloated_indexes WHERE relation = 'rights_hers.big'::regclass;
SELECT count(*) FROM perfadvisor_evaluate(ARRAY['CREATE INDEX ON rights_hers.big (m)']);
SELECT count(*) >= 1 FROM perfadvisor_recommendations() WHERE relation = 'rights_mine.t'::regclass;
SET ROLE regress_padv_mallory;
CREATE OR REPLACE FUNCTION rights_hers.f(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    LOOP
        PERFORM pg_sleep(0.01);
    END LOOP;
END $$;
\c - :superuser
SET perfadvisor.planning_timeout = '100ms';
SELECT DISTINCT verdict FROM perfadvisor_bloated_indexes WHERE relation = 'rights_hers.big'::regclass;
SELECT count(*) >= 1 FROM perfadvisor_evaluate(ARRAY['CREATE INDEX ON rights_hers.big (m)']);
RESET perfadvisor.planning_timeout;
SET ROLE regress_padv_mallory;
CREATE OR REPLACE FUNCTION rights_hers.f(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN i; END';

-- nor with those of the table's owner, when it is of whoever asks
\c - regress_padv_alice
CREATE FUNCTION rights_alice.same(int, int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
'BEGIN PERFORM rights_mine.leave_trace(78); RETURN $1 = $2; END';
CREATE OPERATOR rights_alice.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = rights_alice.same, RESTRICT = eqsel);
BEGIN;
SELECT cost_before > 0 FROM perfadvisor_whatif('SELECT z FROM rights_hers.big WHERE m = 1 AND id = 7',
    ARRAY['CREATE INDEX ON rights_hers.big (id) WHERE m OPERATOR(rights_alice.===) 1']);
SELECT * FROM rights_mine.trace WHERE code = 'alice''s' ORDER BY 1, 2;
COMMIT;

\c - :superuser
SET client_min_messages = warning;
DROP SCHEMA rights_mine CASCADE;
DROP SCHEMA rights_hers, rights_alice, rights_dba CASCADE;
DROP ROLE regress_padv_mallory, regress_padv_alice, regress_padv_dba;
