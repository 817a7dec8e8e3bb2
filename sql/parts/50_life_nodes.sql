/*
 * 50_life_nodes.sql: telling what this node uses, and remembering what others
 * told.
 *
 * What is made to be called by perfadvisor alone, with the rights of the
 * owner of its tables, is nobody else's to call.
 */

CREATE FUNCTION perfadvisor_export_usage() RETURNS jsonb
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    BEGIN ATOMIC
    SELECT jsonb_build_object(
            'perfadvisor_usage', 1,
            'system_identifier', (SELECT system_identifier::text FROM pg_control_system()),
            'database', current_database(),
            'server_version', current_setting('server_version'),
            'in_recovery', w.is_standby,
            'exported_at', w.now,
            'stats_since', w.since,
            'indexes', coalesce((
                SELECT jsonb_agg(jsonb_build_object(
                        'schema', n.nspname,
                        'index', c.relname,
                        'scans', pg_stat_get_numscans(c.oid),
                        'rows_read', pg_stat_get_tuples_returned(c.oid),
                        'last_scan', padv_last_scan(c.oid))
                    ORDER BY n.nspname, c.relname)
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relkind = 'i' AND c.relpersistence <> 't'
                    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
                    -- perfadvisor's own
                    AND c.oid NOT IN (
                        SELECT i.indexrelid
                        FROM pg_index i
                        JOIN pg_depend d ON d.objid = i.indrelid
                        JOIN pg_extension x ON x.oid = d.refobjid
                        WHERE d.classid = 'pg_class'::regclass AND d.deptype = 'e'
                            AND d.refclassid = 'pg_extension'::regclass
                            AND x.extname = 'perfadvisor')),
                '[]'))
    FROM padv_statistics_window w;
    END;

COMMENT ON FUNCTION perfadvisor_export_usage() IS
'how often this node has scanned each index of this database, for perfadvisor_import_usage() on the primary';

/* What speaks against importing it; NULL: nothing. */
CREATE FUNCTION padv_usage_problem(node text, usage jsonb) RETURNS text
    LANGUAGE sql STABLE
    RETURN CASE
        WHEN jsonb_typeof(usage) <> 'object' OR NOT usage ? 'perfadvisor_usage'
                OR jsonb_typeof(usage -> 'indexes') IS DISTINCT FROM 'array'
                OR usage ->> 'exported_at' IS NULL
            THEN 'It was not made by perfadvisor_export_usage().'
        WHEN usage -> 'perfadvisor_usage' <> '1'
            THEN format('Its format is %s, and this version of perfadvisor reads format 1.',
                usage ->> 'perfadvisor_usage')
        WHEN usage ->> 'system_identifier' IS DISTINCT FROM
                (SELECT system_identifier::text FROM pg_control_system())
            THEN 'It comes from another database cluster, which has indexes of its own.'
        WHEN usage ->> 'database' IS DISTINCT FROM current_database()
            THEN format('It was taken in database "%s", and this is "%s".',
                usage ->> 'database', current_database())
        WHEN EXISTS (SELECT FROM jsonb_array_elements(usage -> 'indexes') e
                     WHERE jsonb_typeof(e) <> 'object'
                         OR jsonb_typeof(e -> 'schema') IS DISTINCT FROM 'string'
                         OR jsonb_typeof(e -> 'index') IS DISTINCT FROM 'string'
                         OR jsonb_typeof(e -> 'scans') IS DISTINCT FROM 'number'
                         OR jsonb_typeof(e -> 'rows_read') IS DISTINCT FROM 'number')
            THEN 'Its list of indexes is damaged.'
        WHEN EXISTS (SELECT FROM
                        (SELECT usage -> 'exported_at' UNION ALL SELECT usage -> 'stats_since'
                         UNION ALL
                         SELECT e -> 'last_scan' FROM jsonb_array_elements(usage -> 'indexes') e)
                        AS t (moment)
                     WHERE jsonb_typeof(t.moment) <> 'null'
                         AND t.moment #>> '{}' !~ '^[0-9]{4,6}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:')
            THEN 'One of its times is none.'
        WHEN (usage ->> 'exported_at')::timestamptz > now() + interval '1 day'
            THEN 'It says that it was made in the future.'
        WHEN (usage ->> 'exported_at')::timestamptz <
                (SELECT max(u.exported_at) FROM perfadvisor_node_usage u
                 WHERE u.node = padv_usage_problem.node)
            THEN 'It is older than what was imported from this node before.'
        END;

/*
 * Counters start anew when a node's statistics are reset: then any scan is a
 * new one.
 */
CREATE FUNCTION padv_import_usage(node text, usage jsonb, who name) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
    WITH u AS MATERIALIZED (
        SELECT DISTINCT ON (e.schema, e.index)
            e.schema::name AS schema_name, e.index::name AS index_name,
            e.scans, e.rows_read, e.last_scan,
            (usage ->> 'stats_since')::timestamptz AS stats_since,
            (usage ->> 'exported_at')::timestamptz AS exported_at
        FROM jsonb_to_recordset(coalesce(usage -> 'indexes', '[]'))
            AS e (schema text, index text, scans bigint, rows_read bigint,
                  last_scan timestamptz)
    ), gone AS (
        DELETE FROM perfadvisor_node_usage o
        WHERE o.node = padv_import_usage.node
            AND NOT EXISTS (SELECT FROM u WHERE u.schema_name = o.schema_name
                            AND u.index_name = o.index_name)
    ), new AS (
        INSERT INTO perfadvisor_node_usage AS o
        SELECT padv_import_usage.node, u.schema_name, u.index_name, u.scans,
            u.rows_read, u.last_scan,
            coalesce(u.last_scan, CASE WHEN u.scans > 0 THEN u.exported_at END),
            u.stats_since, u.exported_at, statement_timestamp(), who
        FROM u
        ON CONFLICT ON CONSTRAINT perfadvisor_node_usage_pkey DO UPDATE SET
            scans = excluded.scans,
            rows_read = excluded.rows_read,
            last_scan = excluded.last_scan,
            last_used = greatest(o.last_used, CASE
                WHEN excluded.last_scan IS NOT NULL THEN excluded.last_scan
                WHEN excluded.scans > CASE WHEN excluded.scans >= o.scans
                        THEN o.scans ELSE 0 END
                    THEN excluded.exported_at END),
            stats_since = excluded.stats_since,
            exported_at = excluded.exported_at,
            imported_at = excluded.imported_at,
            imported_by = excluded.imported_by
        RETURNING 1
    )
    SELECT count(*) FROM new;
    END;

CREATE FUNCTION perfadvisor_import_usage(node text, usage jsonb) RETURNS bigint
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION perfadvisor_import_usage(text, jsonb) IS
'remembers under a name what another node told with perfadvisor_export_usage(), and returns for how many indexes; null forgets the node';

REVOKE ALL ON FUNCTION padv_usage_problem(text, jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION padv_import_usage(text, jsonb, name) FROM PUBLIC;
REVOKE ALL ON FUNCTION perfadvisor_import_usage(text, jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION perfadvisor_export_usage() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION perfadvisor_export_usage() TO pg_monitor;
