--
-- Each function, view and table of the extension: who may use it, and that a
-- role without rights learns nothing there of what others have run
--
SET client_min_messages = warning;
SELECT current_user AS superuser \gset
CREATE ROLE regress_padv_owner LOGIN;
CREATE ROLE regress_padv_plain LOGIN;
CREATE ROLE regress_padv_reader LOGIN IN ROLE pg_read_all_stats;
ALTER ROLE regress_padv_owner SET perfadvisor.slow_query_ms = 0;
CREATE SCHEMA rights_roles;
GRANT ALL ON SCHEMA rights_roles TO PUBLIC;
SELECT perfadvisor_reset() >= 0;

-- What is not listed here fails this test: whoever adds a function decides who
-- may call it ("all", "monitor" or "owner"), and, for all, how it is tried.
CREATE TABLE rights_roles.functions (name text, who text, call text);
GRANT SELECT ON rights_roles.functions TO PUBLIC;
INSERT INTO rights_roles.functions VALUES
    ('padv_applied()', 'owner', NULL),
    ('padv_applied_statements()', 'owner', NULL),
    ('padv_attaching_again_helps()', 'all', 'padv_attaching_again_helps()'),
    ('padv_bloated_indexes()', 'all', 'padv_bloated_indexes()'),
    ('padv_care()', 'all', 'padv_care()'),
    ('padv_check_foundation()', 'owner', NULL),
    ('padv_compare_rows(bigint,bigint,name)', 'owner', NULL),
    ('padv_create_index_ddl(oid)', 'all', 'padv_create_index_ddl(''rights_roles.t_a''::regclass)'),
    ('padv_dead_rows(oid)', 'all', 'padv_dead_rows(''rights_roles.t''::regclass)'),
    ('padv_dismiss(text,text,name)', 'owner', NULL),
    ('padv_dismissed()', 'owner', NULL),
    ('padv_drop_index_ddl(name,name,boolean)', 'all', 'padv_drop_index_ddl(''rights_roles'', ''t_a'', false)'),
    ('padv_excluded_schemas()', 'all', 'padv_excluded_schemas()'),
    ('padv_figure(numeric)', 'all', 'padv_figure(5)'),
    ('padv_figures_judge(padv_figures,padv_figures,boolean)', 'owner', NULL),
    ('padv_figures_minus(padv_figures,padv_figures)', 'owner', NULL),
    ('padv_figures_quantile(padv_figures[],double precision[],double precision)', 'owner', NULL),
    ('padv_file_born(oid)', 'all', 'padv_file_born(''rights_roles.t''::regclass)'),
    ('padv_file_bytes(oid)', 'all', 'padv_file_bytes(''rights_roles.t''::regclass)'),
    ('padv_fresh_bytes(oid)', 'all', 'padv_fresh_bytes(''rights_roles.t_a''::regclass)'),
    ('padv_hidden_pages(oid)', 'all', 'padv_hidden_pages(''rights_roles.t''::regclass)'),
    ('padv_import_usage(text,jsonb,name)', 'owner', NULL),
    ('padv_index_ids(oid)', 'owner', NULL),
    ('padv_index_writes(oid)', 'all', 'padv_index_writes(''rights_roles.t_a''::regclass)'),
    ('padv_invalid_indexes()', 'all', 'padv_invalid_indexes()'),
    ('padv_judged()', 'owner', NULL),
    ('padv_keep_outcomes()', 'owner', NULL),
    ('padv_last_scan(oid)', 'all', 'padv_last_scan(''rights_roles.t_a''::regclass)'),
    ('padv_may_read(oid,smallint[],boolean)', 'all', 'padv_may_read(''rights_roles.t''::regclass, ''{1,2}''::int2[], true)'),
    ('padv_may_see_users(name,name[],oid[])', 'owner', NULL),
    ('padv_missed_indexes(oid[])', 'all', 'padv_missed_indexes(ARRAY[''rights_roles.t_a''::regclass, ''rights_roles.t_state''::regclass]::oid[])'),
    ('padv_moment(timestamp with time zone)', 'all', 'padv_moment(now())'),
    ('padv_ms(double precision)', 'all', 'padv_ms(5)'),
    ('padv_neglected_tables()', 'all', 'padv_neglected_tables()'),
    ('padv_not_null_columns(text)', 'all', 'padv_not_null_columns((SELECT indpred::text FROM pg_index WHERE indexrelid = ''rights_roles.t_state''::regclass))'),
    ('padv_outcome()', 'owner', NULL),
    ('padv_outcome_rows()', 'owner', NULL),
    ('padv_outcomes()', 'all', 'padv_outcomes()'),
    ('padv_read_statements()', 'owner', NULL),
    ('padv_redundant_indexes()', 'all', 'padv_redundant_indexes()'),
    ('padv_remember()', 'owner', NULL),
    ('padv_settled_rows(name)', 'owner', NULL),
    ('padv_snapshot_missing(bigint,bigint)', 'owner', NULL),
    ('padv_snapshot_take(text,name,integer)', 'owner', NULL),
    ('padv_span(interval)', 'all', 'padv_span(''5 min'')'),
    ('padv_told_rows()', 'owner', NULL),
    ('padv_tree(pg_node_tree)', 'all', 'padv_tree((SELECT indpred FROM pg_index WHERE indexrelid = ''rights_roles.t_a''::regclass))'),
    ('padv_undismiss(text)', 'owner', NULL),
    ('padv_unindexed_foreign_keys()', 'all', 'padv_unindexed_foreign_keys()'),
    ('padv_unused_indexes(boolean)', 'all', 'padv_unused_indexes(true)'),
    ('padv_unused_min_age()', 'all', 'padv_unused_min_age()'),
    ('padv_usage_problem(text,jsonb)', 'owner', NULL),
    ('perfadvisor_advise(text[],double precision[],bigint,double precision)', 'all', 'perfadvisor_advise(ARRAY[''SELECT id FROM rights_roles.t WHERE state = $1 AND a = 5'', ''SELECT id FROM rights_roles.t WHERE tag = $1''])'),
    ('perfadvisor_compare(bigint,bigint)', 'all', 'perfadvisor_compare((SELECT max(id) FROM perfadvisor_snapshots))'),
    ('perfadvisor_dismiss(text,text)', 'owner', NULL),
    ('perfadvisor_evaluate(text[])', 'all', 'perfadvisor_evaluate(ARRAY[''CREATE INDEX ON rights_roles.t (tag)'', ''CREATE INDEX ON rights_roles.t (a, state)''])'),
    ('perfadvisor_export_usage()', 'monitor', NULL),
    ('perfadvisor_import_usage(text,jsonb)', 'owner', NULL),
    ('perfadvisor_info()', 'all', 'perfadvisor_info()'),
    ('perfadvisor_read_predicates()', 'all', 'perfadvisor_read_predicates()'),
    ('perfadvisor_read_queries()', 'all', 'perfadvisor_read_queries()'),
    ('perfadvisor_read_seq_scans()', 'all', 'perfadvisor_read_seq_scans()'),
    ('perfadvisor_read_slow_queries()', 'all', 'perfadvisor_read_slow_queries()'),
    ('perfadvisor_recommendations(bigint,double precision)', 'all', 'perfadvisor_recommendations()'),
    ('perfadvisor_reset(oid,oid,bigint)', 'owner', NULL),
    ('perfadvisor_save()', 'owner', NULL),
    ('perfadvisor_snapshot(text)', 'owner', NULL),
    ('perfadvisor_undismiss(text)', 'owner', NULL),
    ('perfadvisor_whatif(text,text[],regclass[])', 'all', 'perfadvisor_whatif(''SELECT id FROM rights_roles.t WHERE state = $1 AND a = 5'', ARRAY[''CREATE INDEX ON rights_roles.t (state)''], ARRAY[''rights_roles.t_a''::regclass])'),
    ('perfadvisor_why_not()', 'all', 'perfadvisor_why_not()');

