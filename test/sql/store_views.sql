--
-- The views: their columns, what they say, and to whom
--
-- Measures real times: it may be tried twice.
--
SELECT c.relname, string_agg(a.attname, ', ' ORDER BY a.attnum) AS columns
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relname IN ('perfadvisor_queries', 'perfadvisor_slow_queries',
    'perfadvisor_seq_scans', 'perfadvisor_predicates')
GROUP BY c.relname ORDER BY c.relname;

CREATE SCHEMA store_views;
CREATE ROLE padv_views_user;
CREATE ROLE padv_views_reader IN ROLE pg_read_all_stats;
GRANT ALL ON SCHEMA store_views TO padv_views_user;
SET search_path = store_views, public;
CREATE TABLE "Order Items" (id int, "userId" int, state text, data jsonb);
INSERT INTO "Order Items"
    SELECT g, g % 100, CASE WHEN g % 10 = 0 THEN 'open' ELSE 'done' END, '{}'
    FROM generate_series(1, 1000) g;
ANALYZE "Order Items";
GRANT ALL ON "Order Items" TO padv_views_user;
SELECT perfadvisor_reset() > 0 AS reset;

-- sequential scans and predicates
SELECT count(*) FROM "Order Items" WHERE state = 'open';
SELECT count(*) FROM "Order Items" WHERE "userId" = 7 AND state IS NOT NULL;
SELECT count(*) FROM "Order Items" WHERE lower(state) = 'open';
SELECT id FROM "Order Items" WHERE id IN (1, 2, 3) ORDER BY id;
CREATE VIEW scans AS
    SELECT query, scans, rows_read, rows_returned, selectivity_pct,
        relation_bytes > 0 AS size, total_ms > 0 AS time, predicate
    FROM perfadvisor_seq_scans WHERE relation = '"Order Items"'::regclass
    ORDER BY query COLLATE "C";
CREATE VIEW predicates AS
    SELECT target, operator, role, uses, rows_in, rows_out, selectivity_pct,
        cardinality(queryids) AS statements, example
    FROM perfadvisor_predicates WHERE relation = '"Order Items"'::regclass
    ORDER BY target COLLATE "C", operator COLLATE "C", role, example COLLATE "C";
\x
SELECT * FROM scans;
SELECT * FROM predicates;
\x

-- calls that are not watched closely are counted all the same
SELECT count(*) FROM "Order Items" WHERE state = 'open'
\g (format=unaligned tuples_only)
DO $$
BEGIN
    FOR i IN 1..99 LOOP
        EXECUTE 'SELECT count(*) FROM "Order Items" WHERE state = ''open''';
    END LOOP;
END
$$;
SELECT sum(scans) AS scans, sum(rows_read) AS rows_read,
    sum(rows_returned) AS rows_returned, max(selectivity_pct) AS pct
FROM scans WHERE query LIKE '%state = $1%';
SELECT uses, rows_in, rows_out, selectivity_pct FROM predicates
WHERE target = 'state' AND operator = '=';

-- slow statements
SET perfadvisor.slow_query_ms = '1s';
SELECT count(*), pg_sleep(1.05) IS NULL FROM "Order Items" WHERE id = 42 GROUP BY 2;
SELECT query, slow_calls, slow_pct, calls,
    mean_ms >= 1050 AND mean_ms <= p50_ms * 1.05 AND p99_ms <= max_ms AS times,
    total_ms >= 1050 AND slow_ms = total_ms AS total, tail_ratio BETWEEN 0.95 AND 1.05 AS tail,
    last_slow_at > now() - interval '1 hour' AS recent, example
FROM perfadvisor_slow_queries WHERE query LIKE '%Order Items%';
PREPARE slow(int, text) AS
    SELECT pg_sleep(1.05) IS NULL, id FROM "Order Items" WHERE id = $1 OR state = $2;
