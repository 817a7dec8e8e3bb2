-- Advice as a set: what a new index makes superfluous goes with it, in an order
-- in which no statement is worse off at any step; carried out, there is nothing
-- left to say; taken back, everything is as it was.
CREATE SCHEMA advise_sets;
SET search_path = advise_sets, public;
CREATE TABLE parcel (
    id int PRIMARY KEY, a int NOT NULL, b int NOT NULL, c int NOT NULL, status text NOT NULL,
    at timestamp NOT NULL, filler text NOT NULL);
INSERT INTO parcel
SELECT g, g % 203, g::bigint * 7919 % 20011, g % 301, CASE WHEN g % 40 = 0 THEN 'open' ELSE 'done' END,
    '2026-01-01'::timestamp + g * interval '1 minute', repeat('p', 80)
FROM generate_series(1, 20000) g;
CREATE INDEX parcel_a ON parcel (a);
CREATE INDEX parcel_c ON parcel (c);
CREATE INDEX parcel_status ON parcel (status) WHERE status = 'open';
CREATE UNIQUE INDEX parcel_b ON parcel (b);
VACUUM ANALYZE parcel;

CREATE TABLE workload AS
SELECT n, statement FROM unnest(ARRAY[
    'SELECT * FROM parcel WHERE a = 5 AND b > 70 ORDER BY b LIMIT 3',
    'SELECT * FROM parcel WHERE a = 5 ORDER BY at LIMIT 5',
    'SELECT * FROM parcel WHERE a = 9',
    'SELECT * FROM parcel WHERE c = 9 AND b BETWEEN 5 AND 50',
    'SELECT * FROM parcel WHERE c IN (7, 8)',
    'SELECT * FROM parcel WHERE b = 7',
    'SELECT count(*) FROM parcel WHERE status = ''open''',
    'SELECT * FROM parcel WHERE status = ''open'' ORDER BY at DESC LIMIT 10',
    'UPDATE parcel SET filler = ''q'' WHERE id = 7']) WITH ORDINALITY u (statement, n);
CREATE FUNCTION advice() RETURNS TABLE (place bigint, id text, kind text, ddl text, undo_ddl text) LANGUAGE sql AS
$$
    SELECT a.ordinality, a.id, a.kind, a.ddl, a.undo_ddl
    FROM perfadvisor_advise(ARRAY(SELECT statement FROM workload ORDER BY n)) WITH ORDINALITY a
    WHERE a.kind IN ('create_index', 'drop_index')
$$;
CREATE FUNCTION costs() RETURNS TABLE (n bigint, cost float8) LANGUAGE sql AS
$$
    SELECT n, cost_before FROM workload, perfadvisor_whatif(statement)
$$;
CREATE VIEW indexes AS
SELECT indexrelid::regclass::text AS index, pg_get_indexdef(indexrelid) AS definition
FROM pg_index WHERE indrelid = 'parcel'::regclass;
CREATE TABLE before AS SELECT * FROM costs();
CREATE TABLE indexes_before AS SELECT * FROM indexes;
CREATE TABLE advised AS SELECT * FROM advice();

-- each drop comes behind the index that makes it possible
SELECT regexp_replace(d.ddl, '^.*\.', '') AS dropped, c.kind AS behind, regexp_replace(c.ddl, '^.*USING btree (\(\w+).*$', '\1') AS first_key
FROM advised d LEFT JOIN advised c ON c.place = d.place - 1 WHERE d.kind = 'drop_index' ORDER BY 1;

-- the statements in the order that they are printed in, and what gets dearer
CREATE TABLE dearer (place bigint, n bigint, before float8, after float8);
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT * FROM advised ORDER BY place LOOP
        EXECUTE replace(one.ddl, 'CONCURRENTLY ', '');
        INSERT INTO dearer
        SELECT one.place, n, b.cost, c.cost FROM costs() c JOIN before b USING (n) WHERE c.cost > 1.005 * b.cost;
    END LOOP;
END $$;
SELECT * FROM dearer ORDER BY place, n;
SELECT count(*) FILTER (WHERE c.cost < 0.9 * b.cost) >= 3 AS some_are_cheaper FROM costs() c JOIN before b USING (n);
-- nothing is left to say
SELECT kind, ddl FROM advice();
-- and what was there comes back
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT * FROM advised ORDER BY place DESC LOOP
        EXECUTE replace(one.undo_ddl, 'CONCURRENTLY ', '');
    END LOOP;
END $$;
SELECT * FROM indexes EXCEPT SELECT * FROM indexes_before;
SELECT * FROM indexes_before EXCEPT SELECT * FROM indexes;
-- the same advice as before, in the same order
SELECT count(*) AS differ FROM advised FULL JOIN advice() USING (place, id, kind, ddl, undo_ddl)
WHERE advised IS NULL OR advice IS NULL;

-- statements that name a partitioned table, and such as name its partitions:
-- one index on the whole serves both, one on a partition is for itself
CREATE TABLE sales (id int, shop int, day int) PARTITION BY RANGE (day);
CREATE TABLE sales_1 PARTITION OF sales FOR VALUES FROM (0) TO (10);
CREATE TABLE sales_2 (day int, gone int, shop int, id int);
ALTER TABLE sales_2 DROP COLUMN gone;
ALTER TABLE sales ATTACH PARTITION sales_2 FOR VALUES FROM (10) TO (20);
INSERT INTO sales SELECT g, g % 2003, g % 20 FROM generate_series(1, 20000) g;
VACUUM ANALYZE sales;
SELECT ddl FROM perfadvisor_advise(ARRAY['SELECT * FROM sales WHERE shop = 5',
    'SELECT * FROM sales_1 WHERE shop = 5', 'SELECT * FROM sales_2 WHERE shop = 7']) ORDER BY ddl;
SELECT ddl FROM perfadvisor_advise(ARRAY['SELECT * FROM sales WHERE id = 5',
    'SELECT * FROM sales_2 WHERE shop = 7']) ORDER BY ddl;

SET client_min_messages = warning;
DROP SCHEMA advise_sets CASCADE;