CREATE VIEW rights_roles.members AS
SELECT d.classid, d.objid FROM pg_depend d
WHERE d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass
    AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'perfadvisor');
GRANT SELECT ON rights_roles.members TO PUBLIC;
-- none is missing, none is too many, none has other rights, none runs with its
-- owner's
SELECT coalesce(is_there.name, listed.name) AS differs, is_there.who AS may_call, listed.who AS should
FROM (SELECT oid::regprocedure::text AS name,
        CASE WHEN has_function_privilege('regress_padv_plain', oid, 'EXECUTE') THEN 'all'
            WHEN has_function_privilege('pg_monitor', oid, 'EXECUTE') THEN 'monitor' ELSE 'owner' END AS who
    FROM pg_proc WHERE oid IN (SELECT objid FROM rights_roles.members WHERE classid = 'pg_proc'::regclass)) is_there
FULL JOIN rights_roles.functions listed USING (name)
WHERE is_there.who IS DISTINCT FROM listed.who
ORDER BY 1;
SELECT oid::regprocedure AS runs_as_its_owner FROM pg_proc
WHERE prosecdef AND oid IN (SELECT objid FROM rights_roles.members WHERE classid = 'pg_proc'::regclass);
SELECT name AS not_tried FROM rights_roles.functions WHERE (who = 'all') <> (call IS NOT NULL);
-- views and tables: what only their owner reads, and whether anybody writes
SELECT relname FROM pg_class
WHERE oid IN (SELECT objid FROM rights_roles.members WHERE classid = 'pg_class'::regclass)
    AND relkind IN ('r', 'v', 'm', 'p', 'f') AND NOT has_table_privilege('regress_padv_plain', oid, 'SELECT')
