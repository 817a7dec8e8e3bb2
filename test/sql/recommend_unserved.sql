--
-- What reads a table in a way that no index serves is named as well
--
CREATE SCHEMA recommend_unserved;
SET search_path = recommend_unserved, public;
CREATE TABLE big (id int PRIMARY KEY, a int NOT NULL, name text NOT NULL, filler text);
INSERT INTO big SELECT g, g % 1000, md5(g::text), repeat('x', 100)
FROM generate_series(1, 20000) g;
CREATE TABLE parted (id int, k int, filler text) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (20000);
INSERT INTO parted SELECT g, g % 1000, repeat('z', 100) FROM generate_series(0, 19999) g;
VACUUM ANALYZE big, parted;

-- what is said of one statement, and of nothing else
CREATE FUNCTION reasons(statement text) RETURNS TABLE (predicate text, code text, reason text)
LANGUAGE plpgsql AS
$$
BEGIN
    PERFORM perfadvisor_reset();
    EXECUTE statement;
    RETURN QUERY SELECT w.predicate, w.code, w.reason FROM perfadvisor_why_not() w
        WHERE w.relation IN ('big'::regclass, 'parted'::regclass)
        ORDER BY w.predicate COLLATE "C";
END
$$;

SELECT * FROM reasons('SELECT count(*) FROM big TABLESAMPLE system (5)');
SELECT * FROM reasons('SELECT count(*) FROM big TABLESAMPLE bernoulli (5) WHERE a = 3');
SELECT * FROM reasons('SELECT count(*) FROM parted TABLESAMPLE system (5)');
SELECT * FROM reasons($$SELECT * FROM big WHERE ctid = '(3,4)'$$);
SELECT * FROM reasons($$SELECT * FROM big WHERE xmin = '5'$$);
SELECT * FROM reasons('SELECT * FROM big WHERE big IS NULL');
SELECT * FROM reasons('SELECT count(*) FROM big WHERE random() < 0.01');
SELECT * FROM reasons($$SELECT * FROM big WHERE xmin = '5' AND ctid > '(1,1)' AND random() < 0.01$$);
-- the other conditions of the statement are not forgotten
SELECT predicate, code FROM reasons('SELECT * FROM big WHERE a > 10 AND random() < 0.01');

-- Until PostgreSQL 16 such aggregates sort by themselves; since then an index
-- may give the order.
CREATE FUNCTION is_named(statement text) RETURNS boolean LANGUAGE plpgsql AS
$$
DECLARE
    reason text;
BEGIN
    SELECT string_agg(r.predicate || ': ' || r.code, ', ') INTO reason FROM reasons(statement) r;
    IF current_setting('server_version_num')::int < 160000 THEN
        RETURN reason ~ '^(count|string_agg)\(.*: unsupported_shape$';
    END IF;
    RETURN reason ~ 'order by (a|name)' OR EXISTS (
        SELECT FROM perfadvisor_recommendations()
        WHERE kind = 'create_index' AND relation = 'big'::regclass);
END
$$;
SELECT is_named('SELECT count(DISTINCT name) FROM big');
SELECT is_named('SELECT a % 7, count(DISTINCT name) FROM big GROUP BY 1 HAVING count(DISTINCT name) > 1');
SELECT is_named($$SELECT string_agg(name, ',' ORDER BY name) FROM big$$);

-- the row that a cursor stands on needs no reason
CREATE FUNCTION move_on() RETURNS void LANGUAGE plpgsql AS
$$
DECLARE
    place CURSOR FOR SELECT * FROM big WHERE id = 5 FOR UPDATE;
    one big;
BEGIN
    OPEN place;
    FETCH place INTO one;
    UPDATE big SET filler = 'y' WHERE CURRENT OF place;
    CLOSE place;
END
$$;
SELECT predicate, code FROM reasons('SELECT move_on()');

SET client_min_messages = warning;
DROP SCHEMA recommend_unserved CASCADE;
