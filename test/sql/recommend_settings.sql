--
-- A text is read again as the session read it that ran it
--
CREATE SCHEMA recommend_settings;
SET search_path = recommend_settings, public;
-- in each column one value is everywhere, and the others are rare; read wrongly,
-- a rare one of the statements below is the frequent one, or none at all
CREATE TABLE days AS
SELECT g AS id, repeat('f', 50) AS filler,
    CASE WHEN g % 20 > 0 THEN '2026-01-02' ELSE date '2026-02-01' + g / 20 - 1 END AS day,
    CASE WHEN g % 20 > 0 THEN '2026-02-01 00:00:00+00' ELSE timestamptz '2026-01-31 15:00:00+00' + g / 20 * interval '1 h' - interval '1 h' END AS at,
    CASE WHEN g % 20 > 0 THEN 'a\\b' WHEN g = 20 THEN 'a\b' ELSE 'c' || g END AS path,
    CASE WHEN g % 20 > 0 THEN interval '1 day 2 hours' WHEN g = 20 THEN interval '-1 day -2 hours' ELSE g * interval '1 min' END AS span,
    CASE WHEN g % 500 > 0 THEN g END AS rarely_null,
    CASE WHEN g <> 500 THEN g END AS never
FROM generate_series(1, 20000) g;
VACUUM ANALYZE days;

CREATE VIEW advice AS
    SELECT regexp_replace(ddl, '^.* ON ', '') AS index FROM perfadvisor_recommendations()
    WHERE kind = 'create_index' AND relation = 'days'::regclass ORDER BY ddl COLLATE "C";
CREATE VIEW rest AS
    SELECT relation, predicate, code, CASE WHEN relation IS NULL THEN reason END AS reason
    FROM perfadvisor_why_not()
    WHERE relation = 'days'::regclass OR predicate LIKE '%FROM days%'
    ORDER BY predicate COLLATE "C";
\pset format unaligned
\pset tuples_only on

-- days and months
SELECT perfadvisor_reset() > 0;
SET datestyle = 'German';
SELECT count(*) FROM days WHERE day = '01.02.2026';
SET datestyle = 'SQL, MDY';
SELECT * FROM advice;
SELECT * FROM rest;
RESET datestyle;
SELECT * FROM advice;
SELECT perfadvisor_reset() > 0;
SET datestyle = 'SQL, DMY';
SELECT count(*) FROM days WHERE day = '13/02/2026';
RESET datestyle;
SELECT * FROM advice;
SELECT * FROM rest;
-- asked for by a session that reads days otherwise
SELECT perfadvisor_reset() > 0;
SELECT count(*) FROM days WHERE day = '02/01/2026';
SET datestyle = 'ISO, DMY';
SELECT * FROM advice;
SELECT * FROM rest;
RESET datestyle;

-- one statement, its values from sessions that differ: the frequent day here,
-- a rare one there
SELECT perfadvisor_reset() > 0;
SELECT count(*) FROM days WHERE day = '2026-01-02';
SET datestyle = 'German';
SELECT count(*) FROM days WHERE day = '01.02.2026';
RESET datestyle;
SELECT * FROM advice;

-- midnight in Tokyo
SELECT perfadvisor_reset() > 0;
SET timezone = 'Asia/Tokyo';
SELECT count(*) FROM days WHERE at = '2026-02-01 00:00';
SET timezone = 'UTC';
SELECT * FROM advice;
SELECT * FROM rest;
SELECT perfadvisor_reset() > 0;
SET timezone = '<-03>+3';
SELECT count(*) FROM days WHERE at = '2026-01-31 12:00';
SET timezone = 'UTC';
SELECT * FROM advice;
RESET timezone;

-- the sign of an interval
SELECT perfadvisor_reset() > 0;
SET intervalstyle = 'sql_standard';
SELECT count(*) FROM days WHERE span = '-1 2:00:00';
RESET intervalstyle;
SELECT * FROM advice;
SELECT * FROM rest;

-- backslashes, where they can be something else than themselves
SELECT current_setting('server_version_num')::int < 190000 AS escapes \gset
SELECT perfadvisor_reset() > 0;
\if :escapes
SET escape_string_warning = off;
SET standard_conforming_strings = off;
\set literal '\'a\\\\b\''
\else
\set literal 'E\'a\\\\b\''
\endif
SELECT count(*) FROM days WHERE path = :literal;
\if :escapes
RESET standard_conforming_strings;
RESET escape_string_warning;
\endif
SELECT * FROM advice;
SELECT * FROM rest;

-- what "= NULL" is
SELECT perfadvisor_reset() > 0;
SET transform_null_equals = on;
SELECT count(*) FROM days WHERE never = NULL;
RESET transform_null_equals;
SELECT * FROM advice;
SELECT * FROM rest;

-- a day is no state that rows are in: it makes no partial index, above all
-- not one that is another day tomorrow
SELECT perfadvisor_reset() > 0;
CREATE TABLE states AS
SELECT g AS id, date 'today' + g % 40 AS day, g % 2000 AS a, repeat('f', 80) AS filler
FROM generate_series(1, 20000) g;
VACUUM ANALYZE states;
SELECT count(filler) FROM states WHERE day = 'today' AND a < 5;
SELECT count(filler) FROM states WHERE day = 'today' AND a < 6;
SELECT count(filler) FROM states WHERE day = 'today' AND a < 7;
SELECT count(*) AS advice, bool_or(ddl LIKE '% WHERE %') AS partial
FROM perfadvisor_recommendations() WHERE relation = 'states'::regclass;

-- nothing of it stays
SHOW datestyle;
SHOW standard_conforming_strings;
SHOW intervalstyle;
-- and what cannot be set again is told
SELECT perfadvisor_reset() > 0;
CREATE TEXT SEARCH CONFIGURATION recommend_settings.words (COPY = pg_catalog.simple);
SET default_text_search_config = 'recommend_settings.words';
SELECT count(*) FROM days WHERE id = 7;
RESET default_text_search_config;
DROP TEXT SEARCH CONFIGURATION recommend_settings.words;
SELECT * FROM advice;
SELECT * FROM rest;

SET client_min_messages = warning;
DROP SCHEMA recommend_settings CASCADE;
SELECT perfadvisor_reset() > 0;