EXECUTE slow(1, 'it''s');
EXECUTE slow(NULL, NULL);
SELECT calls, slow_calls, example FROM perfadvisor_slow_queries
WHERE query LIKE '%id = $1 OR state = $2%';
DEALLOCATE slow;
RESET perfadvisor.slow_query_ms;

-- who may see what
SET ROLE padv_views_user;
SELECT count(*) AS own FROM "Order Items" WHERE "userId" > 50;
SELECT query, calls, queryid IS NOT NULL AS queryid FROM perfadvisor_queries
WHERE username = 'padv_views_user' AND query LIKE '%> $1%';
SELECT count(*) > 0 AS rows, bool_and(query = '<insufficient privilege>') AS query,
    bool_and(queryid IS NULL) AS queryid, bool_and(calls > 0) AS calls
FROM perfadvisor_queries WHERE username <> current_user;
SELECT count(*) > 0 AS rows, bool_and(query = '<insufficient privilege>') AS query,
    bool_and(example = '<insufficient privilege>') AS example
FROM perfadvisor_slow_queries;
SELECT count(*) > 0 AS rows, bool_and(predicate = '<insufficient privilege>') AS predicate
FROM perfadvisor_seq_scans WHERE userid <> 'padv_views_user'::regrole;
SELECT target, operator, example, cardinality(queryids) AS statements
FROM perfadvisor_predicates WHERE relation = '"Order Items"'::regclass
    AND role = 'filter'
ORDER BY target COLLATE "C", operator COLLATE "C";
RESET ROLE;
SET ROLE padv_views_reader;
SELECT count(*) FROM perfadvisor_queries WHERE query = '<insufficient privilege>';
SELECT count(*) > 0 AS rows FROM perfadvisor_predicates WHERE example LIKE '%Order Items%';
RESET ROLE;

-- what was renamed shows its new name, what was dropped is gone
ALTER TABLE "Order Items" RENAME COLUMN state TO status;
ALTER TABLE "Order Items" DROP COLUMN "userId";
SELECT DISTINCT target, operator FROM perfadvisor_predicates
WHERE relation = '"Order Items"'::regclass AND role = 'filter'
ORDER BY target, operator;
SELECT DISTINCT predicate FROM perfadvisor_seq_scans
WHERE relation = '"Order Items"'::regclass ORDER BY predicate;
CREATE FUNCTION shout(text) RETURNS text LANGUAGE plpgsql IMMUTABLE
    AS $$ BEGIN RETURN upper($1) || '!'; END $$;
SELECT count(*) FROM "Order Items" WHERE shout(status) = 'OPEN!';
SELECT target FROM perfadvisor_predicates WHERE target LIKE '%shout%';
DROP FUNCTION shout;
SELECT target FROM perfadvisor_predicates WHERE target LIKE '%shout%';
SELECT predicate FROM perfadvisor_seq_scans WHERE query LIKE '%shout%';
DROP SCHEMA store_views CASCADE;
SELECT count(*) FROM perfadvisor_seq_scans WHERE query LIKE '%"Order Items"%';
SELECT count(*) FROM perfadvisor_predicates WHERE example LIKE '%"Order Items"%';

-- a role that is gone
SELECT count(*) > 0 AS found FROM perfadvisor_queries WHERE username = 'padv_views_user';
DROP ROLE padv_views_user;
DROP ROLE padv_views_reader;
SELECT count(*) > 0 AS found FROM perfadvisor_queries
WHERE username LIKE 'unknown (OID=%)';

-- the tables of this extension are none of the application's
SELECT count(*) >= 0 AS read FROM perfadvisor_snapshots;
SELECT count(*) FROM (
    SELECT relation FROM perfadvisor_seq_scans UNION ALL
    SELECT relation FROM perfadvisor_predicates UNION ALL
    SELECT relation FROM perfadvisor_why_not() UNION ALL
    SELECT relation FROM perfadvisor_unused_indexes) AS t
JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = t.relation AND d.deptype = 'e';
