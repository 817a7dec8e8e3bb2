--
-- What a statement needs may be gone by the time that somebody asks.
--
SET client_min_messages = warning;
CREATE SCHEMA recommend_gone;
SET search_path = recommend_gone, public;
CREATE TABLE parcel (id int, weight int, note text);
INSERT INTO parcel SELECT g, g, repeat('x', 50) FROM generate_series(1, 20000) g;
VACUUM ANALYZE parcel;
CREATE TYPE pair AS (a int, b int);
SELECT perfadvisor_reset() > 0 AS reset;
PREPARE by_pair(pair) AS SELECT count(*) FROM parcel WHERE id = ($1).a;
EXECUTE by_pair('(5,6)');
EXECUTE by_pair('(6,7)');
SELECT regexp_replace(ddl, '^.* ON ', '') AS index FROM perfadvisor_recommendations();
DEALLOCATE by_pair;
DROP TYPE pair;
SELECT regexp_replace(ddl, '^.* ON ', '') AS index FROM perfadvisor_recommendations();
SELECT code, reason FROM perfadvisor_why_not();
SELECT verdict, reason FROM perfadvisor_evaluate(ARRAY['CREATE INDEX ON recommend_gone.parcel (id)']);

RESET search_path;
DROP SCHEMA recommend_gone CASCADE;
SELECT perfadvisor_reset() > 0 AS reset;
