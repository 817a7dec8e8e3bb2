--
-- perfadvisor_redundant_indexes: what another index does as well.
--
CREATE SCHEMA inspect_redundant;
SET search_path = inspect_redundant, public;
-- what no two runs have in common
CREATE FUNCTION plain(reason text) RETURNS text LANGUAGE sql RETURN
    regexp_replace(regexp_replace(regexp_replace(reason,
        ' since \d{4}-\d\d-\d\d \d\d:\d\d', ' since THEN', 'g'),
        '\d+ (bytes|kB|MB)', 'SIZE', 'g'),
        '[0-9,]+ times as large', 'N times as large', 'g');
-- what is looked at here
CREATE VIEW mine AS SELECT * FROM perfadvisor_redundant_indexes
    WHERE relation IN (SELECT oid FROM pg_class
                       WHERE relnamespace = 'inspect_redundant'::regnamespace);
-- No index is unneeded yet: the other view has no say.
SET perfadvisor.unused_min_age = '7d';

CREATE TABLE t (
    a int, b int, c int, d text, e text COLLATE "C", flag bool, j jsonb, r int4range);
INSERT INTO t SELECT g, g % 10, g % 3, 'd' || g, 'e' || g, g % 2 = 0,
    '{}', int4range(g, g + 1) FROM generate_series(1, 3000) g;

-- each pair in a table of its own, so that nothing covers by accident
CREATE TABLE prefix (LIKE t);
CREATE INDEX prefix_a ON prefix (a);
CREATE INDEX prefix_ab ON prefix (a, b);

CREATE TABLE direction (LIKE t);
CREATE INDEX direction_asc ON direction (a);
CREATE INDEX direction_desc ON direction (a DESC);
CREATE INDEX direction_mixed ON direction (b, c DESC);
CREATE INDEX direction_mixed_back ON direction (b DESC, c);
-- other orders are of their own use
CREATE INDEX direction_both ON direction (b, c, d);
CREATE INDEX direction_nulls ON direction (d NULLS FIRST);
CREATE INDEX direction_nulls_last ON direction (d);

CREATE TABLE partial AS SELECT * FROM t;
CREATE INDEX partial_a ON partial (a);
CREATE INDEX partial_a_half ON partial (a) WHERE flag;
CREATE INDEX partial_a_few ON partial (a) WHERE b = 3;
CREATE INDEX partial_a_not_null ON partial (a) WHERE a IS NOT NULL;
CREATE INDEX partial_few_1 ON partial (c) WHERE b = 3;
CREATE INDEX partial_few_2 ON partial (c, d) WHERE (b) = 3;
CREATE INDEX partial_few_3 ON partial (c) WHERE b = 4;

CREATE TABLE nobody_counted (LIKE t);
CREATE INDEX nobody_counted_a ON nobody_counted (a);
CREATE INDEX nobody_counted_a_flag ON nobody_counted (a) WHERE flag;

CREATE TABLE expression AS SELECT * FROM t;
CREATE INDEX expression_1 ON expression (lower(d));
CREATE INDEX expression_2 ON expression (lower(d));
CREATE INDEX expression_3 ON expression (lower(e));
CREATE INDEX expression_4 ON expression (upper(d), lower(e));
CREATE INDEX expression_5 ON expression (upper(d));
CREATE INDEX expression_6 ON expression ((a + b), upper(e), c);
CREATE INDEX expression_7 ON expression ((a + b), upper(e));
CREATE INDEX expression_8 ON expression ((a + c));

CREATE TABLE included (LIKE t);
CREATE INDEX included_b ON included (a) INCLUDE (b);
CREATE INDEX included_bc ON included (a) INCLUDE (c, b);
CREATE INDEX included_key ON included (b, c);
CREATE INDEX included_as_key ON included (b) INCLUDE (c);
CREATE INDEX included_other ON included (b) INCLUDE (a);

