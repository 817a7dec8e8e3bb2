-- SELECT INTO is advised on as the query that fills the table.
CREATE SCHEMA recommend_into;
SET search_path = recommend_into, public;
CREATE TABLE source (id int, code int, filler text);
INSERT INTO source SELECT i, i % 1000, 'some text ' || i FROM generate_series(1, 50000) i;
-- every row is in the sample, so that all runs have the same statistics
SET default_statistics_target = 200;
ANALYZE source;

SELECT * INTO first FROM source WHERE id = 77;
SELECT * INTO second FROM source WHERE id = 78;
WITH few AS (SELECT * FROM source WHERE id = 79)
SELECT few.id INTO third FROM few UNION ALL SELECT id FROM source WHERE id = 80;
SELECT kind, ddl FROM perfadvisor_recommendations()
WHERE relation = 'source'::regclass AND kind = 'create_index';

SELECT kind, ddl FROM perfadvisor_advise(ARRAY[
    'SELECT * INTO fourth FROM source WHERE code = 5 UNION SELECT * FROM source WHERE code = 6']);
SELECT improvement_pct > 30 AS better, indexes_used FROM perfadvisor_whatif(
    'SELECT * INTO fourth FROM source WHERE code = 5', ARRAY['CREATE INDEX ON source (code)']);
SELECT to_regclass('fourth') IS NULL AS nothing_made;

RESET search_path;
DROP SCHEMA recommend_into CASCADE;
