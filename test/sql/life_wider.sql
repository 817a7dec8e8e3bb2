--
-- What was dismissed does not come back in a wider form, unless that is worth
-- much more.
--
CREATE SCHEMA life_wider;
SET search_path = life_wider, public;
CREATE TABLE item AS
SELECT g AS id, g % 200 AS kind, g * 7919 % 50021 AS price, repeat('x', 80) AS filler
FROM generate_series(1, 50000) g;
-- every row is in the sample, so that all runs have the same statistics
SET default_statistics_target = 200;
VACUUM ANALYZE item;
SELECT perfadvisor_reset() \g /dev/null
CREATE FUNCTION run(n int, statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. n LOOP
        EXECUTE format(statement, i);
    END LOOP;
END $$;
CREATE VIEW told AS
    SELECT status, regexp_replace(ddl, '^.* USING ', '') AS what, id,
        substring(reason FROM 'It is a wider form.*dismissed') AS wider
    FROM perfadvisor_recommendations()
    WHERE kind = 'create_index' AND relation = 'item'::regclass;

SELECT run(15, 'SELECT * FROM item WHERE kind = %s');
SELECT status, what, wider FROM told;
SELECT perfadvisor_dismiss(id) FROM told;
SELECT status, what, wider FROM told;

-- to this one (kind, price) is worth a little more than (kind): the sort
SELECT run(15, 'SELECT * FROM item WHERE kind = %s ORDER BY price');
SELECT status, what, wider FROM told;

-- to this one it is worth many times as much
SELECT run(15, 'SELECT * FROM item WHERE kind = %s ORDER BY price LIMIT 2');
SELECT status, what, wider FROM told;

SET client_min_messages = warning;
DROP SCHEMA life_wider CASCADE;
