/*
 * 43_inspect_unused.sql: indexes that nothing needs.
 */

/*
 * What is to be said of each index, as a code; the first that applies.  Only
 * 'drop' means that nothing needs it.
 *
 * Of several indexes that serve a foreign key one has to stay: one that stays
 * anyway, or else the narrowest.
 */
CREATE VIEW padv_index_verdict AS
    WITH i AS MATERIALIZED (
        -- not what it takes long to make, and nobody asks for
        SELECT indexrelid, indrelid, nspname, index_name, partitioned, attached, usable,
            indisunique, indisreplident, indisclustered, contype, conname, conrelid,
            extname, nkeys, columns, has_expressions, parts,
            parts_used, scans, rows_read, last_scan, writes, size_bytes, born, rows
        FROM padv_index_usage
    ), keeper AS (
        SELECT DISTINCT ON (s.conoid) s.conoid, s.indexrelid
        FROM padv_foreign_key_index s
        JOIN i ON i.indexrelid = s.indexrelid
        ORDER BY s.conoid,
            i.attached OR i.indisunique OR i.contype IS NOT NULL
                OR i.indisreplident OR i.indisclustered OR i.scans > 0 DESC,
            cardinality(i.columns), s.indexrelid
    ), served AS (
        SELECT DISTINCT ON (k.indexrelid) k.indexrelid, c.conname, c.confrelid
        FROM keeper k
        JOIN pg_constraint c ON c.oid = k.conoid
        ORDER BY k.indexrelid, c.conname, c.oid
    ), estimated AS (
        SELECT DISTINCT starelid FROM pg_statistic
    )
    SELECT i.*, w.since, w.now, w.min_age, w.standbys,
        e.nodes, e.names AS node_names, e.used_by, e.scans AS node_scans,
        e.last_used AS node_last_used, e.exported_at, e.stats_since AS node_since,
        CASE WHEN i.born IS NOT NULL THEN greatest(w.since, i.born) END
            AS observed_since,
        f.conname AS fk_name, f.confrelid AS fk_referenced,
        CASE
            WHEN NOT i.usable THEN 'invalid'
            WHEN i.attached THEN 'attached'
            WHEN i.contype IS NOT NULL THEN 'constraint'
            WHEN i.indisreplident THEN 'replica_identity' -- and unique as well
            WHEN i.indisunique THEN 'unique'
            WHEN i.indisclustered THEN 'clustered'
            WHEN i.extname IS NOT NULL THEN 'extension'
            WHEN f.conname IS NOT NULL THEN 'foreign_key'
            WHEN i.has_expressions
                 AND (i.partitioned OR st.starelid IS NOT NULL)
                THEN 'expression'
            WHEN i.scans > 0 AND i.rows_read / i.scans >= 1000
                THEN 'used_heavily'
            WHEN i.scans > 0
                 AND (i.last_scan IS NULL OR w.min_age = interval '0'
                      OR i.last_scan > w.now - w.min_age)
                THEN 'used'
            WHEN e.used_by IS NOT NULL THEN 'used_elsewhere'
            WHEN i.parts = 0 THEN 'no_partitions'
            WHEN NOT w.counted THEN 'not_counted'
            WHEN w.is_standby THEN 'standby'
            WHEN w.standbys > coalesce(e.nodes, 0) THEN 'has_standbys'
            -- of what was told long ago nothing follows for today
            WHEN e.exported_at < w.now - greatest(w.min_age, interval '1 day')
                THEN 'told_long_ago'
            WHEN w.min_age > interval '0' AND e.exported_at IS NOT NULL
                 AND (e.stats_since IS NULL OR e.stats_since > w.now - w.min_age)
                THEN 'told_too_early'
            WHEN w.min_age > interval '0'
                 AND (w.since IS NULL OR i.born IS NULL)
                THEN 'age_unknown'
            WHEN w.min_age > interval '0'
                 AND greatest(w.since, i.born) > w.now - w.min_age
                THEN 'too_young'
            WHEN l.relation IS NOT NULL THEN 'locked'
            ELSE 'drop'
        END AS code,
        l.relation IS NOT NULL AS locked
    FROM i
    CROSS JOIN padv_statistics_window w
    LEFT JOIN served f ON f.indexrelid = i.indexrelid
    LEFT JOIN estimated st ON st.starelid = i.indexrelid
    LEFT JOIN padv_table_lock l ON l.relation = i.indrelid
    LEFT JOIN padv_index_elsewhere e ON e.indexrelid = i.indexrelid;

/* What one CREATE INDEX cannot bring back. */
CREATE VIEW padv_index_extras AS
    SELECT indexrelid, 'its ' || string_agg(what, ' and its ' ORDER BY what) AS what
    FROM (SELECT objoid, 'comment' FROM pg_description
          WHERE classoid = 'pg_class'::regclass AND objsubid = 0
          UNION
          SELECT attrelid, 'statistics targets' FROM pg_attribute
          WHERE attstattarget >= 0 AND attnum > 0
          UNION
          SELECT objid, 'dependency on an extension' FROM pg_depend
          WHERE refclassid = 'pg_extension'::regclass AND deptype = 'x'
              AND classid = 'pg_class'::regclass) e (indexrelid, what)
    GROUP BY indexrelid;

