--
-- Texts, constants and values reach their own user, readers of statistics and
-- superusers, through whatever the extension has to ask
--
SET client_min_messages = warning;
SELECT current_user AS superuser \gset
CREATE ROLE regress_padv_owner LOGIN;
CREATE ROLE regress_padv_other LOGIN;
CREATE ROLE regress_padv_reader LOGIN IN ROLE pg_read_all_stats;
CREATE ROLE regress_padv_monitor LOGIN IN ROLE pg_monitor;
ALTER ROLE regress_padv_owner SET perfadvisor.slow_query_ms = 0;
ALTER ROLE regress_padv_other SET perfadvisor.slow_query_ms = 0;
CREATE SCHEMA rights_texts;
GRANT ALL ON SCHEMA rights_texts TO PUBLIC;
SELECT perfadvisor_reset() >= 0;

-- Everything in the extension that can be read without arguments, by whoever
-- asks: where the word is found, errors included.  The word comes reversed, so
-- that looking for it is not found.
CREATE FUNCTION rights_texts.leaks(word text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    thing record;
    found boolean;
BEGIN
    FOR thing IN
        SELECT d.objid::regclass::text AS name, d.objid::regclass::text AS call
        FROM pg_depend d JOIN pg_class c ON c.oid = d.objid
        WHERE d.deptype = 'e' AND d.classid = 'pg_class'::regclass AND c.relkind IN ('v', 'r', 'm')
            AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'perfadvisor')
            AND has_table_privilege(c.oid, 'SELECT')
        UNION ALL
        SELECT p.oid::regproc::text, p.oid::regproc::text || '()'
        FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid
        WHERE d.deptype = 'e' AND d.classid = 'pg_proc'::regclass AND p.pronargs = p.pronargdefaults
            AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'perfadvisor')
            AND has_function_privilege(p.oid, 'EXECUTE')
            AND p.proname NOT IN ('perfadvisor_reset', 'perfadvisor_save', 'perfadvisor_snapshot', 'padv_check_foundation')
        ORDER BY 1
    LOOP
        BEGIN
            EXECUTE format('SELECT EXISTS (SELECT FROM %s AS x WHERE x::text LIKE ''%%'' || reverse($1) || ''%%'')', thing.call)
                INTO found USING word;
        EXCEPTION WHEN OTHERS THEN
            found := sqlerrm LIKE '%' || reverse(word) || '%';
        END;
        IF found THEN
            RETURN NEXT thing.name;
        END IF;
    END LOOP;
END $$;

\c - regress_padv_owner
CREATE TABLE rights_texts.t AS
SELECT g AS id, g % 1000 AS a, CASE g % 4 WHEN 0 THEN 'hush-state' ELSE 'state' || g % 4 END AS state,
    'tag' || g AS tag, jsonb_build_object('k', 'v' || g) AS doc
FROM generate_series(1, 20000) g;
ANALYZE rights_texts.t;
GRANT SELECT ON rights_texts.t TO PUBLIC;
SELECT count(*) FROM rights_texts.t WHERE tag = 'hush-constant';
SELECT count(*) FROM rights_texts.t WHERE state = 'hush-state' AND a = 5;
SELECT count(*) FROM rights_texts.t WHERE tag IN ('hush-1', 'hush-2');
SELECT count(*) FROM rights_texts.t WHERE tag LIKE 'hush-prefix%';
SELECT count(*) FROM rights_texts.t WHERE tag || 'hush-suffix' = 'x';
SELECT count(*) FROM rights_texts.t WHERE doc @> '{"k": "hush-json"}';
SELECT count(*) FROM rights_texts.t WHERE a = length('hush-folded');
SELECT 'hush-output' AS said, a FROM rights_texts.t ORDER BY a, tag LIMIT 1;
PREPARE by_tag(text) AS SELECT count(*) FROM rights_texts.t WHERE tag = $1 AND a > 0;
EXECUTE by_tag('hush-parameter');
-- with the owner's rights, for others to call
CREATE FUNCTION rights_texts.fails() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    PERFORM 1 / count(*) FROM rights_texts.t WHERE tag = 'hush-failed';
    RETURN 'found';
EXCEPTION WHEN division_by_zero THEN
    RETURN 'not found';
END $$;
CREATE FUNCTION rights_texts.rows() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER AS $$
SELECT tag FROM rights_texts.t WHERE tag <> 'hush-rows' ORDER BY id
$$;
CREATE FUNCTION rights_texts.open_cursor() RETURNS refcursor LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    c refcursor := 'rights_cursor';
BEGIN
    OPEN c FOR SELECT tag, id FROM rights_texts.t WHERE tag <> 'hush-cursor' ORDER BY id;
    RETURN c;
