--
-- Every way in which a statement can run is recorded
--
CREATE SCHEMA collect_protocols;
SET search_path = collect_protocols, public;
CREATE TABLE items (id int PRIMARY KEY, kind int, note text);
INSERT INTO items SELECT g, g % 10, 'note ' || g FROM generate_series(1, 1000) g;
CREATE TABLE log (id int, what text);
ANALYZE items;
CREATE VIEW recorded AS
    SELECT query, toplevel, calls, rows, plans
    FROM perfadvisor_queries
    WHERE datname = current_database()
        AND query ~ '\m(items|log)\M' AND query !~* 'recorded|create'
    ORDER BY query COLLATE "C", toplevel;
SELECT perfadvisor_reset() > 0 AS reset;

-- simple statements
SELECT note FROM items WHERE id = 1;
SELECT note FROM items WHERE id = 2;
INSERT INTO log VALUES (1, 'one'), (2, 'two');
UPDATE items SET note = 'changed' WHERE kind = 3;
DELETE FROM items WHERE id > 990;
MERGE INTO log USING items ON log.id = items.id
    WHEN MATCHED THEN UPDATE SET what = 'merged';
TABLE log LIMIT 1;
SELECT * FROM recorded;
SELECT perfadvisor_reset() > 0 AS reset;

-- prepared statements: custom plans, then a generic one
PREPARE by_kind(int) AS SELECT count(*) FROM items WHERE kind = $1 AND id > 5;
EXECUTE by_kind(1);
EXECUTE by_kind(2);
SET plan_cache_mode = force_generic_plan;
EXECUTE by_kind(3);
EXECUTE by_kind(4);
EXECUTE by_kind(5);
RESET plan_cache_mode;
SELECT * FROM recorded;
-- forgotten, but the plan is still there: the text is made from it
SELECT perfadvisor_reset() > 0 AS reset;
SET plan_cache_mode = force_generic_plan;
EXECUTE by_kind(6);
RESET plan_cache_mode;
SELECT * FROM recorded;
DEALLOCATE by_kind;
SELECT perfadvisor_reset() > 0 AS reset;

-- cursors
BEGIN;
DECLARE closed CURSOR FOR SELECT id FROM items WHERE kind = 1;
FETCH 2 FROM closed;
CLOSE closed;
DECLARE left_open CURSOR FOR SELECT id FROM items WHERE kind = 1;
FETCH 2 FROM left_open;
COMMIT;
DECLARE held CURSOR WITH HOLD FOR SELECT id FROM items WHERE kind > 8 ORDER BY id LIMIT 3;
FETCH ALL FROM held;
CLOSE held;
SELECT query, toplevel, calls FROM recorded;
SELECT perfadvisor_reset() > 0 AS reset;

-- parts of commands
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT 1 FROM items WHERE id = -1
\g /dev/null
EXPLAIN SELECT 1 FROM items WHERE id = -2 AND kind = 2
\g /dev/null
CREATE TABLE copied AS SELECT id FROM items WHERE kind = 4 AND id < 100 WITH DATA;
COPY (SELECT id FROM items WHERE kind = 5 AND id < 30) TO STDOUT;
PREPARE made AS SELECT id FROM items WHERE kind = 6 AND id < 20;
CREATE TABLE executed AS EXECUTE made;
DEALLOCATE made;
SELECT query, toplevel, calls, rows FROM recorded;
SELECT perfadvisor_reset() > 0 AS reset;

-- PL/pgSQL: static, dynamic, expressions, assignments, loops
CREATE FUNCTION look(p_kind int) RETURNS bigint LANGUAGE plpgsql AS
$$
DECLARE
    n bigint;
    lowest int := 10;
    item items%ROWTYPE;
BEGIN
    SELECT count(*) INTO n FROM items WHERE kind = p_kind AND id > lowest;
    n := (SELECT count(*) FROM items WHERE kind = p_kind);
    n = (SELECT max(id) FROM items WHERE kind = look.p_kind);
    IF n = (SELECT max(id) FROM items WHERE kind <> p_kind) THEN n := 0; END IF;
    IF EXISTS (SELECT FROM items WHERE id = lowest) THEN lowest := 11; END IF;
    FOR item IN SELECT * FROM items WHERE id BETWEEN lowest AND 12 LOOP
        INSERT INTO log VALUES (item.id, item.note);
    END LOOP;
    EXECUTE 'DELETE FROM log WHERE id = $1 AND what <> ''none''' USING lowest;
    RETURN n;
END
$$;
SELECT look(1), look(2);
DO $$ BEGIN PERFORM FROM items WHERE id = 77; END $$;
SELECT query, toplevel, calls FROM recorded;
SELECT perfadvisor_reset() > 0 AS reset;

-- SQL functions, procedures and triggers
CREATE FUNCTION of_kind(k int, text) RETURNS SETOF items LANGUAGE sql AS
    'SELECT * FROM items WHERE kind = k AND id < of_kind.k * 10 AND note <> $2';
CREATE FUNCTION of_item(i items) RETURNS bigint VOLATILE LANGUAGE sql AS
    'SELECT count(*) FROM items WHERE kind = i.kind';
CREATE PROCEDURE work() LANGUAGE plpgsql AS
$$
BEGIN
    UPDATE items SET note = 'x' WHERE id = 5;
    COMMIT;
    UPDATE items SET note = 'y' WHERE id = 6;
    ROLLBACK;
    UPDATE items SET note = 'z' WHERE id = 7;
END
$$;
CREATE FUNCTION logged() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
    INSERT INTO log VALUES (new.id, new.note);
    RETURN NULL;
END
$$;
CREATE TRIGGER logged AFTER UPDATE ON items FOR EACH ROW EXECUTE FUNCTION logged();
SELECT count(*) FROM of_kind(3, 'x');
SELECT sum(of_item(i)) FROM items i WHERE id < 4;
CALL work();
SELECT query, toplevel, calls, rows FROM recorded;

SET client_min_messages = warning;
DROP SCHEMA collect_protocols CASCADE;
RESET client_min_messages;
