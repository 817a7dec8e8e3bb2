--
-- What works without preloading, and what says what is missing
--
CREATE TABLE nopreload (id int PRIMARY KEY, a int, filler text);
INSERT INTO nopreload SELECT g, g % 2000, repeat('x', 60) FROM generate_series(1, 20000) g;
VACUUM ANALYZE nopreload;
SELECT ddl FROM perfadvisor_advise(ARRAY['SELECT * FROM nopreload WHERE a = $1']);
SELECT cost_after < cost_before AS cheaper, indexes_used
FROM perfadvisor_whatif('SELECT * FROM nopreload WHERE a = 3', ARRAY['CREATE INDEX ON nopreload (a)']);
-- nothing is executed
SELECT count(*) FROM perfadvisor_advise(ARRAY['DELETE FROM nopreload WHERE a = 3']);
SELECT count(*) FROM nopreload;
SELECT * FROM perfadvisor_recommendations();
SELECT * FROM perfadvisor_why_not();
SELECT * FROM perfadvisor_evaluate('{}');
SELECT count(*) >= 0 AS works FROM perfadvisor_redundant_indexes;
SELECT count(*) >= 0 AS works FROM perfadvisor_unused_indexes;
DROP TABLE nopreload;
