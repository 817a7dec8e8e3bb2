--
-- What becomes of advice: dismissed, carried out, taken back.
--
-- Measures real times: it may be tried twice.
--
CREATE SCHEMA life_advice;
CREATE SCHEMA "Life's end";
SET search_path = life_advice, public;
CREATE TABLE item AS
    SELECT g AS id, g % 1000 AS kind, g % 700 AS colour, repeat('x', 80) AS filler
    FROM generate_series(1, 50000) g;
CREATE TABLE "Life's end"."Order" AS SELECT id AS "Id", kind, filler FROM item;
-- every row is in the sample, so that all runs have the same statistics
SET default_statistics_target = 200;
VACUUM ANALYZE item, "Life's end"."Order";
SELECT perfadvisor_reset() >= 0 AS reset;

-- One call each; what follows is about calls in functions as well.
CREATE FUNCTION run(n int, statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. n LOOP
        EXECUTE format(statement, i);
    END LOOP;
END $$;
-- Times are judged, and a machine may run ten times slower for a while: where it
-- matters, a statement sleeps before its scan, for as many ms as are set here.
CREATE FUNCTION pace() RETURNS boolean STABLE LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_sleep(current_setting('life.pace')::float8 / 1000);
    RETURN true;
END $$;
CREATE VIEW told AS
    SELECT status, regexp_replace(ddl, '^.* ON ', '') AS what, id,
        relation, ddl, undo_ddl, reason, detail
    FROM perfadvisor_recommendations() WHERE kind IN ('create_index', 'drop_index')
        AND relation IN ('item'::regclass, '"Life''s end"."Order"'::regclass);

SET life.pace = 200;
SELECT run(15, 'SELECT * FROM item WHERE kind = %s AND pace()');
SELECT run(15, 'SELECT * FROM item WHERE colour = %s');
SELECT run(15, 'SELECT * FROM "Life''s end"."Order" WHERE "Id" = %s AND pace()');
SELECT status, what FROM told ORDER BY what;
SELECT id AS kind_id FROM told WHERE what LIKE '%(kind)' \gset
SELECT id AS colour_id FROM told WHERE what LIKE '%(colour)' \gset
-- asking again changes nothing
SELECT status, what FROM told ORDER BY what;

-- ---- dismissing ----

SELECT perfadvisor_dismiss(:'colour_id', 'nobody minds');
SELECT status, what, detail ->> 'why_dismissed' AS why,
    detail ->> 'dismissed_by' = current_user AS mine,
    reason LIKE 'Dismissed by % on ____-__-__ __:__: nobody minds. When it was given: 1 statement %' AS told
FROM told ORDER BY status, what;
-- what is not wanted takes no room
SELECT sum(size_bytes) AS room FROM perfadvisor_recommendations()
WHERE id IN (SELECT id FROM told WHERE status = 'open') \gset
SELECT told.what FROM perfadvisor_recommendations(storage_budget => :room) r
    JOIN told USING (id) WHERE r.status = 'open' ORDER BY 1;
-- of statements that are given, everything is told
SELECT status, regexp_replace(ddl, '^.* ON ', '') AS what
FROM perfadvisor_advise('{SELECT * FROM life_advice.item WHERE colour = 5}');
SELECT perfadvisor_dismiss(:'colour_id');
SELECT status, detail ? 'why_dismissed' AS why FROM told WHERE what LIKE '%(colour)';
SELECT perfadvisor_undismiss(:'colour_id');
SELECT status, what FROM told ORDER BY what;
SELECT perfadvisor_dismiss('create-0');
SELECT perfadvisor_dismiss(NULL);
SELECT perfadvisor_undismiss(:'colour_id');
SELECT perfadvisor_undismiss(NULL);
BEGIN READ ONLY;
SELECT status, what FROM told ORDER BY what;
SELECT perfadvisor_dismiss('create-0');
ROLLBACK;

-- ---- carrying out ----

SELECT count(*) FROM perfadvisor_outcomes;
-- by somebody else, with another name, and the other way round
CREATE INDEX my_index ON item (kind DESC) WITH (fillfactor = 80);
CREATE UNIQUE INDEX "My ""own""" ON "Life's end"."Order" ("Id");
SELECT status, relation, ddl, undo_ddl FROM told ORDER BY status, what;
SELECT relation, index, verdict, calls_before, calls_after,
    size_bytes = pg_relation_size(index::regclass) AS size_is_right,
    size_bytes = size_bytes_then AS as_then,
    applied_at <= now() AND applied_at > now() - interval '1 day' AS just_now, reason
FROM perfadvisor_outcomes ORDER BY index;
-- as it stands it does no harm
SELECT ddl FROM told WHERE status = 'applied' ORDER BY ddl \gexec
-- enough calls
SET life.pace = 0;
SELECT run(40, 'SELECT * FROM item WHERE kind = %s AND pace()');
SELECT index, verdict, calls_before, calls_after, mean_ms_after < mean_ms_before AS faster,
    p95_ms_after < p95_ms_before AS p95_faster, faster, slower, change_ms < 0 AS saves
FROM perfadvisor_outcomes ORDER BY index;
SELECT status, reason ~ '^Carried out on [-0-9: ]{16} as life_advice.my_index. Statements that it is for: 1 faster, 0 slower, together .* less than it would have been \(-.* %\). 40 calls of the advised statements since took .* on average, before .*\.$' AS told
FROM told WHERE id = :'kind_id';
-- it stays judged when figures are reset
SELECT perfadvisor_reset() >= 0 AS reset;
SELECT index, verdict, calls_before, calls_after FROM perfadvisor_outcomes ORDER BY index;
SELECT reason FROM perfadvisor_outcomes WHERE verdict = 'applied';
-- nor is it forgotten while its table is locked
BEGIN;
LOCK TABLE item;
PREPARE TRANSACTION 'life_advice';
SELECT count(*) FROM perfadvisor_outcomes WHERE relation = 'item'::regclass;
ROLLBACK PREPARED 'life_advice';
SELECT index, verdict, calls_before, calls_after FROM perfadvisor_outcomes ORDER BY index;
-- with what was known when it was given, one can be judged after a reset as well
SELECT run(40, 'SELECT * FROM "Life''s end"."Order" WHERE "Id" = %s AND pace()');
SELECT index, verdict, calls_before, calls_after FROM perfadvisor_outcomes ORDER BY index;
BEGIN READ ONLY;
SELECT index, verdict FROM perfadvisor_outcomes ORDER BY index;
ROLLBACK;

-- ---- taking back ----

SELECT undo_ddl FROM told WHERE status LIKE 'verified%' ORDER BY undo_ddl \gexec
SELECT count(*) FROM perfadvisor_outcomes;
SELECT run(15, 'SELECT * FROM item WHERE kind = %s AND pace()');
SELECT status, what FROM told WHERE id = :'kind_id';

-- ---- dropping ----

CREATE UNIQUE INDEX item_id ON item (id);
CREATE INDEX item_id_twice ON item (id);
SELECT run(40, 'SELECT * FROM item WHERE id = %s');
SELECT status, ddl FROM told WHERE ddl LIKE 'DROP%' ORDER BY ddl;
SELECT id AS drop_id, ddl AS drop_ddl FROM told WHERE ddl LIKE 'DROP%' LIMIT 1 \gset
SELECT perfadvisor_dismiss(:'drop_id');
SELECT count(*) FILTER (WHERE status = 'dismissed') AS dismissed, count(*) AS all FROM told WHERE id = :'drop_id';
SELECT perfadvisor_undismiss(:'drop_id');
SELECT count(*) FILTER (WHERE status = 'open') AS open, count(*) AS all FROM told WHERE id = :'drop_id';
:drop_ddl;
SELECT run(40, 'SELECT * FROM item WHERE id = %s');
SELECT index, kind, verdict, scans_since, size_bytes,
    undo_ddl LIKE 'CREATE INDEX CONCURRENTLY item_id_twice ON %' AS undo
FROM perfadvisor_outcomes;
SELECT status, ddl FROM told WHERE id = :'drop_id';

-- ---- others ----

CREATE ROLE regress_life_advice;
GRANT USAGE ON SCHEMA life_advice TO regress_life_advice;
GRANT SELECT ON item TO regress_life_advice;
SET ROLE regress_life_advice;
SELECT run(15, 'SELECT * FROM life_advice.item WHERE colour = %s');
-- own advice is open, that of others is not shown
SELECT status, regexp_replace(ddl, '^.* ON ', '') AS what FROM perfadvisor_recommendations()
WHERE relation = 'item'::regclass AND kind = 'create_index';
SELECT perfadvisor_dismiss(:'colour_id');
SELECT count(*) FROM perfadvisor_outcomes;
SELECT count(*) FROM padv_advice;
SELECT padv_dismiss('x', 'y', 'z');
SELECT * FROM padv_read_statements();
RESET ROLE;
GRANT EXECUTE ON FUNCTION perfadvisor_dismiss TO regress_life_advice;
SET ROLE regress_life_advice;
SELECT perfadvisor_dismiss(:'colour_id', 'too dear');
RESET ROLE;
SELECT status, detail ->> 'dismissed_by' AS dismissed_by FROM told WHERE id = :'colour_id';
SELECT perfadvisor_undismiss(:'colour_id');
REVOKE EXECUTE ON FUNCTION perfadvisor_dismiss FROM regress_life_advice;
REVOKE SELECT ON item FROM regress_life_advice;
REVOKE USAGE ON SCHEMA life_advice FROM regress_life_advice;
DROP ROLE regress_life_advice;

SET client_min_messages = warning;
DROP SCHEMA life_advice, "Life's end" CASCADE;
SELECT count(*) FROM perfadvisor_outcomes;
