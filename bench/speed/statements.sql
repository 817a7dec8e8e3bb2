-- The first N distinct statements: number s reads or writes table s % 100 with
-- the clauses that the digits of s / 100 choose, so that no two are alike.
-- "calls" are how often each of them runs.
CREATE FUNCTION statement_text(s int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT format(CASE
		WHEN v % 20 = 19 THEN 'UPDATE entity_%1$s SET %6$s = %6$s WHERE %2$s AND %3$s'
		WHEN v % 20 = 9 THEN 'DELETE FROM entity_%1$s WHERE %2$s AND %3$s AND note IS NULL'
		WHEN v % 5 = 1 THEN 'SELECT e.id, p.%6$s FROM entity_%1$s e JOIN entity_%4$s p ON p.id = e.parent_id WHERE e.%2$s AND e.%3$s'
		WHEN v % 5 = 3 THEN 'SELECT count(*), sum(amount) FROM entity_%1$s WHERE %2$s AND %3$s GROUP BY %6$s'
		ELSE 'SELECT id, %6$s FROM entity_%1$s WHERE %2$s AND %3$s ORDER BY %5$s LIMIT 20'
		END,
		1 + s % 100,
		(ARRAY['account_id = 11', 'owner_id = 70', 'parent_id = 130',
			'email = ''user77@example.org'''])[1 + v % 4],
		(ARRAY['status = ''void''', 'kind = 3', 'active',
			'created_at > ''2026-01-05''', 'updated_at < ''2026-02-03''',
			'amount > 9900', 'status IN (''new'', ''open'')',
			'kind > 4', 'NOT active', 'amount BETWEEN 10 AND 20'])[1 + v / 4 % 10],
		1 + (s % 100 + 1 + v) % 100,
		(ARRAY['created_at DESC', 'id', 'updated_at'])[1 + v / 2 % 3],
		(ARRAY['note', 'status', 'kind', 'amount', 'updated_at'])[1 + v / 8 % 5])
	FROM (VALUES (s / 100)) d (v)
$$;

CREATE TABLE statement AS
SELECT s AS id, statement_text(s) AS query, 1 + s % 3 AS calls
FROM generate_series(0, 3999) s;
ALTER TABLE statement ADD PRIMARY KEY (id);
ANALYZE statement;

-- ---- for the script ----

-- Processor time of this backend in milliseconds, as the system counts it.
CREATE FUNCTION processor_ms() RETURNS bigint LANGUAGE sql VOLATILE AS $$
	SELECT 10 * (f[14]::bigint + f[15]::bigint)
	FROM string_to_array(pg_read_file(
		format('/proc/%s/stat', pg_backend_pid())), ' ') f
$$;
