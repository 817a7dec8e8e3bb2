--
-- perfadvisor_info(): what the extension says of itself
--
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
SET client_min_messages = warning;
DO $$
BEGIN
    EXECUTE 'SELECT ' || repeat('1 + ', 10000) || '1 AS padv_long';
    EXECUTE 'SELECT 1 AS padv_huge /* ' || repeat('x', 2000000) || ' */';
END
$$;
RESET client_min_messages;
SELECT substr(query, 1, 10) AS start, right(query, 14) AS tail, length(query) > 30000 AS long
FROM perfadvisor_queries WHERE query LIKE '%AS padv_long' AND query NOT LIKE '%perfadvisor%';
SELECT substr(query, 1, 24) AS start, length(query) < 20000 AS clipped
FROM perfadvisor_queries WHERE query LIKE 'SELECT $1 AS padv_huge%';
SELECT perfadvisor_reset() > 0 AS reset;
