--
-- perfadvisor_invalid_indexes: what failed builds leave, and how to mend it.
--
CREATE SCHEMA "Inspect invalid";
SET search_path = "Inspect invalid", public;

CREATE TABLE t (a int, b int, c int);
INSERT INTO t SELECT g, g % 99, 0 FROM generate_series(1, 100) g WHERE g <> 99;
CREATE FUNCTION fails(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('inspect.fail', true) = 'on' AND $1 = 50 THEN
        RAISE EXCEPTION 'failed on purpose';
    END IF;
    RETURN $1;
END $$;

-- a unique index over duplicates
CREATE UNIQUE INDEX CONCURRENTLY "Half built" ON t (b);
-- a plain one, and one whose work another one does
SET inspect.fail = on;
CREATE INDEX CONCURRENTLY t_fails ON t (fails(a + 0), c);
CREATE INDEX CONCURRENTLY t_twice ON t (c) WHERE fails(a) > 0;
-- left by REINDEX
SET inspect.fail = off;
CREATE INDEX t_good ON t (fails(a), b);
SET inspect.fail = on;
REINDEX INDEX CONCURRENTLY t_good;
SET inspect.fail = off;
CREATE INDEX t_c ON t (c);

SELECT relation, index, size_bytes = pg_relation_size(index) AS sized, reason, ddl, undo_ddl
FROM perfadvisor_invalid_indexes
WHERE relation = 't'::regclass
ORDER BY index::text COLLATE "C";

-- none of them is called unused or redundant, nor does it cover one that works
SELECT index, verdict, reason, ddl FROM perfadvisor_unused_indexes
WHERE index IN (SELECT index FROM perfadvisor_invalid_indexes WHERE relation = 't'::regclass)
ORDER BY index::text COLLATE "C";
SELECT index, covered_by FROM perfadvisor_redundant_indexes WHERE relation = 't'::regclass;

--
-- Partitioned indexes
--
CREATE TABLE p (a int, b int) PARTITION BY RANGE (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
INSERT INTO p SELECT g % 20, g % 20 FROM generate_series(1, 100) g;
CREATE INDEX p_b ON ONLY p (b);
CREATE INDEX p1_b ON p1 (b);
ALTER INDEX p_b ATTACH PARTITION p1_b;
SELECT relation, index, size_bytes > 0 AS sized, reason, ddl, undo_ddl
FROM perfadvisor_invalid_indexes WHERE relation = 'p'::regclass;
-- the other one is attached while it is invalid
SET inspect.fail = on;
CREATE INDEX p_f ON ONLY p (fails(b + 35));
CREATE INDEX CONCURRENTLY p2_f ON p2 (fails(b + 35));
SET inspect.fail = off;
CREATE INDEX p1_f ON p1 (fails(b + 35));
ALTER INDEX p_f ATTACH PARTITION p1_f;
ALTER INDEX p_f ATTACH PARTITION p2_f;
SELECT relation, index, reason, ddl, undo_ddl
FROM perfadvisor_invalid_indexes WHERE relation IN ('p'::regclass, 'p2'::regclass)
ORDER BY index::text COLLATE "C";

--
-- Mended by what is printed, and nothing is left
--
SET search_path = public;
DELETE FROM "Inspect invalid".t WHERE a = 100;
CREATE TABLE "Inspect invalid".plan AS
    SELECT index::text AS index, ddl, undo_ddl FROM perfadvisor_invalid_indexes
    WHERE relation IN ('"Inspect invalid".t'::regclass, '"Inspect invalid".p2'::regclass);
SELECT ddl FROM "Inspect invalid".plan ORDER BY index COLLATE "C" \gexec
SELECT index, ddl FROM perfadvisor_invalid_indexes
WHERE relation IN ('"Inspect invalid".t'::regclass, '"Inspect invalid".p2'::regclass);
-- undone, a dropped one is there, and now it is valid
SELECT undo_ddl FROM "Inspect invalid".plan WHERE index ~ 'Half' \gexec
SET search_path = "Inspect invalid", public;
SELECT indisvalid, pg_get_indexdef(indexrelid) FROM pg_index WHERE indexrelid = '"Half built"'::regclass;
-- the last steps
CREATE INDEX p2_b ON p2 (b);
ALTER INDEX p_b ATTACH PARTITION p2_b;
-- What is attached again is noticed by the latest minor versions: whether it will
-- be is told, and true
SELECT index, reason LIKE 'All its partitions have a valid index attached%' AS attached,
    coalesce(ddl = 'ALTER INDEX "Inspect invalid".p_f ATTACH PARTITION "Inspect invalid".p1_f',
        reason LIKE '%which this version of PostgreSQL notices only when%') AS told
FROM perfadvisor_invalid_indexes WHERE relation = 'p'::regclass;
SELECT ddl IS NOT NULL AS helps
FROM perfadvisor_invalid_indexes WHERE relation = 'p'::regclass \gset
ALTER INDEX "Inspect invalid".p_f ATTACH PARTITION "Inspect invalid".p1_f;
SELECT indisvalid = :'helps' AS helped_as_told,
    EXISTS (SELECT FROM perfadvisor_invalid_indexes WHERE relation = 'p'::regclass)
        <> indisvalid AS listed_while_invalid
FROM pg_index WHERE indexrelid = 'p_f'::regclass;

SET client_min_messages = warning;
DROP SCHEMA "Inspect invalid" CASCADE;
