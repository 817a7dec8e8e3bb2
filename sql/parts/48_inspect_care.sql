/*
 * 48_inspect_care.sql: what the views above lead to, in one form, as rows for
 * perfadvisor_recommendations().
 *
 * What cannot be taken back says so where undo_ddl stands, in a comment: it
 * runs as it stands, and does nothing.
 */
CREATE FUNCTION padv_care() RETURNS TABLE (
        kind text,
        why text,
        priority text,
        relation regclass,
        ddl text,
        undo_ddl text,
        reason text,
        size_bytes bigint,
        detail jsonb,
        index oid,
        check_sql text,
        checks bigint,
        checks_ms double precision)
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp SET jit = off
    BEGIN ATOMIC
    SELECT c.*
    FROM (
        SELECT CASE WHEN i.ddl LIKE 'DROP %' THEN 'drop_index' ELSE 'reindex' END AS kind,
            'invalid' AS why,
            'medium' AS priority,
            i.relation, i.ddl,
            coalesce(i.undo_ddl, '/* nothing to take back */') AS undo_ddl,
            format('Index %s is not valid. %s', i.index, i.reason) AS reason,
            CASE WHEN i.ddl LIKE 'DROP %' THEN - i.size_bytes ELSE 0 END AS size_bytes,
            jsonb_build_object('index', i.index::text, 'index_bytes', i.size_bytes) AS detail,
            i.index::oid AS index, NULL::text AS check_sql, NULL::bigint AS checks, NULL::float8 AS checks_ms
        FROM perfadvisor_invalid_indexes i
        WHERE i.ddl IS NOT NULL
        UNION ALL
        SELECT 'reindex', 'bloat',
            CASE WHEN b.bloat_bytes >= 104857600 THEN 'medium' ELSE 'low' END,
            b.relation, b.ddl, '/* nothing to take back */',
            format('Index %s is larger than it needs to be. %s', b.index, b.reason),
            - b.bloat_bytes,
            jsonb_build_object('index', b.index::text, 'index_bytes', b.size_bytes,
                'expected_bytes', b.expected_bytes, 'bloat_bytes', b.bloat_bytes,
                'bloat_pct', round(b.bloat_pct::numeric, 1)),
            b.index, NULL, NULL, NULL
        FROM perfadvisor_bloated_indexes b
        WHERE b.verdict = 'reindex'
        UNION ALL
        SELECT t.action, t.why,
            CASE WHEN t.why = 'never_analyzed' AND t.rows >= 10000 THEN 'high'
                WHEN t.why IN ('never_analyzed', 'parent', 'extended') THEN 'medium'
                WHEN t.changed_rows > t.rows THEN 'medium'
                ELSE 'low' END,
            t.relation, t.ddl, '/* nothing to take back */', t.reason, 0,
            jsonb_build_object('rows', t.rows, 'changed_rows', t.changed_rows,
                'threshold', t.threshold, 'last_done', t.last_done,
                'table_bytes', t.size_bytes),
            NULL, NULL, NULL, NULL
        FROM perfadvisor_neglected_tables t
        WHERE t.ddl IS NOT NULL
        UNION ALL
        SELECT 'create_index', 'foreign_key', 'low',
            f.relation, f.ddl, f.undo_ddl,
            format('The foreign key %I has no index. %s', f.constraint_name, f.reason), 0,
            jsonb_build_object('constraint', f.constraint_name, 'columns', f.columns,
                'referenced', f.referenced::text, 'relation_bytes', f.relation_bytes,
                'parent_writes', f.parent_writes, 'parent_deletes', f.parent_deletes,
                'check_cost', f.check_cost, 'checks', f.checks, 'checks_ms', f.checks_ms),
            NULL, f.check_sql, greatest(f.checks, f.parent_deletes), f.checks_ms
        FROM perfadvisor_unindexed_foreign_keys f
        -- a table of a few pages is read as fast as any index
        WHERE f.ddl IS NOT NULL AND f.relation_bytes > 65536
            AND greatest(f.checks, f.parent_deletes) > 0
    ) c
    ORDER BY array_position('{critical,high,medium,low}', c.priority), c.size_bytes,
        c.kind, c.ddl COLLATE "C";
    END;
