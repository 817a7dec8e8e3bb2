--
-- One index for one order, and none for a constant that a parameter picks
--
CREATE SCHEMA recommend_order;
SET search_path = recommend_order, public;
CREATE TABLE figures (id int PRIMARY KEY, platform text NOT NULL, at timestamp NOT NULL, views int, filler text);
INSERT INTO figures
SELECT g, (ARRAY['youtube', 'tiktok', 'blog', 'podcast'])[1 + g % 4],
    '2026-01-01'::timestamp + g * interval '5 minutes', g, repeat('x', 100)
FROM generate_series(1, 40000) g;
-- every row is in the sample, so that all runs have the same statistics
SET default_statistics_target = 150;
VACUUM ANALYZE figures;
CREATE VIEW advice AS
SELECT regexp_replace(ddl, '^.* USING ', '') AS index FROM perfadvisor_recommendations()
WHERE kind = 'create_index' ORDER BY 1;
PREPARE latest (int) AS SELECT * FROM figures
    WHERE platform = (ARRAY['youtube', 'tiktok', 'blog', 'podcast'])[$1] ORDER BY at DESC LIMIT 50;
PREPARE week (int) AS SELECT sum(views), max(filler) FROM figures
    WHERE platform = (ARRAY['youtube', 'tiktok', 'blog', 'podcast'])[$1] AND at >= '2026-05-10';
SET plan_cache_mode = force_custom_plan;
SET random_page_cost = 1.1;

-- The planner thinks that rows found by (platform, at) lie anywhere, and takes
-- (at) for cheaper, which reads the same pages for the rows of all platforms.
SELECT perfadvisor_reset() \g /dev/null
EXECUTE latest(1) \g /dev/null
EXECUTE latest(1) \g /dev/null
EXECUTE week(1) \g /dev/null
EXECUTE week(1) \g /dev/null
CREATE INDEX platform_at ON figures (platform, at);
SELECT * FROM advice;
DROP INDEX platform_at;

-- without it, and not only of those that happened to be picked
SELECT * FROM advice;

-- Of two columns that are compared, the planner thinks that rows lie closer
-- together behind the one which happens to lie in order: it is the same rows.
CREATE TABLE entries (id int PRIMARY KEY, owner int NOT NULL, kind text NOT NULL, at timestamp NOT NULL, filler text);
INSERT INTO entries
SELECT g, g::bigint * 7919 % 401, 'k' || g / 8000, '2026-01-01'::timestamp + g * interval '5 minutes', repeat('x', 100)
FROM generate_series(1, 40000) g;
VACUUM ANALYZE entries;
CREATE FUNCTION advised(VARIADIC queries text[]) RETURNS SETOF text LANGUAGE sql AS
$$ SELECT regexp_replace(ddl, '^.* USING ', '') FROM perfadvisor_advise(queries) ORDER BY 1 $$;
SELECT cost_after < cost_before * 0.6 AS thinks_so
FROM (SELECT (w).cost_after, (x).cost_after AS cost_before
    FROM perfadvisor_whatif('SELECT * FROM entries WHERE owner = 7 AND kind = ''k3''', ARRAY['CREATE INDEX ON entries (kind, owner)']) w,
        perfadvisor_whatif('SELECT * FROM entries WHERE owner = 7 AND kind = ''k3''', ARRAY['CREATE INDEX ON entries (owner, kind)']) x) y;
SELECT advised('SELECT * FROM entries WHERE owner = $1 AND kind = $2');
SELECT advised('SELECT * FROM entries WHERE owner = $1 AND kind = $2 ORDER BY at DESC LIMIT 5',
    'SELECT kind, count(*) FROM entries WHERE owner = $1 GROUP BY kind');
SELECT advised('SELECT * FROM entries WHERE owner = $1 AND kind = $2', 'SELECT * FROM entries WHERE kind = $1 AND at > ''2026-05-18''');
CREATE INDEX ON entries (owner, kind);
SELECT advised('SELECT * FROM entries WHERE owner = $1 AND kind = $2');

SET client_min_messages = warning;
DROP SCHEMA recommend_order CASCADE;
