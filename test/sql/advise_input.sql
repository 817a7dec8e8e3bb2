-- Wrong input to perfadvisor_advise(), perfadvisor_whatif() and
-- perfadvisor_evaluate(): one clear error that names the element at fault, and
-- the session goes on.
CREATE SCHEMA advise_input;
SET search_path = advise_input, public;
CREATE TABLE t (id int PRIMARY KEY, a int, b text, j json);
INSERT INTO t SELECT g, g % 1000, 'b' || g FROM generate_series(1, 10000) g;
VACUUM ANALYZE t;
CREATE TABLE secret (a int);
CREATE VIEW over_secret AS SELECT * FROM secret;

-- statements: not one, not one that is planned, not one that can be
SELECT * FROM perfadvisor_advise(ARRAY['SELECT 1', 'SELECT FROM WHERE']);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT 1', 'SELECT 1', 'SELECT 2; SELECT 3']);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT 1', '-- nothing']);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT 1', ';']);
SELECT * FROM perfadvisor_advise(ARRAY['VACUUM t']);
SELECT * FROM perfadvisor_advise(ARRAY['EXPLAIN SELECT * FROM t']);
SELECT * FROM perfadvisor_advise(ARRAY['CREATE TABLE x AS SELECT * FROM t']);
SELECT * FROM perfadvisor_advise(ARRAY['DECLARE c CURSOR FOR SELECT * FROM t']);
SELECT * FROM perfadvisor_advise(ARRAY['PREPARE p AS SELECT * FROM t']);
SELECT * FROM perfadvisor_advise(ARRAY['EXECUTE p']);
SELECT * FROM perfadvisor_advise(ARRAY['COPY t TO STDOUT']);
SELECT * FROM perfadvisor_advise(ARRAY['CALL p()']);
SELECT * FROM perfadvisor_advise(ARRAY['DO $$BEGIN END$$']);
SELECT * FROM perfadvisor_advise(ARRAY['BEGIN', 'SELECT 1']);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT * FROM t', 'SELECT * FROM nowhere.t']);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT * FROM t WHERE a = ''x''']);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT * FROM t WHERE a = 1 / 0']);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT * FROM t INTO x']);
-- parameters: without a type, or with gaps
SELECT count(*) FROM perfadvisor_advise(ARRAY['SELECT $1', 'SELECT * FROM t WHERE $1 = $2']);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT * FROM t WHERE a = $0']);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT * FROM t WHERE a = $2']);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT * FROM t WHERE a = $70000']);
SELECT count(*) FROM perfadvisor_advise(ARRAY['SELECT * FROM t WHERE a = $1 AND b = $2::text LIMIT $3']);
SELECT count(*) FROM perfadvisor_advise(ARRAY['SELECT * FROM t WHERE a = $1;']);

-- the arrays
SELECT * FROM perfadvisor_advise(NULL);
SELECT * FROM perfadvisor_advise(ARRAY[NULL]::text[]);
SELECT * FROM perfadvisor_advise(ARRAY[['SELECT 1'], ['SELECT 2']]);
SELECT count(*) FROM perfadvisor_advise('{}');
SELECT count(*) FROM perfadvisor_advise('{}', '{}');
SELECT * FROM perfadvisor_advise('{}', ARRAY[1.0]);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT 1', 'SELECT 2'], ARRAY[1.0, NULL]);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT 1', 'SELECT 2'], ARRAY[1.0]);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT 1', 'SELECT 2'], ARRAY[1.0, 'NaN']);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT 1', 'SELECT 2'], ARRAY['Infinity', 1.0]::float8[]);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT 1'], ARRAY[-0.5]);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT 1'], ARRAY[[1.0]]);
SELECT count(*) FROM perfadvisor_advise(ARRAY['SELECT * FROM t WHERE a = 7'], ARRAY[0.0]);
SELECT calls FROM perfadvisor_advise(ARRAY['SELECT * FROM t WHERE a = 7'], ARRAY[1e200]);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT * FROM t WHERE a = 7'], ARRAY[1e201]);
-- a lower bound other than one: the position counts
SELECT * FROM perfadvisor_advise('[5:6]={SELECT 1,SELEC}'::text[]);
-- the limits
SELECT * FROM perfadvisor_advise(ARRAY['SELECT 1'], storage_budget => -1);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT 1'], storage_budget => -9223372036854775808);
SELECT count(*) FROM perfadvisor_advise(ARRAY['SELECT * FROM t WHERE a = 7'], storage_budget => 9223372036854775807);
SELECT count(*) FROM perfadvisor_advise(ARRAY['SELECT * FROM t WHERE a = 7'], storage_budget => 1);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT 1'], min_improvement_pct => -1);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT 1'], min_improvement_pct => 'NaN');
SELECT * FROM perfadvisor_advise(ARRAY['SELECT 1'], min_improvement_pct => 'Infinity');
SELECT * FROM perfadvisor_recommendations(storage_budget => -1);
SELECT * FROM perfadvisor_recommendations(min_improvement_pct => 'NaN');