CREATE TABLE unique_ (LIKE t);
CREATE UNIQUE INDEX unique_a ON unique_ (a);
CREATE INDEX unique_a_plain ON unique_ (a);
CREATE INDEX unique_ab_plain ON unique_ (a, b);
CREATE UNIQUE INDEX unique_a_c ON unique_ (a) INCLUDE (c);
CREATE UNIQUE INDEX unique_b ON unique_ (b);
CREATE UNIQUE INDEX unique_b_nulls ON unique_ (b) NULLS NOT DISTINCT;
CREATE UNIQUE INDEX unique_c_part ON unique_ (c) WHERE flag;
CREATE INDEX unique_c ON unique_ (c);

CREATE TABLE backed (LIKE t, PRIMARY KEY (a), UNIQUE (b) DEFERRABLE, UNIQUE (c));
CREATE UNIQUE INDEX backed_a ON backed (a);
CREATE UNIQUE INDEX backed_b ON backed (b);
CREATE INDEX backed_b_plain ON backed (b);
CREATE UNIQUE INDEX backed_c ON backed (c) INCLUDE (d);
CREATE UNIQUE INDEX backed_target ON backed (e);
CREATE UNIQUE INDEX backed_target_2 ON backed (e);
CREATE TABLE backed_by (e text COLLATE "C" REFERENCES backed (e));
ALTER TABLE backed ALTER d SET NOT NULL;
CREATE UNIQUE INDEX backed_identity ON backed (d);
CREATE UNIQUE INDEX backed_identity_2 ON backed (d);
ALTER TABLE backed REPLICA IDENTITY USING INDEX backed_identity_2;
CREATE INDEX backed_clustered ON backed (flag);
CREATE INDEX backed_clustered_2 ON backed (flag, a);
ALTER TABLE backed CLUSTER ON backed_clustered;

-- alike, but not the same
CREATE TABLE alike (LIKE t);
CREATE INDEX alike_d ON alike (d);
CREATE INDEX alike_d_pattern ON alike (d text_pattern_ops);
CREATE INDEX alike_d_c ON alike (d COLLATE "C");
CREATE INDEX alike_d_hash ON alike USING hash (d);
CREATE INDEX alike_ba ON alike (b, a);
CREATE INDEX alike_ab ON alike (a, b);
CREATE INDEX alike_j ON alike USING gin (j);
CREATE INDEX alike_j_path ON alike USING gin (j jsonb_path_ops);
CREATE INDEX alike_brin ON alike USING brin (a);
CREATE INDEX alike_brin_ab ON alike USING brin (a, b);
CREATE INDEX alike_brin_fine ON alike USING brin (a) WITH (pages_per_range = 4);
CREATE INDEX alike_lower ON alike (lower(d));
CREATE INDEX alike_lower_c ON alike (lower(d COLLATE "C"));

-- other access methods: equals only
CREATE TABLE other (LIKE t);
CREATE INDEX other_j_1 ON other USING gin (j);
CREATE INDEX other_j_2 ON other USING gin (j) WITH (fastupdate = off);
CREATE INDEX other_j_3 ON other USING gin (j);
CREATE INDEX other_r_1 ON other USING gist (r);
CREATE INDEX other_r_2 ON other USING gist (r);
CREATE INDEX other_h_1 ON other USING hash (a);
CREATE INDEX other_h_2 ON other USING hash (a);

-- chains: what is named as covering stays
CREATE TABLE chain (LIKE t);
CREATE INDEX chain_a ON chain (a);
CREATE INDEX chain_a_again ON chain (a);
CREATE INDEX chain_ab ON chain (a, b);
CREATE INDEX chain_ab_back ON chain (a DESC, b DESC);
CREATE INDEX chain_abc ON chain (a, b, c);

-- of two that cover each other the one in use stays
CREATE TABLE busy AS SELECT * FROM t;
CREATE INDEX busy_idle ON busy (a);
CREATE INDEX busy_used ON busy (a);

-- varchar and text sort alike
CREATE TABLE alias (v varchar);
CREATE INDEX alias_text ON alias (v text_ops);
CREATE INDEX alias_varchar ON alias (v varchar_ops);

