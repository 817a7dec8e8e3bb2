/*
 * 47_inspect_tables.sql: tables that want ANALYZE or VACUUM.
 *
 * Autovacuum does both by itself, when the rows that changed exceed a threshold
 * that settings and the table's own options give.  A table is named here when
 * twice as many have changed, so that autovacuum does not keep up with it, or
 * when as many have and autovacuum does not look at it at all.
 *
 * A session reports its changes up to a second late, so that those made just
 * before an ANALYZE or VACUUM may be counted after it, and the rows twice.  What
 * was inserted into a table that has not grown since is not believed, nor are
 * dead rows on pages that are visible to all (see padv_dead_rows()).
 */

/* Extended statistics that ANALYZE has not filled since they were created. */
CREATE VIEW padv_empty_statistics AS
    SELECT e.stxrelid AS relid, string_agg(quote_ident(e.stxname), ', ' ORDER BY e.stxname) AS names
    FROM pg_statistic_ext e
    WHERE NOT EXISTS (SELECT FROM pg_statistic_ext_data d WHERE d.stxoid = e.oid)
    GROUP BY e.stxrelid;

/* The thresholds of autovacuum as they hold for each table. */
CREATE VIEW padv_table_threshold AS
    SELECT c.oid AS relid, n.nspname, c.relname, c.relkind, c.relispartition,
        c.reltuples, c.relpages, c.relallvisible, t.reltuples AS rows,
        o.enabled,
        o.analyze_base + o.analyze_scale * t.reltuples AS analyze_after,
        o.vacuum_base + o.vacuum_scale * t.reltuples AS vacuum_after
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (SELECT CASE WHEN c.reltuples >= 0 THEN c.reltuples::float8
            ELSE pg_stat_get_live_tuples(c.oid)::float8 END) t (reltuples)
    CROSS JOIN LATERAL (
        SELECT coalesce(bool_and(r.option_value::boolean)
                FILTER (WHERE r.option_name = 'autovacuum_enabled'), true)
                AND current_setting('autovacuum')::boolean
                AND current_setting('track_counts')::boolean AS enabled,
            coalesce(max(r.option_value::float8) FILTER (WHERE r.option_name = 'autovacuum_analyze_threshold'),
                current_setting('autovacuum_analyze_threshold')::float8) AS analyze_base,
            coalesce(max(r.option_value::float8) FILTER (WHERE r.option_name = 'autovacuum_analyze_scale_factor'),
                current_setting('autovacuum_analyze_scale_factor')::float8) AS analyze_scale,
            coalesce(max(r.option_value::float8) FILTER (WHERE r.option_name = 'autovacuum_vacuum_threshold'),
                current_setting('autovacuum_vacuum_threshold')::float8) AS vacuum_base,
            coalesce(max(r.option_value::float8) FILTER (WHERE r.option_name = 'autovacuum_vacuum_scale_factor'),
                current_setting('autovacuum_vacuum_scale_factor')::float8) AS vacuum_scale
        FROM (SELECT option_name, option_value FROM pg_options_to_table(c.reloptions)
              WHERE option_name ~ '^autovacuum_(enabled|(analyze|vacuum)_(threshold|scale_factor))$') r) o
    WHERE c.relkind IN ('r', 'm', 'p') AND c.relpersistence <> 't'
        AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        AND n.nspname <> ALL (padv_excluded_schemas())
        -- perfadvisor's own
        AND c.oid NOT IN (
            SELECT d.objid
            FROM pg_depend d JOIN pg_extension x ON x.oid = d.refobjid
            WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
                AND d.classid = 'pg_class'::regclass AND x.extname = 'perfadvisor');

