--
-- Whatever the settings of the session: texts of advice are the same, and run
-- under them as they stand
--
SET client_min_messages = warning;
CREATE SCHEMA advise_settings;
CREATE TABLE advise_settings.t AS
SELECT g AS id, CASE WHEN g % 100 = 0 THEN E'r\\are''s' ELSE 'common' || g % 5 END AS s,
    decode(lpad(to_hex(g), 8, '0'), 'hex') AS b, g / 7.0::float8 AS f,
    timestamptz '2024-01-02 03:04:05+00' + g * interval '1 minute' AS ts,
    g * interval '1 day 02:03:04' AS i, g % 1000 AS a
FROM generate_series(1, 20000) g;
ANALYZE advise_settings.t;
CREATE INDEX t1 ON advise_settings.t (id) WHERE s <> E'b\\ack"sla\\sh''s' AND b > '\x005c27ff';
CREATE INDEX t2 ON advise_settings.t (a) WHERE f > 0.1::float8 + 0.2::float8 AND ts > '2024-02-03 04:05:06.789+00';
CREATE INDEX t3 ON advise_settings.t (a, id) WHERE i < '-1 day -02:03:04' OR s = '\';
CREATE INDEX t4 ON advise_settings.t ((s || '\n'), (s || ' E''\'));
-- each of them twice, so that there is one to drop
SELECT replace(pg_get_indexdef(indexrelid), 'INDEX t', 'INDEX u')
FROM pg_index WHERE indrelid = 'advise_settings.t'::regclass ORDER BY indexrelid \gexec
CREATE VIEW advise_settings.definition AS
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS text
FROM pg_index WHERE indrelid = 'advise_settings.t'::regclass;
CREATE TABLE advise_settings.before AS SELECT * FROM advise_settings.definition;
CREATE VIEW advise_settings.drops AS
SELECT replace(index::text, '"', '') AS index, ddl, undo_ddl FROM perfadvisor_redundant_indexes
WHERE relation = 'advise_settings.t'::regclass AND verdict = 'drop';
CREATE VIEW advise_settings.creates AS
SELECT id, ddl FROM perfadvisor_advise(ARRAY[
    $$SELECT * FROM advise_settings.t WHERE s = E'r\\are''s' AND ts < '2024-01-05 00:00+00'$$,
    $$SELECT * FROM advise_settings.t WHERE i = interval '5 days 10:15:20'$$]);
CREATE TABLE advise_settings.told AS
SELECT 'drop' AS what, index AS name, ddl, undo_ddl FROM advise_settings.drops
UNION ALL SELECT 'create', id, ddl, NULL FROM advise_settings.creates;
SELECT what, name, ddl, undo_ddl FROM advise_settings.told WHERE what = 'drop' ORDER BY name;
SELECT regexp_replace(ddl, ' INDEX CONCURRENTLY \w+', ' INDEX') AS ddl
FROM advise_settings.told WHERE what = 'create' ORDER BY ddl COLLATE "C";

SET DateStyle = 'German';
SET IntervalStyle = 'sql_standard';
SET TimeZone = 'Asia/Kathmandu';
SET bytea_output = 'escape';
SET extra_float_digits = -15;
SET quote_all_identifiers = on;
SET backslash_quote = on;
DO $$
BEGIN
    -- PostgreSQL 19 knows but the one way
    IF current_setting('server_version_num')::int < 190000 THEN
        SET escape_string_warning = off;
        SET standard_conforming_strings = off;
    END IF;
END $$;
SET search_path = advise_settings, public;
SELECT what, name, n.undo_ddl, t.undo_ddl AS undo_before
FROM (SELECT 'drop' AS what, index AS name, undo_ddl FROM advise_settings.drops
      UNION ALL SELECT 'create', id, ddl FROM advise_settings.creates) n
    FULL JOIN (SELECT what, replace(name, 'advise_settings.', '') AS name, coalesce(undo_ddl, ddl) AS undo_ddl
               FROM advise_settings.told) t USING (what, name)
WHERE n.undo_ddl IS DISTINCT FROM t.undo_ddl;
-- what is carried out here is what was meant there
SELECT ddl FROM advise_settings.told WHERE what = 'drop' ORDER BY name \gexec
SELECT undo_ddl FROM advise_settings.told WHERE what = 'drop' ORDER BY name \gexec
SELECT ddl FROM advise_settings.told WHERE what = 'create' ORDER BY ddl COLLATE "C" \gexec
RESET ALL;
SET client_min_messages = warning;
SELECT name, d.text, b.text AS before
FROM advise_settings.definition d FULL JOIN advise_settings.before b USING (name)
WHERE d.text IS DISTINCT FROM b.text AND (b.name IS NOT NULL OR d.text IS NULL);
-- and the planner takes the index for the one that was advised
SELECT plan_before ~ 'Index Cond.*ts' AS used FROM perfadvisor_whatif(
    $$SELECT * FROM advise_settings.t WHERE s = E'r\\are''s' AND ts < '2024-01-05 00:00+00'$$);
DROP SCHEMA advise_settings CASCADE;
