--
-- Which statements are told apart before and since when indexes change: those
-- on the tables that were changed, however many these are
--
SET client_min_messages = warning;
CREATE SCHEMA life_change;
SET search_path = life_change, public;
CREATE TABLE touched AS SELECT g AS id, g % 10 AS a FROM generate_series(1, 1000) g;
CREATE TABLE untouched AS SELECT * FROM touched;
CREATE TABLE part (id int, a int) PARTITION BY RANGE (id);
CREATE TABLE part1 PARTITION OF part FOR VALUES FROM (0) TO (1000);
CREATE TABLE part2 PARTITION OF part FOR VALUES FROM (1000) TO (2000);
SELECT perfadvisor_reset() >= 0 AS reset;
SELECT count(*) FROM touched WHERE a = 1;
SELECT count(*) FROM untouched WHERE a = 1;
SELECT count(*) FROM part WHERE a = 1;
SELECT count(*) FROM touched JOIN untouched USING (id);
CREATE VIEW told AS
SELECT query, last_at IS NOT NULL AS marked FROM padv_read_statements() WHERE query ~ 'touched|part';

-- in one transaction more tables and indexes than anybody has
DO $$
BEGIN
    FOR i IN 1 .. 300 LOOP
        EXECUTE format('CREATE TABLE many%s (id int PRIMARY KEY, a int)', i);
    END LOOP;
END $$;
CREATE INDEX ON touched (a);
SELECT * FROM told ORDER BY query COLLATE "C";
SELECT count(*) FROM many7 WHERE a = 1;
DO $$
BEGIN
    FOR i IN 1 .. 300 LOOP
        EXECUTE format('CREATE INDEX ON many%s (a)', i);
    END LOOP;
    CREATE INDEX ON part1 (a);
END $$;
SELECT query, last_at IS NOT NULL AS marked FROM padv_read_statements()
WHERE query ~ 'FROM (many|part|untouched) ?' AND query !~ 'read' ORDER BY query COLLATE "C";
-- taken back, nothing has happened
BEGIN;
CREATE INDEX ON untouched (a);
ROLLBACK;
SELECT * FROM told WHERE query ~ 'FROM untouched';
DROP SCHEMA life_change CASCADE;