/*
 * Of these indexes, those that must not be dropped, by the recorded statements
 * on their tables: 'planned', as a plan gets dearer without it, 'not_visible',
 * as others have statements there.
 */
CREATE FUNCTION padv_missed_indexes(indexes oid[], OUT index oid, OUT code text)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;

/*
 * Whoever plans the recorded statements anyway does not want it done here as
 * well.
 */
CREATE FUNCTION padv_unused_indexes(with_plans boolean) RETURNS TABLE (
        relation regclass,
        index regclass,
        size_bytes bigint,
        scans bigint,
        last_scan timestamptz,
        observed_since timestamptz,
        writes_per_hour double precision,
        verdict text,
        reason text,
        ddl text,
        undo_ddl text)
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off
    BEGIN ATOMIC
    WITH judged AS MATERIALIZED (
        SELECT * FROM padv_index_verdict
    ), missed AS MATERIALIZED (
        SELECT * FROM padv_missed_indexes(ARRAY(
            SELECT j.indexrelid FROM judged j
            WHERE with_plans AND j.code = 'drop' AND j.scans < 50
            ORDER BY j.size_bytes DESC, j.indexrelid))
    )
    SELECT v.indrelid::regclass AS relation,
        v.indexrelid::regclass AS index,
        v.size_bytes,
        v.scans,
        v.last_scan,
        v.observed_since,
        h.writes_per_hour,
        d.verdict,
        CASE v.final_code
            WHEN 'invalid' THEN
                'It is not valid and cannot be used: see perfadvisor_invalid_indexes.'
            WHEN 'constraint' THEN CASE v.contype
                WHEN 'p' THEN format('It backs the primary key %I.', v.conname)
                WHEN 'u' THEN format('It backs the unique constraint %I; checks for uniqueness do not count as scans.', v.conname)
                WHEN 'x' THEN format('It backs the exclusion constraint %I.', v.conname)
                ELSE format('The foreign key %I of %I refers to it.', v.conname,
                    (SELECT relname FROM pg_class WHERE oid = v.conrelid)) END
            WHEN 'unique' THEN
                'It keeps its columns unique; checks for uniqueness do not count as scans.'
            WHEN 'replica_identity' THEN
                'It is the replica identity of its table, by which logical replication finds rows, and keeps its columns unique.'
            WHEN 'clustered' THEN
                'CLUSTER orders its table by it.'
            WHEN 'extension' THEN
                format('Its table belongs to the extension %I.', v.extname)
            WHEN 'foreign_key' THEN
                format('It serves the foreign key %I: without it, every delete and key update in %s would read all of this table.',
                    v.fk_name, v.fk_referenced::regclass)
            WHEN 'expression' THEN
                'The planner also estimates by the statistics of its expressions, which would go with it.'
            WHEN 'used_heavily' THEN
                format('%s read %s rows%s: seldom, but much.',
                    s.scans, padv_figure(v.rows_read), s.last)
            WHEN 'used' THEN
                format('It is in use: %s%s%s.', s.scans, s.since, s.last)
            WHEN 'used_elsewhere' THEN
                format('No scan%s here, but %s on %s, last on %s, as of %s.', s.since,
                    CASE v.node_scans WHEN 1 THEN '1 scan'
                        ELSE padv_figure(v.node_scans) || ' scans' END,
                    v.used_by, padv_moment(v.node_last_used), padv_moment(v.exported_at))
            WHEN 'attached' THEN
                format('It is a part of the index %s, which is used in %s of %s partitions, and cannot be dropped alone.',
                    p.whole::regclass, p.parts_used, p.parts)
            WHEN 'no_partitions' THEN
                'Its table has no partitions yet.'
            WHEN 'not_counted' THEN
                'Scans are not counted, as track_counts is off.'
            WHEN 'standby' THEN
                format('No scan%s on this standby; what the primary uses is not known here, and only there it can be dropped.', s.since)
            WHEN 'has_standbys' THEN
                format('No scan%s, but what is used on %s is not counted here: see perfadvisor_export_usage().', s.since,
                    CASE v.standbys WHEN 1 THEN 'the connected standby'
                        ELSE format('the %s connected standbys', v.standbys) END)
            WHEN 'told_long_ago' THEN
                format('No scan%s, but what was used on %s was told on %s, too long ago: perfadvisor_import_usage() it again.',
                    s.since, v.node_names, padv_moment(v.exported_at))
            WHEN 'told_too_early' THEN
                format('No scan%s, nor on %s; but there scans are counted only since %s, and perfadvisor.unused_min_age asks for %s.',
                    s.since, v.node_names, coalesce(padv_moment(v.node_since), 'an unknown time'),
                    padv_span(v.min_age))
            WHEN 'age_unknown' THEN
                'No scan was counted, but this system does not tell for how long the index exists.'
            WHEN 'too_young' THEN
                format('No scan%s%s; perfadvisor.unused_min_age asks for %s.',
                    s.since, s.age, padv_span(v.min_age))
            WHEN 'planned' THEN
                format('No scan%s%s, but the plan of a recorded statement uses it and would cost more without it.', s.since, s.age)
            WHEN 'not_visible' THEN
                format('No scan%s%s, but other roles have statements on its table that you may not see: members of pg_read_all_stats can tell whether they need it.', s.since, s.age)
            WHEN 'locked' THEN
                format('No scan%s%s, but its table is locked at the moment.', s.since, s.age)
            ELSE
                format('%s%s%s%s%s. %s Dropping it frees %s.%s%s%s',
                    CASE WHEN v.scans > 0
                        THEN format('It was last scanned on %s, %s ago: %s',
                            padv_moment(v.last_scan), padv_span(v.now - v.last_scan), s.scans)
                        ELSE 'No scan' END,
                    CASE WHEN v.partitioned
                        THEN format(' in any of its %s parts', v.parts) END,
                    s.since, s.age,
                    ', nor on ' || v.node_names,
                    CASE WHEN v.writes = 0 THEN 'Its table was not written.'
                        ELSE format('Up to %s inserts and non-HOT updates an hour maintain it.',
                            padv_figure(ceil(h.writes_per_hour::numeric))) END,
                    pg_size_pretty(v.size_bytes),
                    CASE WHEN padv_file_bytes(v.indrelid) <= 65536
                        THEN ' But its table is so small that scans of all of it are cheaper, which may change.' END,
                    CASE WHEN v.partitioned
                        THEN ' undo_ddl names the indexes of the partitions anew.' END,
                    ' undo_ddl does not bring back ' || x.what || '.')
        END AS reason,
        CASE WHEN d.verdict = 'drop'
            THEN padv_drop_index_ddl(v.nspname, v.index_name, v.partitioned) END AS ddl,
        CASE WHEN d.verdict = 'drop'
            THEN padv_create_index_ddl(v.indexrelid) END AS undo_ddl
    FROM (SELECT j.*, coalesce(m.code, j.code) AS final_code
          FROM judged j LEFT JOIN missed m ON m.index = j.indexrelid) v
    LEFT JOIN padv_index_extras x ON x.indexrelid = v.indexrelid
    LEFT JOIN (SELECT b.part, t.indexrelid AS whole, t.parts, t.parts_used
               FROM padv_index_part b
               JOIN padv_index_usage t ON t.indexrelid = b.indexrelid
               WHERE NOT t.attached) p
        ON v.attached AND p.part = v.indexrelid,
    LATERAL (SELECT CASE
            WHEN v.final_code = 'drop' THEN 'drop'
            WHEN v.final_code IN ('invalid', 'no_partitions', 'not_counted', 'standby',
                            'has_standbys', 'told_long_ago', 'told_too_early', 'age_unknown', 'too_young', 'locked', 'not_visible')
                THEN 'unknown'
            ELSE 'keep' END) d (verdict),
    LATERAL (SELECT
            CASE v.scans WHEN 1 THEN '1 scan' ELSE v.scans || ' scans' END,
            ' since ' || padv_moment(v.observed_since),
            format(' (%s)', padv_span(v.now - v.observed_since)),
            ', last on ' || padv_moment(v.last_scan)) s (scans, since, age, last),
    LATERAL (SELECT v.writes::float8
            / nullif(extract(epoch FROM v.now - v.since)::float8 / 3600, 0)) h (writes_per_hour)
    WHERE v.scans < 50
        -- what holds for an index on a partitioned table need not be said of each part
        AND (v.code <> 'attached' OR v.scans = 0 AND p.parts_used > 0)
    ORDER BY d.verdict <> 'drop', d.verdict DESC, v.size_bytes DESC, v.indexrelid;
    END;

CREATE VIEW perfadvisor_unused_indexes AS SELECT * FROM padv_unused_indexes(true);

GRANT SELECT ON padv_index_verdict, padv_index_extras, perfadvisor_unused_indexes TO PUBLIC;

COMMENT ON VIEW perfadvisor_unused_indexes IS
    'indexes that were scanned less than 50 times, and whether they may be dropped';
COMMENT ON COLUMN perfadvisor_unused_indexes.scans IS
    'scans since observed_since, of all partitions together';
COMMENT ON COLUMN perfadvisor_unused_indexes.last_scan IS
    'not known before PostgreSQL 16';
COMMENT ON COLUMN perfadvisor_unused_indexes.observed_since IS
    'since when scans of it would have been counted: the start of the statistics, or the creation of its file when that is later';
COMMENT ON COLUMN perfadvisor_unused_indexes.writes_per_hour IS
    'inserts and non-HOT updates of its table since the statistics began, per hour';
COMMENT ON COLUMN perfadvisor_unused_indexes.verdict IS
    'drop: nothing needs it; keep: something does; unknown: too little is known';
