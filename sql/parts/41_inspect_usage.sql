/*
 * 41_inspect_usage.sql: what an index was used for, and how far the counters
 * can be trusted.
 */

/* Every partitioned index with its parts, down to those that have storage. */
CREATE VIEW padv_index_part AS
    WITH RECURSIVE part (indexrelid, part) AS (
        SELECT oid, oid FROM pg_class WHERE relkind = 'I'
        UNION ALL
        SELECT p.indexrelid, h.inhrelid
        FROM part p JOIN pg_inherits h ON h.inhparent = p.part
    )
    SELECT indexrelid, part FROM part;

/*
 * What writes an index are the inserts and the updates that were not HOT; what
 * a delete leaves in it, vacuum takes away.
 */
CREATE FUNCTION padv_index_writes(relation oid) RETURNS bigint
    LANGUAGE sql STABLE PARALLEL RESTRICTED
    RETURN pg_stat_get_tuples_inserted(relation) + pg_stat_get_tuples_updated(relation)
        - pg_stat_get_tuples_hot_updated(relation);

/*
 * What other nodes told of each index, of a partitioned one by its parts: who
 * was heard of all of them, since when they all count, and of when the oldest
 * figures are.
 */
CREATE VIEW padv_index_elsewhere AS
    WITH told AS (
        SELECT p.indexrelid, n.node, count(*) AS parts, sum(n.scans) AS scans,
            max(n.last_used) AS last_used, min(n.exported_at) AS exported_at,
            max(n.stats_since) AS stats_since
        FROM padv_index_part p
        JOIN pg_class c ON c.oid = p.part
        JOIN pg_namespace s ON s.oid = c.relnamespace
        JOIN perfadvisor_node_usage n ON n.schema_name = s.nspname AND n.index_name = c.relname
        WHERE c.relkind = 'i'
        GROUP BY p.indexrelid, n.node
        UNION ALL
        SELECT c.oid, n.node, 1, n.scans, n.last_used, n.exported_at, n.stats_since
        FROM perfadvisor_node_usage n
        JOIN pg_namespace s ON s.nspname = n.schema_name
        JOIN pg_class c ON c.relnamespace = s.oid AND c.relname = n.index_name
            AND c.relkind = 'i'
    )
    SELECT t.indexrelid,
        count(*) FILTER (WHERE t.parts = coalesce(w.parts, 1)) AS nodes,
        string_agg(t.node, ', ' ORDER BY t.node) AS names,
        string_agg(t.node, ', ' ORDER BY t.node) FILTER (WHERE t.last_used IS NOT NULL) AS used_by,
        sum(t.scans)::bigint AS scans,
        max(t.last_used) AS last_used,
        min(t.exported_at) AS exported_at,
        max(t.stats_since) AS stats_since
    FROM told t
    LEFT JOIN (SELECT p.indexrelid, count(*) AS parts
               FROM padv_index_part p JOIN pg_class c ON c.oid = p.part
               WHERE c.relkind = 'i' GROUP BY p.indexrelid) w
        ON w.indexrelid = t.indexrelid
    GROUP BY t.indexrelid;

CREATE VIEW padv_index_usage AS
    WITH whole AS (
        SELECT p.indexrelid,
            count(*) AS parts,
            count(*) FILTER (WHERE pg_stat_get_numscans(c.oid) > 0) AS parts_used,
            sum(pg_stat_get_numscans(c.oid))::bigint AS scans,
            sum(pg_stat_get_tuples_returned(c.oid))::bigint AS rows_read,
            max(padv_last_scan(c.oid)) AS last_scan,
            sum(padv_index_writes(i.indrelid))::bigint AS writes,
            sum(padv_file_bytes(c.oid))::bigint AS size_bytes,
            min(padv_file_born(c.oid)) AS born,
            CASE WHEN bool_and(c.reltuples >= 0)
                THEN sum(c.reltuples::float8) END AS rows
        FROM padv_index_part p
        JOIN pg_class c ON c.oid = p.part
        JOIN pg_index i ON i.indexrelid = p.part
        WHERE c.relkind = 'i'
        GROUP BY p.indexrelid
    )
    SELECT i.*,
        CASE WHEN i.partitioned THEN coalesce(w.parts, 0) ELSE 1 END AS parts,
        coalesce(w.parts_used, 0) AS parts_used,
        CASE WHEN i.partitioned THEN coalesce(w.scans, 0)
            ELSE pg_stat_get_numscans(i.indexrelid) END AS scans,
        CASE WHEN i.partitioned THEN coalesce(w.rows_read, 0)
            ELSE pg_stat_get_tuples_returned(i.indexrelid) END AS rows_read,
        CASE WHEN i.partitioned THEN w.last_scan
            ELSE padv_last_scan(i.indexrelid) END AS last_scan,
        CASE WHEN i.partitioned THEN coalesce(w.writes, 0)
            ELSE padv_index_writes(i.indrelid) END AS writes,
        CASE WHEN i.partitioned THEN coalesce(w.size_bytes, 0)
            ELSE coalesce(padv_file_bytes(i.indexrelid), 0) END AS size_bytes,
        CASE WHEN i.partitioned THEN w.born
            ELSE padv_file_born(i.indexrelid) END AS born,
        -- NULL where they were never counted
        CASE WHEN i.partitioned THEN w.rows
            WHEN i.reltuples >= 0 THEN i.reltuples::float8 END AS rows
    FROM padv_index i
    LEFT JOIN whole w ON w.indexrelid = i.indexrelid;

/*
 * Since when counters count, and who else may use indexes unseen.
 *
 * After a crash or a failure to read the statistics file everything starts at
 * zero, which the database's own stats_reset does not tell, but that of each of
 * the cluster-wide statistics does.  They are reset one by one as well, so the
 * earliest is taken: the start of the counters, or later.
 *
 * A standby's scans are counted there.  Backups and logical replication do not
 * use the indexes here; to those without rights they look all the same.
 */
CREATE VIEW padv_statistics_window AS
    SELECT greatest(
            pg_stat_get_db_stat_reset_time(
                (SELECT oid FROM pg_database WHERE datname = current_database())),
            least((SELECT stats_reset FROM pg_stat_bgwriter),
                  (SELECT stats_reset FROM pg_stat_archiver),
                  (SELECT stats_reset FROM pg_stat_wal),
                  (SELECT min(stats_reset) FROM pg_stat_slru))) AS since,
        statement_timestamp() AS now,
        make_interval(secs => padv_unused_min_age()) AS min_age,
        current_setting('track_counts')::boolean AS counted,
        pg_is_in_recovery() AS is_standby,
        (SELECT count(*)
         FROM pg_stat_get_wal_senders() s
         WHERE (s.state IS NULL OR s.state IN ('catchup', 'streaming')
                                   AND s.replay_lsn IS NOT NULL)
             AND NOT EXISTS (SELECT FROM pg_replication_slots r
                             WHERE r.active_pid = s.pid
                                 AND r.slot_type = 'logical')) AS standbys;

/*
 * Tables that another session is changing, or is about to.  Core would wait for
 * it when it is asked for the text of an index.
 */
CREATE VIEW padv_table_lock AS
    SELECT DISTINCT relation
    FROM pg_locks
    WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock'
        -- a prepared transaction has no pid
        AND pid IS DISTINCT FROM pg_backend_pid()
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database());

GRANT SELECT ON padv_index_part, padv_index_elsewhere, padv_index_usage, padv_statistics_window,
    padv_table_lock TO PUBLIC;