CREATE FUNCTION padv_neglected_tables() RETURNS TABLE (
        relation regclass,
        action text,
        size_bytes bigint,
        rows bigint,
        changed_rows bigint,
        threshold bigint,
        last_done timestamptz,
        verdict text,
        reason text,
        ddl text,
        why text)
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off
    BEGIN ATOMIC
    WITH RECURSIVE analyzed AS MATERIALIZED (
        SELECT relid, bool_or(alone) AS alone, bool_or(inherited) AS inherited
        FROM padv_analyzed_column GROUP BY relid
    ), counted AS MATERIALIZED (
        SELECT t.*, a.relid IS NOT NULL AND a.alone AS has_statistics,
            coalesce(padv_file_bytes(t.relid), 0) AS bytes,
            pg_stat_get_mod_since_analyze(t.relid) AS modified,
            pg_stat_get_dead_tuples(t.relid) AS dead,
            pg_stat_get_live_tuples(t.relid) AS live,
            greatest(pg_stat_get_last_analyze_time(t.relid),
                     pg_stat_get_last_autoanalyze_time(t.relid)) AS last_analyze,
            greatest(pg_stat_get_last_vacuum_time(t.relid),
                     pg_stat_get_last_autovacuum_time(t.relid)) AS last_vacuum
        FROM padv_table_threshold t
        LEFT JOIN analyzed a ON a.relid = t.relid
        WHERE t.relkind <> 'p'
    ), believed AS MATERIALIZED (
        SELECT c.*, c.not_grown AND c.live > c.reltuples AS twice
        FROM (SELECT *, last_analyze IS NOT NULL AND reltuples >= 0
                  AND bytes <= relpages::bigint * current_setting('block_size')::int AS not_grown
              FROM counted) c
    ), leaf AS MATERIALIZED (
        SELECT b.relid, b.nspname, b.relname, b.relkind, b.reltuples, b.rows, b.enabled,
            b.analyze_after, b.vacuum_after, b.has_statistics, b.bytes,
            b.last_analyze, b.last_vacuum,
            CASE WHEN b.twice THEN b.reltuples::bigint ELSE b.live END AS live,
            -- rows fit into a table that does not grow only where others were
            CASE WHEN b.not_grown
                THEN least(b.modified - CASE WHEN b.twice
                               THEN (b.live - b.reltuples)::bigint ELSE 0 END,
                           2 * (pg_stat_get_tuples_updated(b.relid)
                                + pg_stat_get_tuples_deleted(b.relid)))
                ELSE b.modified END AS modified,
            CASE WHEN b.dead > b.vacuum_after THEN padv_dead_rows(b.relid)
                ELSE b.dead END AS dead
        FROM believed b
    ), part (root, relid) AS (
        SELECT t.relid, i.inhrelid
        FROM padv_table_threshold t JOIN pg_inherits i ON i.inhparent = t.relid
        WHERE t.relkind = 'p'
        UNION ALL
        SELECT p.root, i.inhrelid FROM part p JOIN pg_inherits i ON i.inhparent = p.relid
    ), parent AS (
        -- autovacuum never analyzes a partitioned table as a whole
        SELECT t.relid, t.nspname, t.relname, sum(l.bytes)::bigint AS bytes,
            sum(greatest(l.rows, l.live))::bigint AS rows, count(*) AS parts
        FROM padv_table_threshold t
        JOIN part p ON p.root = t.relid
        JOIN leaf l ON l.relid = p.relid
        LEFT JOIN analyzed a ON a.relid = t.relid
        WHERE t.relkind = 'p' AND NOT t.relispartition
            AND coalesce(a.inherited, false) = false
            AND pg_stat_get_last_analyze_time(t.relid) IS NULL
        GROUP BY t.relid, t.nspname, t.relname
        HAVING sum(greatest(l.rows, l.live)) > 0
    ), found AS (
        SELECT l.relid, l.nspname, l.relname, 'analyze' AS action, l.bytes,
            greatest(l.rows, l.live)::bigint AS rows, l.modified AS changed,
            l.analyze_after AS threshold, l.last_analyze AS last_done, l.enabled,
            'never_analyzed' AS code, NULL::bigint AS parts
        FROM leaf l
        WHERE NOT l.has_statistics AND l.last_analyze IS NULL AND l.bytes > 0
            AND (l.live > 0 OR l.reltuples > 0 OR l.bytes >= 65536)
        UNION ALL
        SELECT l.relid, l.nspname, l.relname, 'analyze', l.bytes,
            greatest(l.rows, l.live)::bigint, l.modified, l.analyze_after, l.last_analyze,
            l.enabled, 'stale', NULL
        FROM leaf l
        WHERE (l.has_statistics OR l.last_analyze IS NOT NULL)
            AND l.modified > l.analyze_after * CASE WHEN l.enabled THEN 2 ELSE 1 END
        UNION ALL
        SELECT l.relid, l.nspname, l.relname, 'vacuum', l.bytes,
            l.live, l.dead, l.vacuum_after, l.last_vacuum, l.enabled, 'dead', NULL
        FROM leaf l
        WHERE l.relkind <> 'm'
            AND l.dead > l.vacuum_after * CASE WHEN l.enabled THEN 2 ELSE 1 END
        UNION ALL
        SELECT p.relid, p.nspname, p.relname, 'analyze', p.bytes, p.rows, 0, 0, NULL,
            false, 'parent', p.parts
        FROM parent p
        UNION ALL
        SELECT l.relid, l.nspname, l.relname, 'analyze', l.bytes,
            greatest(l.rows, l.live)::bigint, l.modified, l.analyze_after, l.last_analyze,
            l.enabled, 'extended', NULL
        FROM leaf l JOIN padv_empty_statistics e ON e.relid = l.relid
        WHERE l.has_statistics AND l.bytes > 0
            AND l.modified <= l.analyze_after * CASE WHEN l.enabled THEN 2 ELSE 1 END
    )
    SELECT f.relid::regclass,
        f.action,
        f.bytes,
        f.rows,
        f.changed,
        f.threshold::bigint,
        f.last_done,
        v.verdict,
        CASE f.code
            WHEN 'never_analyzed' THEN format(
                'It was never analyzed: the planner knows nothing of the values in its %s, and guesses.', s.rows)
            WHEN 'parent' THEN format(
                'It was never analyzed as a whole, and autovacuum analyzes only %s: for joins and groups over the whole table the planner guesses.',
                CASE f.parts WHEN 1 THEN 'its one partition' ELSE format('each of its %s partitions', f.parts) END)
            WHEN 'extended' THEN format(
                'Its extended statistics %s were created after it was last analyzed%s, and are empty.',
                (SELECT e.names FROM padv_empty_statistics e WHERE e.relid = f.relid), s.last)
            WHEN 'stale' THEN format(
                '%s were inserted, updated or deleted since it was last analyzed%s, of now %s rows; autovacuum analyzes after %s.',
                s.changed, s.last, padv_figure(f.rows), padv_figure(ceil(f.threshold)::numeric))
            ELSE format(
                '%s are dead, beside %s that are not; autovacuum starts at %s%s. Scans read them, and their room is not used again.',
                s.changed, padv_figure(f.rows), padv_figure(ceil(f.threshold)::numeric),
                CASE WHEN f.last_done IS NULL THEN '' ELSE ', and the last vacuum was' || s.last END)
            END
        || CASE WHEN f.code IN ('parent', 'extended') THEN ''
            WHEN NOT f.enabled THEN ' Autovacuum is off for it.'
            WHEN f.code = 'dead' THEN ' Autovacuum does not keep up, or an old transaction or replication slot holds the rows back.'
            ELSE '' END
        || CASE v.verdict WHEN 'unknown' THEN
            ' This is a standby: it can be done on the primary alone, where the figures are others.' ELSE '' END,
        CASE WHEN v.verdict <> 'unknown' THEN
            format('%s %I.%I', upper(f.action), f.nspname, f.relname) END,
        f.code
    FROM found f
    CROSS JOIN LATERAL (SELECT CASE WHEN pg_is_in_recovery() THEN 'unknown'
            ELSE f.action END) v (verdict)
    CROSS JOIN LATERAL (SELECT
            CASE f.rows WHEN 1 THEN '1 row' ELSE padv_figure(f.rows) || ' rows' END,
            CASE f.changed WHEN 1 THEN '1 row' ELSE padv_figure(f.changed) || ' rows' END,
            coalesce(' on ' || padv_moment(f.last_done), '')) s (rows, changed, last)
    ORDER BY f.bytes DESC, f.relid, f.action;
    END;

CREATE VIEW perfadvisor_neglected_tables AS SELECT * FROM padv_neglected_tables();

GRANT SELECT ON padv_empty_statistics, padv_table_threshold, perfadvisor_neglected_tables TO PUBLIC;

COMMENT ON VIEW perfadvisor_neglected_tables IS
    'tables without statistics, with stale ones, or with many dead rows';
COMMENT ON COLUMN perfadvisor_neglected_tables.changed_rows IS
    'rows that changed since the last ANALYZE, or that are dead';
COMMENT ON COLUMN perfadvisor_neglected_tables.threshold IS
    'with how many autovacuum would begin';
