--
-- Conditions that say the same: whoever fetches and sorts the rows for the
-- sake of the first ones fetches many more than the planner thinks
--
CREATE SCHEMA advise_dependent;
SET search_path = advise_dependent, public;
-- what is on sale is in the future
CREATE TABLE events (id int PRIMARY KEY, at timestamp NOT NULL, status text NOT NULL, filler text);
INSERT INTO events
SELECT g, '2026-01-01'::timestamp + (n - 19000) * interval '3 hours',
    CASE WHEN n > 19000 AND g % 3 <> 0 THEN 'ON_SALE' WHEN g % 5 = 0 THEN 'CANCELLED' ELSE 'COMPLETED' END,
    repeat('x', 80)
FROM (SELECT g, g::bigint * 7919 % 20011 AS n FROM generate_series(1, 20000) g) s;
VACUUM ANALYZE events;

-- by how much the advice reckons with more than the planner does
CREATE FUNCTION doubt(statement text) RETURNS TABLE (index text, doubtful boolean) LANGUAGE sql AS
$$
    SELECT regexp_replace(a.ddl, '^.* USING ', ''), a.cost_after > 2 * w.cost_after
    FROM perfadvisor_advise(ARRAY[statement]) a,
        perfadvisor_whatif(statement, ARRAY[a.ddl]) w
$$;
SELECT * FROM doubt($$SELECT id, at FROM events WHERE status = 'ON_SALE' AND at > '2026-01-01' ORDER BY at LIMIT 20$$);
-- where no index can be walked in order, the bitmap is not worth its pages
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SELECT * FROM doubt($$SELECT id, at FROM events WHERE status = 'ON_SALE' AND at > '2026-01-01' ORDER BY at LIMIT 20$$);
-- without a limit all ways to read them read as many
SELECT * FROM doubt($$SELECT id, at FROM events WHERE status = 'ON_SALE' AND at > '2026-01-01' ORDER BY at$$);
-- these have nothing to do with each other
SELECT * FROM doubt($$SELECT id, at FROM events WHERE status = 'CANCELLED' AND at < '2020-01-01' ORDER BY at LIMIT 20$$);
RESET enable_indexscan;
RESET enable_indexonlyscan;

SET client_min_messages = warning;
DROP SCHEMA advise_dependent CASCADE;
