-- Asking for advice is no part of the workload that advice is for: it makes
-- what is advised no less important.
CREATE SCHEMA recommend_asking;
SET search_path = recommend_asking, public;
CREATE TABLE t AS SELECT g AS id, g % 5000 AS a, repeat('f', 50) AS filler FROM generate_series(1, 20000) g;
VACUUM ANALYZE t;
SELECT perfadvisor_reset() \g /dev/null
SELECT count(*) FROM t WHERE a = 5;
SELECT count(*) > 0 AS asked FROM generate_series(1, 5) g, LATERAL
    (SELECT * FROM perfadvisor_recommendations(g * 1000000000::bigint)) r;
SELECT count(*) > 0 AS asked FROM perfadvisor_queries;
SELECT count(*) >= 0 AS asked FROM perfadvisor_unused_indexes;
SELECT priority, regexp_replace(ddl, '^.* USING ', '') AS index
FROM perfadvisor_recommendations() WHERE relation = 't'::regclass AND kind = 'create_index';

SET client_min_messages = warning;
DROP SCHEMA recommend_asking CASCADE;
