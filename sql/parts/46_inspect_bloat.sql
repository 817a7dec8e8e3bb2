/*
 * 46_inspect_bloat.sql: btree indexes that are larger than they need to be.
 *
 * How large an index would be if it were built anew follows from the
 * statistics of its columns, as it does for indexes that are advised; reading
 * it page by page would tell more, and take as long as reading it does.
 */

/* (index) -> bytes of a new build, or NULL when its table is locked */
CREATE FUNCTION padv_fresh_bytes(index oid) RETURNS bigint
    AS 'MODULE_PATHNAME'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;

/* (table) -> pages that may have dead rows, or NULL when that is not known */
CREATE FUNCTION padv_hidden_pages(relation oid) RETURNS bigint
    AS 'MODULE_PATHNAME', 'padv_inspect_hidden_pages'
    LANGUAGE C STABLE STRICT PARALLEL SAFE;

/*
 * Dead rows of a table, as far as they can be believed: a session reports them
 * up to a second late, which may be after the VACUUM that took them away.  A
 * row takes 28 bytes of a page at the least.
 */
CREATE FUNCTION padv_dead_rows(relation oid) RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN least(pg_stat_get_dead_tuples(relation),
        current_setting('block_size')::bigint / 28 * padv_hidden_pages(relation));

/*
 * Columns that were analyzed, by themselves and with what inherits from their
 * table.  Nobody but superusers may read where that is written, and it tells
 * nothing of what is in them.
 */
CREATE VIEW padv_analyzed_column AS
    SELECT starelid AS relid, staattnum AS attnum,
        bool_or(NOT stainherit) AS alone, bool_or(stainherit) AS inherited
    FROM pg_statistic
    GROUP BY starelid, staattnum;

/*
 * What may be read of an index's columns by whoever asks, as pg_stats has it;
 * an expression may read any column.
 */
CREATE FUNCTION padv_may_read(relation oid, columns int2[], row_security boolean)
    RETURNS boolean
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN (has_table_privilege(relation, 'SELECT')
            OR 0 <> ALL (columns)
               AND (SELECT bool_and(has_column_privilege(relation, c, 'SELECT'))
                    FROM unnest(columns) c))
        AND NOT (row_security AND row_security_active(relation));

/*
 * One row for each btree index of a megabyte or more that is at least 1.4 times
 * as large as a new one would be, or of which that cannot be said.  Splits leave
 * the pages of a btree two thirds full in the long run, and the estimate is
 * good to a quarter: only from twice the size on is it worth a rebuild.
 */
