--
-- perfadvisor_info(): what the extension says of itself
--
SELECT 1 AS recorded;
SELECT version, preloaded, entries_max, entries_used > 0 AS used,
    entries_used + entries_free = entries_max AS free,
    shared_bytes BETWEEN 1024 * 1024 AND 64 * 1024 * 1024 AS shared,
    text_bytes_max > 0 AND text_bytes_max < shared_bytes AS text_max,
    text_bytes_used > 0 AND text_bytes_used <= text_bytes_max AS text_used,
    calls > 0 AS calls, own_time_ms >= 0 AS own_time, stats_since <= now() AS since
FROM perfadvisor_info();

-- memory comes back
SELECT perfadvisor_reset() > 0 AS reset;
SELECT entries_used, text_bytes_used < 8192 AS text_used FROM perfadvisor_info();

-- a long statement, and one that is too long to be kept as a whole
DO $$
DECLARE
    list text := (SELECT string_agg(g::text, ', ') FROM generate_series(10000, 19999) g);
BEGIN
    EXECUTE 'SELECT 1 IN (' || list || ') AS padv_long';
    EXECUTE 'SELECT 1 AS padv_huge, $x$' || repeat('x', 2000000) || '$x$';
    EXECUTE 'SELECT 2 AS padv_clipped /* ' || repeat('x', 2000000) || ' */, 3';
END
$$;
SELECT left(query, 16) AS start, right(query, 14) AS tail, length(query) > 50000 AS long
FROM perfadvisor_queries WHERE query LIKE 'SELECT % AS padv_long';
SELECT query FROM perfadvisor_queries WHERE query LIKE 'SELECT % AS padv_huge%';
SELECT left(query, 29) AS start, length(query) < 100000 AS clipped
FROM perfadvisor_queries WHERE query LIKE 'SELECT % AS padv_clipped%';
SELECT perfadvisor_reset() > 0 AS reset;
