/*
 * 45_inspect_invalid.sql: indexes that were left invalid, and how to mend it.
 */

/*
 * Whether ATTACH PARTITION of an index that is attached already makes that of
 * the partitioned table valid: since the minor versions of May 2026.
 */
CREATE FUNCTION padv_attaching_again_helps() RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
    BEGIN ATOMIC
    SELECT v % 10000 >= CASE v / 10000
        WHEN 15 THEN 18 WHEN 16 THEN 14 WHEN 17 THEN 10 WHEN 18 THEN 4 ELSE 0 END
    FROM (SELECT current_setting('server_version_num')::int) s (v);
    END;

/*
 * Left over, and not at work: an index that is being built, rebuilt or dropped
 * right now is held by whoever does that.  REINDEX CONCURRENTLY makes all its
 * new indexes before it fills the first, so that a table with a build under way
 * is left alone altogether.
 */
CREATE FUNCTION padv_invalid_indexes() RETURNS TABLE (
        relation regclass,
        index regclass,
        size_bytes bigint,
        reason text,
        ddl text,
        undo_ddl text)
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off
    BEGIN ATOMIC
    SELECT i.indrelid::regclass AS relation,
        i.indexrelid::regclass AS index,
        i.size_bytes,
        CASE s.code
            WHEN 'partitioned' THEN CASE
                WHEN n.missing > 0 THEN
                    format('%s of %s partitions have no index attached to it, so that it is not used as one: create what is missing, and tell each by ALTER INDEX ... ATTACH PARTITION.',
                        n.missing, n.partitions)
                WHEN n.invalid > 0 THEN
                    'An index of a partition is invalid: this one can become valid when all of them are.'
                WHEN padv_attaching_again_helps() THEN
                    'All its partitions have a valid index attached; attaching one again lets it notice.'
                ELSE
                    'All its partitions have a valid index attached, which this version of PostgreSQL notices only when the index is dropped and created again; the latest minor version does when one is attached again.' END
            WHEN 'half_dropped' THEN
                'DROP INDEX CONCURRENTLY did not end; it can be run again.'
            WHEN 'attached' THEN
                'It belongs to the index of a partitioned table and cannot be dropped, but built again.'
            WHEN 'ccnew' THEN
                'REINDEX CONCURRENTLY did not end and left this new index; the old one is still in use.'
            WHEN 'ccold' THEN
                'REINDEX CONCURRENTLY did not end and left this old index; the new one is in use.'
            WHEN 'covered' THEN
                format('It was not built to the end, and %s does its work.', k.covered_by::regclass)
            WHEN 'unique' THEN
                'It was not built to the end. A unique index fails where values occur twice: see to them first, then make it again with undo_ddl.'
            ELSE 'It was not built to the end; building it again makes it valid.' END
        || CASE WHEN i.partitioned THEN ''
            WHEN NOT i.indislive OR NOT i.indisready
                THEN ' No statement uses it.'
            WHEN i.indisunique
                THEN ' No query uses it, but each write maintains it, and is refused where it breaks uniqueness.'
            ELSE ' No query uses it, but each write maintains it.' END AS reason,
        CASE WHEN s.code = 'partitioned' THEN
                CASE WHEN n.missing = 0 AND n.invalid = 0 AND n.partitions > 0
                        AND padv_attaching_again_helps()
                    THEN format('ALTER INDEX %I.%I ATTACH PARTITION %s',
                        i.nspname, i.index_name, n.any_part) END
            WHEN s.code IN ('attached', 'unfinished')
                THEN format('REINDEX INDEX CONCURRENTLY %I.%I', i.nspname, i.index_name)
            ELSE padv_drop_index_ddl(i.nspname, i.index_name, i.partitioned) END AS ddl,
        CASE WHEN s.code NOT IN ('partitioned', 'attached', 'unfinished')
            THEN padv_create_index_ddl(i.indexrelid) END AS undo_ddl
    FROM padv_index_usage i
    LEFT JOIN (SELECT index, min(covered_by) AS covered_by
               FROM padv_index_cover GROUP BY index) k
        ON k.index = i.indexrelid
    LEFT JOIN LATERAL (
        SELECT count(*) AS partitions,
            count(*) - count(x.indexrelid) AS missing,
            count(*) FILTER (WHERE NOT x.indisvalid) AS invalid,
            min(quote_ident(x.nspname) || '.' || quote_ident(x.relname)) AS any_part
        FROM pg_inherits h
        LEFT JOIN (SELECT px.indexrelid, px.indrelid, px.indisvalid, pn.nspname, pc.relname
                   FROM pg_inherits pi
                   JOIN pg_index px ON px.indexrelid = pi.inhrelid
                   JOIN pg_class pc ON pc.oid = pi.inhrelid
                   JOIN pg_namespace pn ON pn.oid = pc.relnamespace
                   WHERE pi.inhparent = i.indexrelid) x
            ON x.indrelid = h.inhrelid
        WHERE h.inhparent = i.indrelid) n
        ON i.partitioned,
    LATERAL (SELECT CASE
            WHEN i.partitioned THEN 'partitioned'
            WHEN NOT i.indislive THEN 'half_dropped'
            WHEN i.attached THEN 'attached'
            WHEN i.index_name ~ '_ccnew[0-9]*$' THEN 'ccnew'
            WHEN i.index_name ~ '_ccold[0-9]*$' THEN 'ccold'
            WHEN k.index IS NOT NULL THEN 'covered'
            WHEN i.indisunique THEN 'unique'
            ELSE 'unfinished' END) s (code)
    WHERE NOT i.usable
        AND NOT EXISTS (
            SELECT FROM pg_locks l
            WHERE l.locktype = 'relation' AND l.granted
                AND l.database = (SELECT oid FROM pg_database
                                  WHERE datname = current_database())
                AND (l.relation = i.indexrelid
                     AND l.mode IN ('ShareUpdateExclusiveLock', 'ShareLock',
                                    'ShareRowExclusiveLock', 'ExclusiveLock',
                                    'AccessExclusiveLock')
                     OR l.relation = i.indrelid
                     AND l.pid IN (SELECT pid FROM pg_stat_progress_create_index)))
        AND i.indrelid NOT IN (SELECT relation FROM padv_table_lock)
    ORDER BY i.size_bytes DESC, i.indexrelid;
    END;

CREATE VIEW perfadvisor_invalid_indexes AS SELECT * FROM padv_invalid_indexes();

GRANT SELECT ON perfadvisor_invalid_indexes TO PUBLIC;

COMMENT ON VIEW perfadvisor_invalid_indexes IS
    'indexes that a failed build left invalid';
COMMENT ON COLUMN perfadvisor_invalid_indexes.ddl IS
    'builds it to the end, or drops it where another index does its work or where it would fail again';