-- indexes that perfadvisor_evaluate() cannot read
SELECT * FROM perfadvisor_evaluate(NULL);
SELECT count(*) FROM perfadvisor_evaluate('{}');
SELECT * FROM perfadvisor_evaluate(ARRAY[NULL]::text[]);
SELECT * FROM perfadvisor_evaluate(ARRAY[['CREATE INDEX ON t (a)']]);
SELECT * FROM perfadvisor_evaluate(ARRAY['CREATE INDEX ON t (a)', 'CREATE INDEX ON']);
SELECT * FROM perfadvisor_evaluate(ARRAY['CREATE INDEX ON t (a)', 'SELECT 1']);
SELECT * FROM perfadvisor_evaluate(ARRAY['CREATE INDEX ON t (a); CREATE INDEX ON t (b)']);
SELECT * FROM perfadvisor_evaluate(ARRAY['CREATE INDEX ON missing (a)']);
SELECT * FROM perfadvisor_evaluate(ARRAY['CREATE INDEX ON t (missing)']);
SELECT * FROM perfadvisor_evaluate(ARRAY['CREATE INDEX ON t (j)']);
SELECT * FROM perfadvisor_evaluate(ARRAY['CREATE INDEX ON over_secret (a)']);
SELECT * FROM perfadvisor_evaluate(ARRAY['CREATE INDEX ON t USING gin (a)']);
SELECT * FROM perfadvisor_evaluate(ARRAY['CREATE INDEX ON t USING brin (a) INCLUDE (b)']);
SELECT * FROM perfadvisor_evaluate(ARRAY['CREATE INDEX ON t (a)', 'CREATE INDEX ON t (now())']);
SELECT * FROM perfadvisor_evaluate(ARRAY['CREATE INDEX ON t (a) WHERE random() > 0']);

-- perfadvisor_whatif()
SELECT indexes_used FROM perfadvisor_whatif('SELECT * FROM t WHERE a = $1 AND $2');
SELECT * FROM perfadvisor_whatif('SELECT * FROM t WHERE a = $2');
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON t (a)', '']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON t (a)', 'CREATE INDEX ON t USING brin (j)']);
SELECT * FROM perfadvisor_whatif('COPY t FROM STDIN');
SELECT indexes_used FROM perfadvisor_whatif('SELECT * FROM t WHERE a = 7', '{}', '{}');

-- somebody without rights on a table, in each of them
CREATE ROLE regress_padv_input;
GRANT USAGE ON SCHEMA advise_input TO regress_padv_input;
GRANT SELECT ON t TO regress_padv_input;
SET ROLE regress_padv_input;
SELECT * FROM perfadvisor_advise(ARRAY['SELECT * FROM t', 'SELECT * FROM secret WHERE a = 1']);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT * FROM over_secret WHERE a = 1']);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT * FROM t WHERE a = (SELECT max(a) FROM secret)']);
SELECT * FROM perfadvisor_advise(ARRAY['UPDATE t SET a = 1 WHERE a = 2']);
SELECT * FROM perfadvisor_advise(ARRAY['DELETE FROM t WHERE a = 2']);
SELECT * FROM perfadvisor_advise(ARRAY['SELECT a FROM t WHERE a = 7 FOR UPDATE']);
SELECT * FROM perfadvisor_whatif('SELECT * FROM secret');
SELECT * FROM perfadvisor_evaluate(ARRAY['CREATE INDEX ON secret (a)']);
SELECT count(*) FROM perfadvisor_advise(ARRAY['SELECT * FROM t WHERE a = 7']);
RESET ROLE;

-- in a block that goes on, and in a transaction that was saved
DO $$
BEGIN
    FOR i IN 1..3 LOOP
        BEGIN
            PERFORM perfadvisor_advise(ARRAY['SELECT * FROM t WHERE a = 7', 'SELECT broken']);
        EXCEPTION WHEN undefined_column THEN
            RAISE NOTICE 'caught %, then % advice', i,
                (SELECT count(*) FROM perfadvisor_advise(ARRAY['SELECT * FROM t WHERE a = 7']));
        END;
    END LOOP;
END
$$;
BEGIN;
SAVEPOINT s;
SELECT * FROM perfadvisor_advise(ARRAY['SELECT 1', 'SELEC']);
ROLLBACK TO s;
SELECT count(*) FROM perfadvisor_advise(ARRAY['SELECT * FROM t WHERE a = 7']);
COMMIT;
-- settings are as they were, and nothing was made
SHOW enable_seqscan;
SHOW search_path;
SELECT count(*) FROM pg_index WHERE indrelid = 't'::regclass;

SET client_min_messages = warning;
DROP SCHEMA advise_input CASCADE;
DROP ROLE regress_padv_input;
