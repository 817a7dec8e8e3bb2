-- A hundred tables as applications have them, of a few thousand rows each, with
-- their primary keys and nothing else; equal runs give equal rows.
SELECT format('CREATE TABLE entity_%1$s (id bigint PRIMARY KEY, account_id bigint,
	owner_id bigint, parent_id bigint, status text, kind int, email text,
	amount numeric(12,2), active boolean, created_at timestamptz,
	updated_at timestamptz, note text)', n)
FROM generate_series(1, 100) n
\gexec

SELECT format('INSERT INTO entity_%1$s SELECT i, i %% 97, i * 7 %% 1009,
	i * 13 %% 3001, (ARRAY[''new'', ''open'', ''done'', ''void''])[1 + i %% 17 / 5],
	i %% 7, ''user'' || i || ''@example.org'', i * 31 %% 10007, i %% 3 > 0,
	timestamptz ''2026-01-01 UTC'' + i * interval ''3 minutes'',
	timestamptz ''2026-02-01 UTC'' + i * 7919 %% 20011 * interval ''1 minute'',
	repeat(''x'', 40 + i %% 60)
	FROM generate_series(1, 3000 + %1$s * 20) i', n)
FROM generate_series(1, 100) n
\gexec

VACUUM ANALYZE;