-- a partitioned table
CREATE TABLE parted (LIKE t) PARTITION BY RANGE (a);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (1000);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (1000) TO (9000);
CREATE INDEX parted_b ON parted (b);
CREATE INDEX parted_bc ON parted (b, c);
CREATE INDEX parted_1_b_alone ON parted_1 (b);
CREATE INDEX parted_1_d ON parted_1 (d, e);
CREATE INDEX parted_d ON parted (d);
INSERT INTO parted SELECT * FROM t;

SELECT index, covered_by, verdict
FROM mine
WHERE index::text <> 'busy_used'
ORDER BY index::text COLLATE "C";

SET enable_seqscan = off;
SET enable_bitmapscan = off;
BEGIN;
DROP INDEX busy_idle;
SELECT a FROM busy WHERE a = 1;
SELECT pg_stat_force_next_flush();
ROLLBACK;
RESET enable_seqscan;
RESET enable_bitmapscan;
SELECT pg_stat_force_next_flush();
SELECT index, covered_by FROM perfadvisor_redundant_indexes WHERE relation = 'busy'::regclass;

SELECT index, plain(reason) AS reason
FROM mine
ORDER BY index::text COLLATE "C";

-- consistent, whatever there is
SELECT count(*) AS both_of_a_pair FROM mine x
JOIN mine y ON x.covered_by = y.index AND x.ddl IS NOT NULL AND y.ddl IS NOT NULL;
SELECT count(*) - count(DISTINCT index) AS named_twice FROM mine;
SELECT bool_and((ddl IS NOT NULL) = (verdict = 'drop') AND (undo_ddl IS NOT NULL) = (verdict = 'drop')) AS ddl_to_drop_only,
    bool_and(size_bytes = pg_relation_size(index)) FILTER (WHERE relation <> 'parted'::regclass) AS sized
FROM mine;

-- taken away and taken back
CREATE TABLE before AS
    SELECT i.indexrelid::regclass::text AS index, pg_get_indexdef(i.indexrelid) AS definition
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE c.relnamespace = 'inspect_redundant'::regnamespace;
CREATE TABLE plan AS
    SELECT index::text AS index, ddl, undo_ddl FROM mine WHERE verdict = 'drop';
SELECT count(*), count(*) FILTER (WHERE ddl !~ '^DROP INDEX (CONCURRENTLY )?inspect_redundant\.\w+$') AS odd
FROM plan;
SELECT ddl FROM plan ORDER BY index COLLATE "C" \gexec
SELECT index FROM plan WHERE to_regclass(index) IS NOT NULL;
SELECT index, covered_by FROM mine WHERE verdict = 'drop';
SELECT undo_ddl FROM plan ORDER BY index COLLATE "C" DESC \gexec
SELECT index, definition FROM before
EXCEPT
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i;

-- What the other view wants to drop is not what another one is dropped for.
SET perfadvisor.unused_min_age = 0;
CREATE TABLE judged AS SELECT * FROM t;
CREATE INDEX judged_used ON judged (a);
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT b FROM judged WHERE a = 1;
RESET enable_seqscan;
RESET enable_bitmapscan;
CREATE INDEX judged_wide ON judged (a, b);
SELECT pg_stat_force_next_flush();
SELECT index, verdict FROM perfadvisor_unused_indexes WHERE relation = 'judged'::regclass ORDER BY index::text COLLATE "C";
SELECT index, covered_by, verdict FROM perfadvisor_redundant_indexes WHERE relation = 'judged'::regclass;
SET perfadvisor.unused_min_age = '7d';
SELECT index, verdict FROM perfadvisor_unused_indexes WHERE relation = 'judged'::regclass ORDER BY index::text COLLATE "C";
SELECT index, covered_by, verdict FROM perfadvisor_redundant_indexes WHERE relation = 'judged'::regclass;

SET client_min_messages = warning;
DROP SCHEMA inspect_redundant CASCADE;