ORDER BY relname COLLATE "C";
SELECT relname AS written_by_all FROM pg_class
WHERE oid IN (SELECT objid FROM rights_roles.members WHERE classid = 'pg_class'::regclass)
    AND relkind IN ('r', 'v', 'm', 'p', 'f')
    AND has_table_privilege('regress_padv_plain', oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER');
SELECT relname AS read_by_name FROM pg_class
WHERE oid IN (SELECT objid FROM rights_roles.members WHERE classid = 'pg_class'::regclass)
    AND relkind IN ('r', 'v', 'm', 'p', 'f') AND has_table_privilege('regress_padv_plain', oid, 'SELECT')
    AND relname LIKE 'perfadvisor%' ORDER BY relname COLLATE "C";

-- Where the word is found, in rows or in what is said of an error.  It comes
-- reversed, so that looking for it is not found.
CREATE FUNCTION rights_roles.leaks(word text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    thing record;
    found boolean;
    message text;
    detail text;
    hint text;
    context text;
    n bigint := 0;
BEGIN
    FOR thing IN
        SELECT c.oid::regclass::text AS name, c.oid::regclass::text AS call
        FROM rights_roles.members m JOIN pg_class c ON c.oid = m.objid
        WHERE m.classid = 'pg_class'::regclass AND c.relkind IN ('v', 'r', 'm') AND has_table_privilege(c.oid, 'SELECT')
        UNION ALL
        SELECT f.name, f.call FROM rights_roles.functions f WHERE f.who = 'all'
        ORDER BY 1
    LOOP
        BEGIN
            EXECUTE format('SELECT count(*) FILTER (WHERE x::text LIKE ''%%'' || reverse($1) || ''%%'') > 0 FROM %s AS x', thing.call)
                INTO found USING word;
            n := n + 1;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT,
                context = PG_EXCEPTION_CONTEXT;
            found := concat(message, detail, hint, context) LIKE '%' || reverse(word) || '%';
            RAISE NOTICE '%: %', thing.name, message;
        END;
        IF found THEN
            RETURN NEXT thing.name;
        END IF;
    END LOOP;
    RETURN NEXT CASE WHEN n > 50 THEN 'all asked' END;
END $$;

-- one to compare with, whether or not there are others
SELECT perfadvisor_snapshot() > 0 AS snapshot;
\c - regress_padv_owner
CREATE TABLE rights_roles.t AS
SELECT g AS id, g % 1000 AS a, CASE g % 50 WHEN 0 THEN 'hush-state' ELSE 'state' || g % 3 END AS state,
    'tag' || g AS tag, CASE WHEN g % 7 = 0 THEN 'hush-stats' ELSE 'x' END AS secret
FROM generate_series(1, 20000) g;
CREATE INDEX t_a ON rights_roles.t (a);
CREATE INDEX t_state ON rights_roles.t (tag) WHERE state IS NOT NULL;
VACUUM ANALYZE rights_roles.t;
GRANT SELECT (id, a, state, tag) ON rights_roles.t TO PUBLIC;
SELECT count(*) FROM rights_roles.t WHERE tag = 'hush-constant';
SELECT count(id) FROM rights_roles.t WHERE state = 'hush-state' AND a < 9;
SELECT count(id) FROM rights_roles.t WHERE state = 'hush-state' AND a < 8;
SELECT count(*) FROM rights_roles.t WHERE tag IN ('hush-1', 'hush-2');
SELECT count(*) FROM rights_roles.t WHERE tag || 'hush-suffix' = 'x';
SELECT count(*) FROM rights_roles.t WHERE secret = 'hush-stats';
SELECT 'hush-output' AS said, a FROM rights_roles.t ORDER BY a, tag LIMIT 1;
PREPARE by_tag(text) AS SELECT count(*) FROM rights_roles.t WHERE tag = $1 AND a > 0;
EXECUTE by_tag('hush-parameter');
SELECT count(*) FROM rights_roles.t WHERE a = 17;
-- the statements' own user sees them, where there are texts
SELECT * FROM rights_roles.leaks('-hsuh') AS told WHERE told LIKE 'perfadvisor%' OR told LIKE 'all%';

-- advice that a superuser was given, carried out and keeps, with constants
\c - :superuser
SET client_min_messages = warning;
SELECT count(*) > 0 AS partial FROM perfadvisor_recommendations() WHERE ddl LIKE '%hush-state%';
SELECT ddl AS command FROM perfadvisor_recommendations() WHERE ddl LIKE '%hush-state%' ORDER BY ddl LIMIT 1 \gset
SELECT perfadvisor_snapshot('rights_roles') > 0;
SELECT count(*) FROM perfadvisor_dismiss((SELECT min(id) FROM perfadvisor_recommendations() WHERE relation = 'rights_roles.t'::regclass AND ddl NOT LIKE '%hush%'), 'hush-why');
SELECT count(*) > 0 AS told FROM rights_roles.leaks('-hsuh') AS l WHERE l LIKE 'perfadvisor%';

\c - regress_padv_plain
SELECT count(*) FROM rights_roles.t WHERE tag = 'mine';
SELECT count(id) FROM rights_roles.t WHERE state = 'mine' AND a < 9;
SELECT * FROM rights_roles.leaks('-hsuh') AS told;
\c - regress_padv_reader
SELECT * FROM rights_roles.leaks('-hsuh') AS told WHERE told LIKE 'perfadvisor%' OR told LIKE 'all%';

\c - :superuser
SET client_min_messages = warning;
DROP SCHEMA rights_roles CASCADE;
SELECT perfadvisor_reset() > 0;
DROP ROLE regress_padv_owner, regress_padv_plain, regress_padv_reader;
