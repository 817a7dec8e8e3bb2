-- perfadvisor_whatif(): wrong input gets one clear error, and the session
-- goes on as if nothing had been.
CREATE SCHEMA whatif_errors;
SET search_path = whatif_errors, public;

CREATE TABLE t (id int PRIMARY KEY, a int, b text, c timestamptz, j json, p point);
INSERT INTO t (id, a, b) SELECT g, g % 1000, 'b' || g FROM generate_series(1, 20000) g;
ANALYZE t;
CREATE VIEW v AS SELECT * FROM t;
CREATE TEMP TABLE tmp (a int);
CREATE TABLE p (id int, at date, b text) PARTITION BY RANGE (at);

-- nulls and shapes of the arguments
SELECT * FROM perfadvisor_whatif(NULL);
SELECT * FROM perfadvisor_whatif('SELECT 1', NULL);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON t (a)', NULL]);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY[['a', 'b'], ['c', 'd']]);

-- the statement
SELECT * FROM perfadvisor_whatif('');
SELECT * FROM perfadvisor_whatif('SELECT * FROM t WHERE');
SELECT * FROM perfadvisor_whatif('SELECT 1; SELECT 2');
SELECT * FROM perfadvisor_whatif('VACUUM t');
SELECT * FROM perfadvisor_whatif('CREATE INDEX ON t (a)');
SELECT * FROM perfadvisor_whatif('SELECT * FROM missing');
SELECT * FROM perfadvisor_whatif('SELECT missing FROM t');
SELECT * FROM perfadvisor_whatif('SELECT 1 / 0 FROM t', ARRAY['CREATE INDEX ON t (a)']);

-- the indexes: no CREATE INDEX, or not one
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['nonsense']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON t (a)', 'CREATE INDEX ON t (']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON t (a); CREATE INDEX ON t (b)']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON t (a); DROP TABLE t']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['DROP TABLE t']);

-- the table
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON missing (a)']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON v (a)']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON t_pkey (a)']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON tmp (a)']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON pg_class (relpages)']);

-- the columns
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON t (missing)']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON t (ctid)']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON t ((ctid::text))']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON t (j)']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON t (lower(missing))']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON t ((c::date))']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON t (a) WHERE c > now()']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON t ((SELECT 1))']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON t (a COLLATE "C")']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON t (b COLLATE missing)']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON t (a text_pattern_ops)']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON t (b missing_ops)']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON t (a) INCLUDE (lower(b))']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON t (a) INCLUDE (b DESC)']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON t (' ||
    repeat('a, ', 32) || 'a)']);

-- the access method
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON t USING missing (a)']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON t USING heap (a)']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE UNIQUE INDEX ON t USING hash (a)']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON t USING hash (a, b)']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON t USING hash (a) INCLUDE (b)']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON t USING gist (p DESC)']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON t USING brin (a NULLS FIRST)']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON t (a) WITH (fillfactor = 5)']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON t (a) WITH (missing = 5)']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE UNIQUE INDEX ON p (id)']);

-- rights: those of the caller, for the table and for the statement
CREATE ROLE padv_whatif_nobody;
GRANT USAGE ON SCHEMA whatif_errors TO padv_whatif_nobody;
SET ROLE padv_whatif_nobody;
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON t (a)']);
SELECT * FROM perfadvisor_whatif('SELECT * FROM t');
SELECT * FROM perfadvisor_whatif('SELECT * FROM v');
RESET ROLE;
GRANT SELECT ON t TO padv_whatif_nobody;
SET ROLE padv_whatif_nobody;
SELECT indexes_used FROM perfadvisor_whatif('SELECT * FROM t WHERE a = 7', ARRAY['CREATE INDEX ON t (a)']);
SELECT * FROM perfadvisor_whatif('DELETE FROM t WHERE a = 7', ARRAY['CREATE INDEX ON t (a)']);
RESET ROLE;

-- what CREATE INDEX would not take either
SELECT * FROM perfadvisor_whatif('SELECT * FROM t WHERE a = 7', ARRAY['CREATE INDEX ON t (a) TABLESPACE nowhere']);
SELECT * FROM perfadvisor_whatif('SELECT * FROM t WHERE a = 7', ARRAY['CREATE INDEX ON t (a int4_ops (siglen = 8))']);
SELECT * FROM perfadvisor_whatif('SELECT * FROM t WHERE a = 7',
    ARRAY['CREATE INDEX ON t USING gist (to_tsvector(''simple'', a::text) tsvector_ops (siglen = 100000))']);
SELECT * FROM perfadvisor_whatif('SELECT * FROM t WHERE a = 7',
    ARRAY['CREATE INDEX ON t USING gist (to_tsvector(''simple'', a::text) tsvector_ops (width = 8))']);

-- An error while the hypothetical index is in force: folding the constant
-- fails in the planner.
CREATE FUNCTION fails() RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'folded';
END $$;
SELECT * FROM perfadvisor_whatif('SELECT * FROM t WHERE a = fails()', ARRAY['CREATE INDEX ON t (a)']);
EXPLAIN (COSTS OFF) SELECT * FROM t WHERE a = 7;
SELECT count(*) FROM t WHERE a = 7;

-- caught in a block, and in a transaction with savepoints
DO $$
BEGIN
    PERFORM perfadvisor_whatif('SELECT * FROM t WHERE a = 1 / 0', ARRAY['CREATE INDEX ON t (a)']);
EXCEPTION WHEN division_by_zero THEN
    RAISE NOTICE 'caught, % rows', (SELECT count(*) FROM t WHERE a = 7);
END $$;
BEGIN;
SAVEPOINT s;
SELECT * FROM perfadvisor_whatif('SELECT * FROM t WHERE a = 1 / 0', ARRAY['CREATE INDEX ON t (a)']);
ROLLBACK TO s;
EXPLAIN (COSTS OFF) SELECT * FROM t WHERE a = 7;
SELECT indexes_used FROM perfadvisor_whatif('SELECT * FROM t WHERE a = 7', ARRAY['CREATE INDEX ON t (a)']);
COMMIT;

-- nothing was created, dropped or changed
SELECT count(*) FROM pg_index WHERE indrelid = 't'::regclass;
SELECT count(*) FROM t;

DROP TABLE tmp;
SET client_min_messages = warning;
DROP SCHEMA whatif_errors CASCADE;
DROP ROLE padv_whatif_nobody;