END $$;
SELECT count(*) > 5 AS own FROM rights_texts.leaks('-hsuh');

\c - regress_padv_other
-- the same statements, to come into possession of the other's text by accident
SELECT rights_texts.fails();
SELECT 1 / count(*) FROM rights_texts.t WHERE tag = 'tag1';
DO $$
BEGIN
    PERFORM 1 / count(*) FROM rights_texts.t WHERE tag = 'tag2';
END $$;
SELECT rights_texts.rows() LIMIT 1;
BEGIN;
SELECT rights_texts.open_cursor();
FETCH 1 FROM rights_cursor;
CLOSE rights_cursor;
COMMIT;
SELECT count(*) FROM rights_texts.t WHERE tag = 'mine';
SELECT count(*) FROM rights_texts.t WHERE state = 'mine' AND a = 5;
SELECT count(*) > 0 AS own FROM rights_texts.leaks('1gat');
SELECT rights_texts.leaks('-hsuh') AS leaks;
SELECT count(*) > 5 AS texts_of_own FROM rights_texts.leaks('1$');
-- figures are for everyone, without the statement that they belong to
SELECT count(*) > 5 AS figures, bool_and(query = '<insufficient privilege>' AND queryid IS NULL) AS hidden
FROM perfadvisor_queries WHERE username = 'regress_padv_owner';
-- what it may ask with arguments tells of its own statements
SELECT index, verdict IN ('unused', 'helps', 'redundant') AS judged, cardinality(queryids)
FROM perfadvisor_evaluate(ARRAY['CREATE INDEX ON rights_texts.t (doc)']);
SELECT a.ddl LIKE '%hush%' AS leaks FROM perfadvisor_advise(ARRAY[
    'SELECT count(*) FROM rights_texts.t WHERE state = $1 AND a = 5',
    'SELECT count(*) FROM rights_texts.t WHERE state = ''mine'' AND tag = $1']) a;
SELECT perfadvisor_reset();
SELECT perfadvisor_save();

\c - regress_padv_reader
SELECT count(*) > 5 AS told FROM rights_texts.leaks('-hsuh');
\c - regress_padv_monitor
SELECT count(*) > 5 AS told FROM rights_texts.leaks('-hsuh');
\c - :superuser
SELECT count(*) > 5 AS told FROM rights_texts.leaks('-hsuh');

-- a table that the asker may not read
REVOKE SELECT ON rights_texts.t FROM PUBLIC;
\c - regress_padv_other
SELECT * FROM perfadvisor_whatif('SELECT * FROM rights_texts.t WHERE state = $1');
SELECT * FROM perfadvisor_advise(ARRAY['SELECT * FROM rights_texts.t WHERE state = $1']);
SELECT * FROM perfadvisor_whatif('SELECT 1', ARRAY['CREATE INDEX ON rights_texts.t (a) WHERE state = ''x''']);
SELECT * FROM perfadvisor_evaluate(ARRAY['CREATE INDEX ON rights_texts.t (a) WHERE state = ''x''']);
-- nor the rows of, whose number the size of an index would tell
\c - regress_padv_owner
CREATE TABLE rights_texts.rls AS
SELECT g AS id, CASE WHEN g % 2 = 0 THEN repeat('x', 100) ELSE 'y' END AS filler, 'regress_padv_owner'::name AS who
FROM generate_series(1, 20000) g;
ANALYZE rights_texts.rls;
ALTER TABLE rights_texts.rls ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON rights_texts.rls USING (who = current_user);
GRANT SELECT ON rights_texts.rls TO PUBLIC;
\c - regress_padv_other
CREATE FUNCTION rights_texts.look(text, text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.0001 AS $$
BEGIN
    RAISE NOTICE 'saw %', left($1, 1);
    RETURN $1 = $2;
END $$;
CREATE OPERATOR rights_texts.=~= (LEFTARG = text, RIGHTARG = text, FUNCTION = rights_texts.look,
    RESTRICT = eqsel, JOIN = eqjoinsel);
SELECT size_bytes >= 0 AS sized FROM perfadvisor_whatif('SELECT id FROM rights_texts.rls WHERE filler OPERATOR(rights_texts.=~=) ''x''',
    ARRAY['CREATE INDEX ON rights_texts.rls (id) WHERE filler OPERATOR(rights_texts.=~=) ''x''']);
SELECT count(*) FROM perfadvisor_advise(ARRAY['SELECT id FROM rights_texts.rls WHERE filler OPERATOR(rights_texts.=~=) ''x''']);

\c - :superuser
SET client_min_messages = warning;
DROP SCHEMA rights_texts CASCADE;
SELECT perfadvisor_reset() > 0;
DROP ROLE regress_padv_owner, regress_padv_other, regress_padv_reader, regress_padv_monitor;
