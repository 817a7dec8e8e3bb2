--
-- What wants care: bloat, missing and stale statistics, dead rows, foreign
-- keys whose checks read whole tables, correlated columns.
--
CREATE SCHEMA inspect_care;
SET search_path = inspect_care, public;
SET client_min_messages = warning;
SET plan_cache_mode = force_custom_plan;
SELECT perfadvisor_reset() >= 0 AS reset;
CREATE FUNCTION plain(reason text) RETURNS text LANGUAGE sql RETURN
    regexp_replace(regexp_replace(regexp_replace(regexp_replace(reason,
        ',? (since|on|was on) \d{4}-\d\d-\d\d \d\d:\d\d', '', 'g'),
        '[0-9,]+ (bytes|kB|MB)', 'SIZE', 'g'),
        'took [0-9.]+ ms', 'took TIME', 'g'),
        '\m[0-9][0-9,.]*\M', 'N', 'g');

--
-- Bloat: not known without statistics, nor without rights
--
CREATE TABLE swollen (id int PRIMARY KEY, k int, s text);
INSERT INTO swollen SELECT g, g % 500, md5(g::text) FROM generate_series(1, 60000) g;
CREATE INDEX swollen_s ON swollen (s);
CREATE INDEX swollen_upper ON swollen (upper(s));
CREATE INDEX swollen_k ON swollen (k);
CREATE VIEW bloated AS
    SELECT index, verdict, size_bytes = pg_relation_size(index) AS sized, expected_bytes IS NOT NULL AS known,
        bloat_bytes = size_bytes - expected_bytes AS sums, plain(reason) AS reason, ddl
    FROM perfadvisor_bloated_indexes WHERE relation = 'swollen'::regclass
    ORDER BY index::text COLLATE "C";
SELECT * FROM bloated;
-- freshly built they are as expected
-- every row is in the sample, so that all runs have the same statistics
SET default_statistics_target = 200;
ANALYZE swollen;
SELECT * FROM bloated;
DELETE FROM swollen WHERE id % 10 <> 0;
SELECT pg_stat_force_next_flush();
VACUUM ANALYZE swollen;
SELECT * FROM bloated;
CREATE ROLE regress_padv_monitor IN ROLE pg_monitor;
GRANT USAGE ON SCHEMA inspect_care TO regress_padv_monitor;
SET ROLE regress_padv_monitor;
SELECT index, verdict, expected_bytes, bloat_bytes, bloat_pct, reason, ddl
FROM perfadvisor_bloated_indexes WHERE relation = 'swollen'::regclass
ORDER BY index::text COLLATE "C";
SELECT count(*) FROM perfadvisor_recommendations() WHERE kind IN ('reindex', 'create_statistics') AND relation = 'swollen'::regclass;
SELECT padv_fresh_bytes('swollen_s'::regclass) AS secret;
RESET ROLE;
GRANT SELECT (s) ON swollen TO regress_padv_monitor;
SET ROLE regress_padv_monitor;
SELECT index, verdict FROM perfadvisor_bloated_indexes WHERE relation = 'swollen'::regclass
ORDER BY index::text COLLATE "C";
RESET ROLE;
REVOKE SELECT (s) ON swollen FROM regress_padv_monitor;
GRANT SELECT ON swollen TO regress_padv_monitor;
ALTER TABLE swollen ENABLE ROW LEVEL SECURITY;
SET ROLE regress_padv_monitor;
SELECT DISTINCT verdict, reason FROM perfadvisor_bloated_indexes WHERE relation = 'swollen'::regclass;
RESET ROLE;
ALTER TABLE swollen DISABLE ROW LEVEL SECURITY;
-- the gain that was expected comes
CREATE TABLE was AS SELECT index::text AS index, size_bytes, expected_bytes, ddl
    FROM perfadvisor_bloated_indexes WHERE relation = 'swollen'::regclass AND verdict = 'reindex';
SELECT r.priority, r.undo_ddl, r.size_bytes = w.expected_bytes - w.size_bytes AS frees, r.detail ->> 'index' = 'inspect_care.' || w.index AS names
FROM perfadvisor_recommendations() r JOIN was w USING (ddl) WHERE r.kind = 'reindex';
SELECT ddl FROM was ORDER BY ddl COLLATE "C" \gexec
SELECT w.index, pg_relation_size(w.index::regclass) BETWEEN 0.75 * expected_bytes AND 1.25 * expected_bytes AS as_expected
FROM was w ORDER BY 1;
SELECT * FROM bloated;

