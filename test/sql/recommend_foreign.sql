-- A foreign key of two columns whose checks are recorded: the index that serves
-- these is advised once, in whatever order its columns are.
CREATE SCHEMA recommend_foreign;
SELECT perfadvisor_reset() IS NOT NULL AS reset;
SET search_path = recommend_foreign, public;

CREATE TABLE parent (tenant int, id int, PRIMARY KEY (tenant, id));
INSERT INTO parent SELECT g % 20, g FROM generate_series(1, 5000) g;
CREATE TABLE child (
    n int PRIMARY KEY, tenant int NOT NULL, parent int NOT NULL, note text NOT NULL,
    FOREIGN KEY (tenant, parent) REFERENCES parent ON DELETE CASCADE);
INSERT INTO child
SELECT g, (1 + g % 5000) % 20, 1 + g % 5000, repeat('n', 100) FROM generate_series(1, 25000) g;
VACUUM ANALYZE parent;
VACUUM ANALYZE child;

DELETE FROM parent WHERE tenant = 7 AND id = 7;
DELETE FROM parent WHERE tenant = 8 AND id = 8;
DELETE FROM parent WHERE tenant = 9 AND id BETWEEN 9 AND 200;
SELECT count(*) AS indexes
FROM perfadvisor_recommendations()
WHERE kind = 'create_index' AND relation = 'child'::regclass;
SELECT ddl FROM perfadvisor_recommendations()
WHERE kind = 'create_index' AND relation = 'child'::regclass \gset
:ddl;
SELECT count(*) AS indexes
FROM perfadvisor_recommendations()
WHERE kind = 'create_index' AND status = 'open' AND relation = 'child'::regclass;

RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA recommend_foreign CASCADE;
SELECT perfadvisor_reset() IS NOT NULL AS reset;