CREATE FUNCTION padv_bloated_indexes() RETURNS TABLE (
        relation regclass,
        index regclass,
        size_bytes bigint,
        expected_bytes bigint,
        bloat_bytes bigint,
        bloat_pct double precision,
        verdict text,
        reason text,
        ddl text)
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off
    BEGIN ATOMIC
    WITH large AS MATERIALIZED (
        SELECT i.indexrelid, i.indrelid, i.nspname, i.index_name, i.columns, i.contype,
            i.has_expressions, i.indpred IS NOT NULL AS partial, t.relrowsecurity, f.bytes
        FROM padv_index i
        JOIN pg_class t ON t.oid = i.indrelid
        CROSS JOIN LATERAL (SELECT padv_file_bytes(i.indexrelid)) f (bytes)
        WHERE i.amname = 'btree' AND i.usable AND NOT i.partitioned
            AND f.bytes >= 1048576
    ), columns AS (
        SELECT l.indexrelid, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
            FILTER (WHERE s.relid IS NULL) AS not_analyzed
        FROM large l
        CROSS JOIN unnest(l.columns) k (attnum)
        JOIN pg_attribute a ON a.attrelid = l.indrelid AND a.attnum = k.attnum
        LEFT JOIN padv_analyzed_column s
            ON s.relid = a.attrelid AND s.attnum = a.attnum AND s.alone
        GROUP BY l.indexrelid
    ), judged AS MATERIALIZED (
        SELECT l.*, c.not_analyzed,
            CASE WHEN NOT padv_may_read(l.indrelid, l.columns
                        || CASE WHEN l.has_expressions OR l.partial
                            THEN '{0}'::int2[] ELSE '{}' END,
                        l.relrowsecurity) THEN 'rights'
                WHEN c.not_analyzed IS NOT NULL THEN 'statistics'
                WHEN e.indexrelid IS NOT NULL THEN 'expressions'
                WHEN k.relation IS NOT NULL THEN 'locked'
                END AS code
        FROM large l
        LEFT JOIN columns c ON c.indexrelid = l.indexrelid
        LEFT JOIN (SELECT DISTINCT x.indexrelid
                   FROM large x
                   LEFT JOIN padv_analyzed_column s ON s.relid = x.indexrelid
                   WHERE x.has_expressions AND s.relid IS NULL) e
            ON e.indexrelid = l.indexrelid
        LEFT JOIN padv_table_lock k ON k.relation = l.indrelid
    ), estimated AS MATERIALIZED (
        SELECT j.*, CASE WHEN j.code IS NULL THEN padv_fresh_bytes(j.indexrelid) END AS fresh
        FROM judged j
    )
    SELECT e.indrelid::regclass,
        e.indexrelid::regclass,
        e.bytes,
        e.fresh,
        CASE WHEN e.fresh IS NOT NULL THEN greatest(e.bytes - e.fresh, 0) END,
        CASE WHEN e.fresh IS NOT NULL
            THEN greatest(100.0::float8 * (e.bytes - e.fresh) / e.bytes, 0) END,
        v.verdict,
        CASE
            WHEN e.code = 'rights' THEN format(
                'How large it would be when built anew is estimated from the statistics of its columns, which you may not see: it takes SELECT on %s%s.',
                e.indrelid::regclass,
                CASE WHEN e.relrowsecurity THEN ', without row security' END)
            WHEN e.code = 'statistics' THEN format(
                'How large it would be when built anew is not known: there are no statistics of %s. ANALYZE %s first.',
                e.not_analyzed, e.indrelid::regclass)
            WHEN e.code = 'expressions' THEN format(
                'How large it would be when built anew is not known: there are no statistics of its expressions. ANALYZE %s first.',
                e.indrelid::regclass)
            WHEN e.fresh IS NULL THEN 
                'Its table is locked at the moment, or a function that the table''s indexes or statistics call has failed.'
            ELSE format('It has %s; built anew it would have about %s',
                    pg_size_pretty(e.bytes), pg_size_pretty(e.fresh))
                || CASE WHEN v.verdict = 'reindex'
                    THEN format(', which frees %s and spares scans and the cache as much.',
                        pg_size_pretty(e.bytes - e.fresh))
                    ELSE '. Writes leave a btree about so, and a new one would soon be as large again.' END
                || CASE WHEN padv_dead_rows(e.indrelid)
                            > 0.2 * greatest(pg_stat_get_live_tuples(e.indrelid), 1)
                    THEN format(' The table has %s dead rows: VACUUM it first, or the new index grows like the old one.',
                        padv_figure(padv_dead_rows(e.indrelid))) ELSE '' END
            END,
        CASE WHEN v.verdict = 'reindex'
            THEN format('REINDEX INDEX %s%I.%I',
                CASE WHEN e.contype IS DISTINCT FROM 'x' THEN 'CONCURRENTLY ' END,
                e.nspname, e.index_name) END
    FROM estimated e
    CROSS JOIN LATERAL (SELECT CASE
            WHEN e.fresh IS NULL THEN 'unknown'
            WHEN e.bytes >= 2 * e.fresh THEN 'reindex'
            ELSE 'keep' END) v (verdict)
    WHERE e.fresh IS NULL OR e.bytes >= 1.4 * e.fresh
    ORDER BY v.verdict <> 'reindex', v.verdict DESC, e.bytes - e.fresh DESC NULLS LAST,
        e.bytes DESC, e.indexrelid;
    END;

CREATE VIEW perfadvisor_bloated_indexes AS SELECT * FROM padv_bloated_indexes();

GRANT SELECT ON padv_analyzed_column, perfadvisor_bloated_indexes TO PUBLIC;

COMMENT ON VIEW perfadvisor_bloated_indexes IS
    'btree indexes of a megabyte or more that are much larger than a new build would be';
COMMENT ON COLUMN perfadvisor_bloated_indexes.expected_bytes IS
    'size of a new build, from the statistics of the columns; NULL: not known, and reason says why';
COMMENT ON COLUMN perfadvisor_bloated_indexes.verdict IS
    'reindex: at least twice as large; keep: larger, but as writes leave it; unknown: statistics or rights are missing';