--
-- Statistics and dead rows
--
CREATE TABLE fresh (id int, k int);
CREATE TABLE never (id int, k int);
CREATE TABLE stale (id int, k int);
CREATE TABLE dead (id int, k int);
CREATE TABLE trusted (id int, k int) WITH (autovacuum_analyze_threshold = 100000);
CREATE TABLE nothing (id int);
CREATE TABLE parent (id int, k int) PARTITION BY RANGE (id);
CREATE TABLE parent_1 PARTITION OF parent FOR VALUES FROM (0) TO (1000);
CREATE TABLE parent_2 PARTITION OF parent FOR VALUES FROM (1000) TO (9999);
CREATE TABLE extended (id int, k int);
INSERT INTO fresh SELECT g, g FROM generate_series(1, 2000) g;
INSERT INTO never SELECT g, g FROM generate_series(1, 2000) g;
INSERT INTO stale SELECT g, g FROM generate_series(1, 2000) g;
INSERT INTO dead SELECT g, g FROM generate_series(1, 20000) g;
INSERT INTO trusted SELECT g, g FROM generate_series(1, 2000) g;
INSERT INTO parent SELECT g, g FROM generate_series(1, 2000) g;
INSERT INTO extended SELECT g, g FROM generate_series(1, 2000) g;
-- so that nothing is counted later than it happened
SELECT pg_stat_force_next_flush();
ANALYZE fresh, stale, dead, trusted, extended, parent_1, parent_2;
CREATE STATISTICS extended_id_k ON id, k FROM extended;
INSERT INTO stale SELECT g, g FROM generate_series(1, 4000) g;
INSERT INTO trusted SELECT g, g FROM generate_series(1, 4000) g;
DELETE FROM dead WHERE id > 2000;
SELECT pg_stat_force_next_flush();
SELECT relation, action, rows > 0 AS rows, changed_rows > threshold AS over, verdict, plain(reason) AS reason, ddl
FROM perfadvisor_neglected_tables WHERE relation::text IN
    ('fresh', 'never', 'stale', 'dead', 'trusted', 'nothing', 'parent', 'parent_1', 'parent_2', 'extended')
ORDER BY relation::text COLLATE "C", action;
-- anybody learns the same
CREATE TABLE known AS SELECT relation::oid AS relation, action, reason, ddl FROM perfadvisor_neglected_tables
    WHERE relation::text IN ('never', 'stale', 'dead', 'parent', 'extended');
GRANT SELECT ON known TO regress_padv_monitor;
SET ROLE regress_padv_monitor;
SELECT count(*) FROM (SELECT * FROM known EXCEPT SELECT relation, action, reason, ddl FROM perfadvisor_neglected_tables) x;
RESET ROLE;
SELECT ddl, undo_ddl, priority FROM perfadvisor_recommendations()
WHERE kind IN ('analyze', 'vacuum') AND relation::text IN ('never', 'stale', 'dead', 'parent', 'extended')
ORDER BY ddl COLLATE "C";
SET search_path = public;
SELECT ddl FROM perfadvisor_recommendations()
WHERE kind IN ('analyze', 'vacuum') AND relation::text ~ 'inspect_care.(never|stale|dead|parent|extended)$'
ORDER BY kind COLLATE "C" DESC, ddl COLLATE "C" \gexec
SET search_path = inspect_care, public;
SELECT relation, action FROM perfadvisor_neglected_tables
WHERE relation::text IN ('never', 'stale', 'dead', 'parent', 'extended');

