--
-- GIN indexes with and without a list of pending entries, which is good for
-- what is written more than searched, and bad for the opposite.
--
SET client_min_messages = warning;
CREATE SCHEMA recommend_pending;
SET search_path = recommend_pending, public;
CREATE TABLE page (id int PRIMARY KEY, views int NOT NULL, tags int[]);
INSERT INTO page SELECT g, g, ARRAY[g, g + 1, g + 2, g + 3] FROM generate_series(1, 20000) g;
VACUUM ANALYZE page;

-- given statements, by how often they run, so that no measured time decides
SELECT n AS inserts, regexp_replace(ddl, '^.* USING ', '') AS index, (detail->>'pending_pages')::float8 > 0 AS pending,
    reason LIKE '%not in their place yet%' AS told
FROM (VALUES (0), (1), (35)) x (n), perfadvisor_advise(ARRAY['SELECT count(*) FROM page WHERE tags @> ARRAY[7]',
    'INSERT INTO page VALUES (0, 0, ARRAY[1])'], ARRAY[10, n])
ORDER BY n;

-- made as advised, or without the parameter: it is the same advice
SELECT perfadvisor_reset() > 0 AS reset;
DO $$
BEGIN
    FOR i IN 1..30 LOOP
        PERFORM count(*) FROM page WHERE tags @> ARRAY[i];
    END LOOP;
    FOR i IN 1..3 LOOP
        INSERT INTO page VALUES (20000 + i, 0, ARRAY[i]);
    END LOOP;
END
$$;
SELECT id AS page_id, ddl AS page_ddl FROM perfadvisor_recommendations() WHERE relation = 'page'::regclass \gset
:page_ddl;
SELECT regexp_replace(pg_get_indexdef(indexrelid), '^.* USING ', '') AS index
FROM pg_index WHERE indrelid = 'page'::regclass AND NOT indisprimary;
SELECT kind, status FROM perfadvisor_recommendations() WHERE id = :'page_id';
DROP INDEX page_tags_idx;
CREATE INDEX page_tags ON page USING gin (tags);
SELECT kind, status FROM perfadvisor_recommendations() WHERE id = :'page_id';

RESET search_path;
DROP SCHEMA recommend_pending CASCADE;
SELECT perfadvisor_reset() > 0 AS reset;