--
-- Foreign keys: the checks are planned with an index and without
--
CREATE TABLE owner (id int PRIMARY KEY, note text);
CREATE TABLE thing (owner int REFERENCES owner, "Other" int REFERENCES owner ON DELETE SET NULL, n int);
-- the check of another column: from 18 on, those of two tables count as one statement
CREATE TABLE tiny (n int, m int, owner int REFERENCES owner);
INSERT INTO owner SELECT g, 'o' FROM generate_series(1, 3000) g;
INSERT INTO thing SELECT g % 2000 + 1, g % 2000 + 1, g FROM generate_series(1, 20000) g;
ANALYZE owner, thing, tiny;
DELETE FROM owner WHERE id > 2990;
SELECT pg_stat_force_next_flush();
SELECT constraint_name, checks, checks_ms > 0 AS timed, parent_deletes, check_cost > 100 AS costs, undo_ddl, check_sql
FROM perfadvisor_unindexed_foreign_keys WHERE relation IN ('thing'::regclass, 'tiny'::regclass)
ORDER BY constraint_name COLLATE "C";
-- as the planner has it
SELECT round(w.cost_before - f.check_cost) BETWEEN -2 AND 12 AS alike, w.cost_after < w.cost_before AS cheaper
FROM perfadvisor_unindexed_foreign_keys f, perfadvisor_whatif(f.check_sql, ARRAY[f.ddl]) w
WHERE f.relation = 'thing'::regclass;
SELECT ddl, undo_ddl, cost_after < cost_before AS cheaper, calls > 0 AS called
FROM perfadvisor_recommendations()
WHERE kind = 'create_index' AND relation IN ('thing'::regclass, 'tiny'::regclass) ORDER BY ddl COLLATE "C";
-- what was not recorded is known by the deletes
SELECT perfadvisor_reset() > 0;
SELECT ddl, undo_ddl, cost_after < cost_before AS cheaper, calls, detail ->> 'constraint' AS constraint, plain(reason) AS reason
FROM perfadvisor_recommendations()
WHERE kind = 'create_index' AND relation IN ('thing'::regclass, 'tiny'::regclass) ORDER BY ddl COLLATE "C";

--
-- Correlated columns
--
CREATE TABLE place (id int, city text, zip int, kind int, free int);
INSERT INTO place SELECT g, 'c' || (g % 500) / 5, g % 500, g % 7, g * 7919 % 400 FROM generate_series(1, 20000) g;
ANALYZE place;
CREATE VIEW advised AS
    SELECT ddl, undo_ddl, calls, cardinality(queryids) AS statements, plain(reason) AS reason,
        (detail ->> 'error_before')::float8 >= 10 * (detail ->> 'error_after')::float8 AS proven
    FROM perfadvisor_recommendations() WHERE kind = 'create_statistics' AND relation = 'place'::regclass;
SELECT * FROM advised;
SELECT count(*) FROM place WHERE city = 'c5' AND zip = 27;
SELECT count(*) FROM place WHERE city = 'c6' AND kind = 3;
SELECT count(*) FROM place WHERE free = 3 AND kind = 4;
SELECT * FROM advised;
-- nothing is left of the trial
SELECT count(*) FROM pg_statistic_ext WHERE stxname ~ 'perfadvisor';
SELECT to_regclass('pg_temp.perfadvisor_sample');
-- for given statements as well, without values
SELECT ddl, calls FROM perfadvisor_advise(ARRAY['SELECT * FROM place WHERE zip = $1 AND city = $2',
    'SELECT * FROM place WHERE free = $1 AND kind = $2'])
WHERE kind = 'create_statistics';
-- a name that is taken, and columns that have to be quoted
CREATE STATISTICS place_city_zip_stat ON id, free FROM place;
ALTER TABLE place RENAME zip TO "Zip Code";
SELECT ddl, undo_ddl FROM perfadvisor_advise(ARRAY[$$SELECT * FROM place WHERE "Zip Code" = 27 AND city = 'c5'$$])
WHERE kind = 'create_statistics';
ALTER TABLE place RENAME "Zip Code" TO zip;
SELECT ddl, undo_ddl FROM perfadvisor_advise(ARRAY[$$SELECT * FROM place WHERE zip = 27 AND city = 'c5'$$])
WHERE kind = 'create_statistics';
-- it cannot be tried where nothing may be written, nor by whom may not read
BEGIN READ ONLY;
SELECT count(*) FROM advised;
COMMIT;
-- carried out and taken back
CREATE TABLE plan AS SELECT ddl, undo_ddl FROM perfadvisor_advise(
    ARRAY[$$SELECT * FROM place WHERE zip = 27 AND city = 'c5'$$]) WHERE kind = 'create_statistics';
CREATE VIEW state AS SELECT pg_get_statisticsobjdef(oid) FROM pg_statistic_ext WHERE stxrelid = 'place'::regclass;
CREATE TABLE before AS TABLE state;
SELECT ddl FROM plan \gexec
TABLE state EXCEPT TABLE before;
SELECT ddl FROM perfadvisor_recommendations() WHERE kind = 'analyze' AND relation = 'place'::regclass;
-- still empty, they are not advised once more
SELECT count(*) FROM advised;
ANALYZE place;
SELECT count(*) FROM advised;
SELECT undo_ddl FROM plan \gexec
TABLE state EXCEPT TABLE before;

DROP OWNED BY regress_padv_monitor;
DROP ROLE regress_padv_monitor;
DROP SCHEMA inspect_care CASCADE;
