/*
 * 40_inspect.sql: what the catalogs and statistics views alone tell of indexes.
 *
 * Four views for people, perfadvisor_{unused,redundant,invalid}_indexes and
 * perfadvisor_unindexed_foreign_keys, stand on inner ones named padv_*.  They
 * need no preloading and anybody may read them.
 *
 * Rules that hold for all of them:
 *
 * - Nothing is locked against anybody.  Catalogs are read as tables, sizes
 *   come from the file system; only a DDL text of an index with expressions
 *   makes core open the table, for an instant and as a reader.
 * - Everything works on sets, as a database may have 50,000 indexes.  The
 *   planner knows little of sets made of sets, and a nested loop over a wrong
 *   estimate takes hours; so each view is a function that does without them.
 * - A ddl is given only where the verdict is to carry it out.
 * - DDL texts and reasons are made under a search_path of their own, so that
 *   they come out the same, with names qualified, whoever looks.
 * - An index on a partitioned table is one thing together with its parts: the
 *   parts cannot be dropped alone, and what one of them is used for, all are.
 */

/* ---- what SQL cannot find out ---- */

CREATE FUNCTION padv_file_bytes(relation oid) RETURNS bigint
    AS 'MODULE_PATHNAME', 'padv_inspect_file_bytes'
    LANGUAGE C STABLE STRICT PARALLEL SAFE;

CREATE FUNCTION padv_file_born(relation oid) RETURNS timestamptz
    AS 'MODULE_PATHNAME', 'padv_inspect_file_born'
    LANGUAGE C STABLE STRICT PARALLEL SAFE;

CREATE FUNCTION padv_last_scan(relation oid) RETURNS timestamptz
    AS 'MODULE_PATHNAME', 'padv_inspect_last_scan'
    LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;

CREATE FUNCTION padv_unused_min_age() RETURNS integer
    AS 'MODULE_PATHNAME', 'padv_inspect_min_age'
    LANGUAGE C STABLE STRICT PARALLEL SAFE;

CREATE FUNCTION padv_excluded_schemas() RETURNS text[]
    AS 'MODULE_PATHNAME', 'padv_inspect_excluded_schemas'
    LANGUAGE C STABLE STRICT PARALLEL SAFE;

/* ---- figures as people read them ---- */

CREATE FUNCTION padv_figure(n numeric) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN to_char(n, 'FM999,999,999,999,999,999,990');

CREATE FUNCTION padv_span(span interval) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE
        WHEN span IS NULL THEN NULL
        WHEN extract(epoch FROM span) < 120
            THEN format('%s seconds', floor(extract(epoch FROM span)))
        WHEN extract(epoch FROM span) < 7200
            THEN format('%s minutes', floor(extract(epoch FROM span) / 60))
        WHEN extract(epoch FROM span) < 172800
            THEN format('%s hours', floor(extract(epoch FROM span) / 3600))
        ELSE format('%s days', floor(extract(epoch FROM span) / 86400)) END;

CREATE FUNCTION padv_moment(moment timestamptz) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN to_char(moment, 'YYYY-MM-DD HH24:MI');

/* ---- expressions and predicates ---- */

/*
 * Expressions are compared as stored trees, less what equal() does not look
 * at either.  Their SQL text would need the table opened, and may be the same
 * for different trees.
 */
CREATE FUNCTION padv_tree(tree pg_node_tree) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN regexp_replace(tree::text,
        ' :(location|funcformat|relabelformat|coerceformat|convertformat|coercionformat|row_format) -?\d+',
        '', 'g');

/*
 * The columns of a predicate that says nothing but "IS NOT NULL" of them; else
 * NULL.  Whoever compares such a column reads the same rows without it.
 */
CREATE FUNCTION padv_not_null_columns(predicate text) RETURNS int2[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN regexp_replace(predicate,
            '\{NULLTEST :arg \{VAR :varno 1 :varattno \d+ [^{}]*\} :nulltesttype 1 :argisrow false[^{}]*\}',
            '', 'g') ~ '^(\{BOOLEXPR :boolop and :args \( *\)[^{}]*\})?$'
        THEN ARRAY(SELECT m[1]::int2
                   FROM regexp_matches(predicate, ' :varattno (\d+)', 'g') m) END;

/* ---- DDL ---- */

/* A partitioned index goes and comes with all its parts, which cannot be done
 * concurrently. */
CREATE FUNCTION padv_drop_index_ddl(schema name, index name, partitioned boolean)
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN format('DROP INDEX %s%I.%I',
        CASE WHEN NOT partitioned THEN 'CONCURRENTLY ' END, schema, index);

/*
 * What stands behind "CREATE INDEX name ON".  Core's text of an index begins in
 * a known way, so that its length is enough, whatever the name.  For a
 * partitioned index it says ONLY, which would make it without its parts.  To be
 * called with nothing but pg_catalog in the search_path.
 */
CREATE FUNCTION padv_index_text(index oid, name name, is_unique boolean,
        partitioned boolean) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN substr(pg_get_indexdef(index), length(format('CREATE %sINDEX %I ON %s.',
        CASE WHEN is_unique THEN 'UNIQUE ' END, name,
        CASE WHEN partitioned THEN 'ONLY ' END)));

/*
 * That text leaves out the tablespace, which belongs before the predicate, the
 * last part of it.
 */
CREATE FUNCTION padv_create_index_ddl(index oid, name name, is_unique boolean,
        partitioned boolean, tablespace name, relation oid, predicate pg_node_tree)
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN format('CREATE %sINDEX %s%I ON ',
            CASE WHEN is_unique THEN 'UNIQUE ' END,
            CASE WHEN NOT partitioned THEN 'CONCURRENTLY ' END, name)
        || CASE
            WHEN tablespace IS NULL
                THEN padv_index_text(index, name, is_unique, partitioned)
            WHEN predicate IS NULL
                THEN padv_index_text(index, name, is_unique, partitioned)
                    || format(' TABLESPACE %I', tablespace)
            ELSE left(padv_index_text(index, name, is_unique, partitioned),
                      - length(' WHERE ' || pg_get_expr(predicate, relation)))
                || format(' TABLESPACE %I WHERE %s', tablespace,
                          pg_get_expr(predicate, relation))
            END;

/* ---- the indexes of users, as the catalogs describe them ---- */

/*
 * Operator classes that sort and compare alike, such as those of text and
 * varchar, stand under one number.  Whole vectors are translated, as there are
 * few different ones.
 */
CREATE VIEW padv_opclass_vector AS
    SELECT v.indclass, array_agg(same.opclass ORDER BY u.position) AS opclasses
    FROM (SELECT DISTINCT indclass FROM pg_index) v,
        unnest(v.indclass) WITH ORDINALITY u (oid, position)
    JOIN pg_opclass oc ON oc.oid = u.oid
    JOIN (SELECT opcfamily, opcintype, opckeytype, min(oid) AS opclass
          FROM pg_opclass GROUP BY 1, 2, 3) same
        USING (opcfamily, opcintype, opckeytype)
    GROUP BY v.indclass;

/* The one constraint to name of an index: of its own, or one that refers to it. */
CREATE VIEW padv_index_constraint AS
    SELECT DISTINCT ON (conindid)
        conindid, contype, conname, conrelid
    FROM pg_constraint
    WHERE conindid <> 0 AND contype IN ('p', 'u', 'x', 'f')
    ORDER BY conindid, contype = 'f', conparentid, oid;

CREATE VIEW padv_index AS
    SELECT i.indexrelid, i.indrelid, n.nspname, t.relname AS table_name,
        c.relname AS index_name, am.amname, t.relkind AS table_kind,
        c.relkind = 'I' AS partitioned, c.relispartition AS attached,
        i.indisvalid AND i.indisready AND i.indislive AS usable,
        i.indisvalid, i.indisready, i.indislive, i.indimmediate, i.indisunique,
        i.indnullsnotdistinct, i.indisreplident, i.indisclustered,
        con.contype, con.conname, con.conrelid, e.extname,
        c.reloptions, p.parameters, s.spcname AS tablespace, c.reltuples, i.indpred,
        i.indnkeyatts::int AS nkeys,
        i.indkey::int2[] AS columns,
        (i.indkey::int2[])[0:i.indnkeyatts - 1] AS keys,
        o.opclasses,
        (i.indcollation::oid[])[0:i.indnkeyatts - 1] AS collations,
        (i.indoption::int2[])[0:i.indnkeyatts - 1] AS options,
        padv_tree(i.indexprs) AS expressions,
        padv_tree(i.indpred) AS predicate
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid
    JOIN pg_class t ON t.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace
    JOIN pg_am am ON am.oid = c.relam
    JOIN padv_opclass_vector o ON o.indclass = i.indclass
    LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
    LEFT JOIN padv_index_constraint con ON con.conindid = i.indexrelid
    LEFT JOIN (SELECT d.objid, x.extname
               FROM pg_depend d JOIN pg_extension x ON x.oid = d.refobjid
               WHERE d.refclassid = 'pg_extension'::regclass
                   AND d.classid = 'pg_class'::regclass
                   AND d.objsubid = 0 AND d.deptype = 'e') e
        ON e.objid = i.indrelid
    LEFT JOIN (SELECT attrelid, array_agg(attnum || attoptions::text
                                          ORDER BY attnum) AS parameters
               FROM pg_attribute WHERE attoptions IS NOT NULL
               GROUP BY attrelid) p
        ON p.attrelid = i.indexrelid
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        AND n.nspname <> ALL (padv_excluded_schemas())
        AND t.relpersistence <> 't';

/* ---- what an index was used for ---- */

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

CREATE VIEW padv_index_usage AS
    WITH whole AS (
        SELECT p.indexrelid,
            count(*) AS parts,
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

/* ---- foreign keys and the indexes that serve them ---- */

/*
 * An index serves a foreign key when its first columns are those of the key,
 * in any order, and it knows how to compare them as the check does.
 */
CREATE VIEW padv_foreign_key_index AS
    WITH key_column AS MATERIALIZED (
        SELECT f.oid AS conoid, f.conrelid, f.conkey,
            cardinality(f.conkey) AS width, u.attnum, u.operator
        FROM pg_constraint f,
            unnest(f.conkey, f.conpfeqop) u (attnum, operator)
        WHERE f.contype = 'f'
    ), index_column AS MATERIALIZED (
        SELECT i.indexrelid, i.indrelid, padv_not_null_columns(i.indpred::text) AS not_null,
            u.attnum, u.opclass, u.coll, u.position
        FROM pg_index i
        JOIN pg_class c ON c.oid = i.indexrelid
        JOIN pg_am am ON am.oid = c.relam,
            unnest(i.indkey, i.indclass, i.indcollation)
                WITH ORDINALITY u (attnum, opclass, coll, position)
        WHERE i.indrelid IN (SELECT conrelid FROM key_column)
            AND i.indisvalid AND i.indisready AND i.indislive
            AND am.amname <> 'brin'
            AND (i.indpred IS NULL
                 OR padv_not_null_columns(i.indpred::text) IS NOT NULL)
    )
    SELECT k.conoid, i.indexrelid
    FROM key_column k
    JOIN index_column i ON i.indrelid = k.conrelid AND i.attnum = k.attnum
        AND i.position <= k.width
        AND (i.not_null IS NULL OR i.not_null <@ k.conkey)
    JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.attnum
        AND i.coll IN (0, a.attcollation)
    JOIN pg_opclass oc ON oc.oid = i.opclass
    JOIN pg_amop o ON o.amopfamily = oc.opcfamily AND o.amopopr = k.operator
        AND o.amoppurpose = 's'
    GROUP BY k.conoid, k.width, i.indexrelid
    HAVING count(DISTINCT k.attnum) = k.width;

/* ---- unused ---- */

/*
 * What is to be said of each index, as a code; the first that applies.  Only
 * 'drop' means that nothing needs it.
 *
 * Of several indexes that serve a foreign key one has to stay: one that stays
 * anyway, or else the narrowest.
 */
CREATE VIEW padv_index_verdict AS
    WITH i AS MATERIALIZED (
        SELECT * FROM padv_index_usage
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
        CASE WHEN i.born IS NOT NULL THEN greatest(w.since, i.born) END
            AS observed_since,
        f.conname AS fk_name, f.confrelid AS fk_referenced,
        CASE
            WHEN NOT i.usable THEN 'invalid'
            WHEN i.attached THEN 'attached'
            WHEN i.contype IS NOT NULL THEN 'constraint'
            WHEN i.indisunique THEN 'unique'
            WHEN i.indisreplident THEN 'replica_identity'
            WHEN i.indisclustered THEN 'clustered'
            WHEN i.extname IS NOT NULL THEN 'extension'
            WHEN f.conname IS NOT NULL THEN 'foreign_key'
            WHEN i.expressions IS NOT NULL
                 AND (i.partitioned OR st.starelid IS NOT NULL)
                THEN 'expression'
            WHEN i.scans > 0 AND i.rows_read / i.scans >= 1000
                THEN 'used_heavily'
            WHEN i.scans > 0 THEN 'used'
            WHEN i.parts = 0 THEN 'no_partitions'
            WHEN NOT w.counted THEN 'not_counted'
            WHEN w.is_standby THEN 'standby'
            WHEN w.standbys > 0 THEN 'has_standbys'
            WHEN w.min_age > interval '0'
                 AND (w.since IS NULL OR i.born IS NULL)
                THEN 'age_unknown'
            WHEN w.min_age > interval '0'
                 AND greatest(w.since, i.born) > w.now - w.min_age
                THEN 'too_young'
            ELSE 'drop'
        END AS code
    FROM i
    CROSS JOIN padv_statistics_window w
    LEFT JOIN served f ON f.indexrelid = i.indexrelid
    LEFT JOIN estimated st ON st.starelid = i.indexrelid;

/* What one CREATE INDEX cannot bring back. */
CREATE VIEW padv_index_extras AS
    SELECT indexrelid, 'its ' || string_agg(what, ' and its ' ORDER BY what) AS what
    FROM (SELECT objoid, 'comment' FROM pg_description
          WHERE classoid = 'pg_class'::regclass AND objsubid = 0
          UNION
          SELECT attrelid, 'statistics targets' FROM pg_attribute
          WHERE attstattarget >= 0 AND attnum > 0) e (indexrelid, what)
    GROUP BY indexrelid;

CREATE FUNCTION padv_unused_indexes() RETURNS TABLE (
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
    SELECT v.indrelid::regclass AS relation,
        v.indexrelid::regclass AS index,
        v.size_bytes,
        v.scans,
        v.last_scan,
        v.observed_since,
        h.writes_per_hour,
        d.verdict,
        CASE v.code
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
                'It is the replica identity of its table, by which logical replication finds rows.'
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
            WHEN 'no_partitions' THEN
                'Its table has no partitions yet.'
            WHEN 'not_counted' THEN
                'Scans are not counted, as track_counts is off.'
            WHEN 'standby' THEN
                format('No scan%s on this standby; what the primary uses is not known here, and only there it can be dropped.', s.since)
            WHEN 'has_standbys' THEN
                format('No scan%s, but what is used on %s is not counted here.', s.since,
                    CASE v.standbys WHEN 1 THEN 'the connected standby'
                        ELSE format('the %s connected standbys', v.standbys) END)
            WHEN 'age_unknown' THEN
                'No scan was counted, but this system does not tell for how long the index exists.'
            WHEN 'too_young' THEN
                format('No scan%s%s; perfadvisor.unused_min_age asks for %s.',
                    s.since, s.age, padv_span(v.min_age))
            ELSE
                format('No scan%s%s%s. %s Dropping it frees %s.%s%s%s',
                    CASE WHEN v.partitioned
                        THEN format(' in any of its %s parts', v.parts) END,
                    s.since, s.age,
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
            THEN padv_create_index_ddl(v.indexrelid, v.index_name, v.indisunique,
                v.partitioned, v.tablespace, v.indrelid, v.indpred) END AS undo_ddl
    FROM padv_index_verdict v
    LEFT JOIN padv_index_extras x ON x.indexrelid = v.indexrelid,
    LATERAL (SELECT CASE
            WHEN v.code = 'drop' THEN 'drop'
            WHEN v.code IN ('invalid', 'no_partitions', 'not_counted', 'standby',
                            'has_standbys', 'age_unknown', 'too_young')
                THEN 'unknown'
            ELSE 'keep' END) d (verdict),
    LATERAL (SELECT
            CASE v.scans WHEN 1 THEN '1 scan' ELSE v.scans || ' scans' END,
            ' since ' || padv_moment(v.observed_since),
            format(' (%s)', padv_span(v.now - v.observed_since)),
            ', last on ' || padv_moment(v.last_scan)) s (scans, since, age, last),
    LATERAL (SELECT v.writes::float8
            / nullif(extract(epoch FROM v.now - v.since)::float8 / 3600, 0)) h (writes_per_hour)
    WHERE v.scans < 50 AND NOT v.attached
    ORDER BY d.verdict <> 'drop', d.verdict DESC, v.size_bytes DESC, v.indexrelid;
    END;

CREATE VIEW perfadvisor_unused_indexes AS SELECT * FROM padv_unused_indexes();


/* ---- redundant ---- */

/*
 * Pairs of which the second can do all that the first does.
 *
 * A btree can do what another does when its first columns are the same, sorted
 * the same way or all the other way round (it can be read backwards); when its
 * columns have all values that the other one returns; when it has all the rows;
 * and when it refuses all that the other one refuses.  Of other access methods
 * only equals are compared.
 *
 * This holds along a chain: what covers an index that covers a third one covers
 * the third one as well.
 */
CREATE VIEW padv_index_cover AS
    WITH x AS MATERIALIZED (SELECT * FROM padv_index)
    SELECT v.indexrelid AS index, c.indexrelid AS covered_by,
        v.keys = c.keys AND v.columns <@ c.columns AND c.columns <@ v.columns
            AS same_columns,
        v.keys = c.keys AS same_keys,
        v.options <> c.options[1:v.nkeys] AS backwards,
        c.indisunique AND NOT v.indisunique AS more_unique,
        v.predicate IS NOT NULL AND c.predicate IS NULL AS more_rows,
        -- no condition on rows but one that a search for its first column implies
        coalesce(padv_not_null_columns(v.predicate) = ARRAY[v.keys[1]], false)
            AS not_null_only
    FROM x v
    JOIN x c ON c.indrelid = v.indrelid AND c.amname = v.amname
        AND c.keys[1] = v.keys[1]
    WHERE c.indexrelid <> v.indexrelid
        AND c.usable
        AND v.nkeys <= c.nkeys
        AND v.keys = c.keys[1:v.nkeys]
        AND v.opclasses = c.opclasses[1:v.nkeys]
        AND v.collations = c.collations[1:v.nkeys]
        AND v.columns <@ c.columns
        AND v.parameters IS NOT DISTINCT FROM c.parameters
        -- a list of trees in brackets
        AND (v.expressions IS NULL
             OR v.expressions = c.expressions
             OR starts_with(c.expressions, left(v.expressions, -1) || ' '))
        AND (v.predicate IS NULL AND c.predicate IS NULL
             OR v.predicate = c.predicate
             OR v.predicate IS NOT NULL AND c.predicate IS NULL)
        AND (NOT v.indisunique
             OR c.indisunique AND c.indimmediate AND c.nkeys = v.nkeys
                AND c.indnullsnotdistinct >= v.indnullsnotdistinct)
        AND CASE WHEN v.amname = 'btree'
            THEN v.options = c.options[1:v.nkeys]
                -- the other direction and the nulls at the other end
                OR v.options = (SELECT array_agg((o # 3::int2)::int2 ORDER BY n)
                                FROM unnest(c.options[1:v.nkeys])
                                    WITH ORDINALITY u (o, n))
            ELSE v.columns = c.columns
                AND v.predicate IS NOT DISTINCT FROM c.predicate
                AND v.indisunique = c.indisunique
                AND v.reloptions IS NOT DISTINCT FROM c.reloptions END;

/*
 * One row for each index that another covers.  Of two that cover each other one
 * has to stay: the one that must stay anyway, else the one with more scans,
 * else the older one.  What is named as covering is never to be dropped by this
 * view itself.
 *
 * Two cases are left out of the verdict 'drop'.  A partial index is often there
 * because it is small and leaves out what nobody asks for; the whole index
 * takes its place only when it has not more than twice its rows.  And an index
 * that is in use is not given up for one that perfadvisor_unused_indexes wants
 * to drop.
 */
CREATE FUNCTION padv_redundant_indexes() RETURNS TABLE (
        relation regclass,
        index regclass,
        covered_by regclass,
        size_bytes bigint,
        reason text,
        ddl text,
        undo_ddl text,
        verdict text)
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off
    BEGIN ATOMIC
    WITH v AS MATERIALIZED (
        SELECT * FROM padv_index_verdict
    ), top AS (
        -- the index that a part belongs to
        SELECT p.part, p.indexrelid
        FROM padv_index_part p JOIN pg_class c ON c.oid = p.indexrelid
        WHERE NOT c.relispartition
    ), known AS MATERIALIZED (
        SELECT v.indexrelid, v.indrelid, v.nspname, v.index_name, v.indisunique,
            v.partitioned, v.tablespace, v.indpred, v.nkeys, v.usable,
            cardinality(v.columns) AS width, v.scans, v.size_bytes, v.rows, v.since,
            v.contype IS NOT NULL AS constrained,
            v.contype IS NOT NULL OR v.attached OR v.indisreplident
                OR v.indisclustered OR v.extname IS NOT NULL AS fixed,
            coalesce(t.indexrelid, v.indexrelid) AS whole,
            coalesce(t.code, v.code) = 'drop' AS unneeded
        FROM v
        LEFT JOIN top ON v.attached AND top.part = v.indexrelid
        LEFT JOIN v t ON t.indexrelid = top.indexrelid
    ), pair AS MATERIALIZED (
        SELECT p.*,
            NOT p.more_rows OR p.not_null_only
                OR coalesce(v.rows >= c.rows / 2 AND c.rows > 0, false) AS safe
        FROM padv_index_cover p
        JOIN known v ON v.indexrelid = p.index
        JOIN known c ON c.indexrelid = p.covered_by
        WHERE v.usable AND NOT v.fixed
            AND (v.unneeded OR NOT c.unneeded)
    ), better AS MATERIALIZED (
        SELECT p.*
        FROM pair p
        JOIN known v ON v.indexrelid = p.index
        JOIN known c ON c.indexrelid = p.covered_by
        LEFT JOIN pair r ON r.index = p.covered_by AND r.covered_by = p.index
        WHERE r.index IS NULL
            OR (c.scans, v.indexrelid) > (v.scans, c.indexrelid)
    ), chosen AS (
        SELECT DISTINCT ON (b.index) b.*
        FROM better b
        JOIN known c ON c.indexrelid = b.covered_by
        WHERE c.whole NOT IN (SELECT index FROM better WHERE safe)
        ORDER BY b.index, b.safe DESC, c.unneeded, c.nkeys, c.width,
            c.constrained DESC, c.size_bytes, c.indexrelid
    )
    SELECT v.indrelid::regclass AS relation,
        v.indexrelid::regclass AS index,
        c.indexrelid::regclass AS covered_by,
        v.size_bytes,
        format('%I %s%s%s%s.%s%s%s',
            c.index_name,
            CASE WHEN b.same_columns THEN 'has the same columns'
                WHEN b.same_keys THEN 'has the same key columns and includes more'
                ELSE 'begins with the same columns' END,
            CASE WHEN b.backwards
                THEN ' in the opposite order, which a backward scan serves' END,
            CASE WHEN b.more_unique THEN ', and is unique' END,
            CASE WHEN b.more_rows
                THEN ', and has all rows, not only those of a predicate' END,
            CASE WHEN b.safe
                THEN format(CASE v.scans
                        WHEN 0 THEN ' It was not scanned%2$s; dropping it frees %3$s.'
                        WHEN 1 THEN ' What scanned it once%2$s can use that one; dropping it frees %3$s.'
                        ELSE ' What scanned it %1$s times%2$s can use that one; dropping it frees %3$s.' END,
                    padv_figure(v.scans), ' since ' || padv_moment(v.since),
                    pg_size_pretty(v.size_bytes))
                ELSE ' But ' || CASE
                    WHEN v.rows IS NULL OR coalesce(c.rows, 0) = 0
                        THEN 'how many rows each of them has is not known yet.'
                    ELSE format('that is %s rows instead of %s: what asks for the few would read more.',
                        padv_figure(c.rows::numeric), padv_figure(v.rows::numeric))
                    END END,
            CASE WHEN b.safe AND c.size_bytes > 3 * v.size_bytes AND v.size_bytes > 0
                THEN format(' That one is %s times as large, so that scans of a large part may take longer.',
                    round(c.size_bytes::numeric / v.size_bytes)) END,
            CASE WHEN b.safe
                THEN ' undo_ddl does not bring back ' || x.what || '.' END)
            AS reason,
        CASE WHEN b.safe THEN padv_drop_index_ddl(v.nspname, v.index_name, v.partitioned) END AS ddl,
        CASE WHEN b.safe THEN padv_create_index_ddl(v.indexrelid, v.index_name, v.indisunique,
                v.partitioned, v.tablespace, v.indrelid, v.indpred) END AS undo_ddl,
        CASE WHEN b.safe THEN 'drop'
            WHEN v.rows IS NULL OR coalesce(c.rows, 0) = 0 THEN 'unknown'
            ELSE 'keep' END AS verdict
    FROM chosen b
    JOIN known v ON v.indexrelid = b.index
    JOIN known c ON c.indexrelid = b.covered_by
    LEFT JOIN padv_index_extras x ON x.indexrelid = b.index
    ORDER BY b.safe DESC, v.size_bytes DESC, v.indexrelid;
    END;

CREATE VIEW perfadvisor_redundant_indexes AS SELECT * FROM padv_redundant_indexes();


/* ---- invalid ---- */

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
                ELSE 'All its partitions have a valid index attached; attaching one again lets it notice.' END
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
                    THEN format('ALTER INDEX %I.%I ATTACH PARTITION %s',
                        i.nspname, i.index_name, n.any_part) END
            WHEN s.code IN ('attached', 'unfinished')
                THEN format('REINDEX INDEX CONCURRENTLY %I.%I', i.nspname, i.index_name)
            ELSE padv_drop_index_ddl(i.nspname, i.index_name, i.partitioned) END AS ddl,
        CASE WHEN s.code NOT IN ('partitioned', 'attached', 'unfinished')
            THEN padv_create_index_ddl(i.indexrelid, i.index_name, i.indisunique,
                i.partitioned, i.tablespace, i.indrelid, i.indpred) END AS undo_ddl
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
            WHEN i.index_name ~ '_ccnew\d*$' THEN 'ccnew'
            WHEN i.index_name ~ '_ccold\d*$' THEN 'ccold'
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
    ORDER BY i.size_bytes DESC, i.indexrelid;
    END;

CREATE VIEW perfadvisor_invalid_indexes AS SELECT * FROM padv_invalid_indexes();


/* ---- foreign keys without an index ---- */

/*
 * One row for each foreign key as it was declared; those that a partitioned
 * table passed on to its partitions stand behind it.
 *
 * One index may serve several keys: a key whose columns another one begins with
 * gets that one's.  Such a ddl says IF NOT EXISTS, so that all rows can be run.
 */
CREATE FUNCTION padv_unindexed_foreign_keys() RETURNS TABLE (
        relation regclass,
        constraint_name text,
        columns text[],
        referenced regclass,
        relation_bytes bigint,
        parent_writes bigint,
        ddl text,
        reason text)
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off
    BEGIN ATOMIC
    WITH RECURSIVE served AS MATERIALIZED (
        SELECT DISTINCT conoid FROM padv_foreign_key_index
    ), declared AS (
        SELECT c.oid AS conoid, c.conname, c.conrelid, c.confrelid, c.conkey,
            c.conpfeqop, cardinality(c.conkey) AS width, n.oid AS nspoid,
            n.nspname, t.relname, t.relkind = 'p' AS partitioned,
            -- since PostgreSQL 18
            coalesce(to_jsonb(c) ->> 'conperiod', 'false') = 'true' AS period
        FROM pg_constraint c
        JOIN pg_class t ON t.oid = c.conrelid
        JOIN pg_namespace n ON n.oid = t.relnamespace
        WHERE c.contype = 'f' AND c.conparentid = 0
            -- always true before PostgreSQL 18
            AND coalesce(to_jsonb(c) ->> 'conenforced', 'true') = 'true'
            AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
            AND n.nspname <> ALL (padv_excluded_schemas())
            AND t.relpersistence <> 't'
            AND c.oid NOT IN (SELECT conoid FROM served)
    ), passed_on (root, conoid, conrelid) AS (
        SELECT conoid, conoid, conrelid FROM declared WHERE partitioned
        UNION ALL
        SELECT p.root, c.oid, c.conrelid
        FROM passed_on p JOIN pg_constraint c ON c.conparentid = p.conoid
    ), unserved AS MATERIALIZED (
        -- but for those of which each partition has an index of its own
        SELECT d.*
        FROM declared d
        LEFT JOIN (
            SELECT p.root, bool_and(s.conoid IS NOT NULL) AS served
            FROM passed_on p
            JOIN pg_class t ON t.oid = p.conrelid
            LEFT JOIN served s ON s.conoid = p.conoid
            WHERE t.relkind = 'r'
            GROUP BY p.root) parts
            ON parts.root = d.conoid
        WHERE parts.served IS NOT TRUE
    ), served_by AS (
        -- the widest key that begins with the columns of this one
        SELECT DISTINCT ON (k.conoid) k.conoid, w.conoid AS by
        FROM unserved k
        JOIN unserved w ON w.conrelid = k.conrelid AND w.width >= k.width
            AND w.conkey[1:k.width] <@ k.conkey
            AND k.conkey <@ w.conkey[1:k.width]
            AND (NOT w.period AND NOT k.period OR w.conoid = k.conoid)
        ORDER BY k.conoid, w.width DESC, w.conoid
    ), spelled AS (
        SELECT k.conoid, array_agg(a.attname::text ORDER BY u.position) AS names,
            string_agg(quote_ident(a.attname), ', ' ORDER BY u.position) AS idents,
            string_agg(format('%I is compared as %s', a.attname,
                              format_type(o.oprright, NULL)), ', ' ORDER BY u.position)
                FILTER (WHERE x.oid IS NOT NULL) AS mismatch
        FROM unserved k
        CROSS JOIN unnest(k.conkey, k.conpfeqop)
            WITH ORDINALITY u (attnum, operator, position)
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum
        JOIN pg_type t ON t.oid = a.atttypid
        JOIN pg_operator o ON o.oid = u.operator
        LEFT JOIN pg_cast x
            ON x.castsource = CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END
            AND x.casttarget = o.oprright AND x.castmethod = 'f'
        GROUP BY k.conoid
    ), named AS (
        SELECT k.*, a.names, a.idents, a.mismatch,
            k.relname || '_' || array_to_string(a.names, '_') AS base,
            coalesce(o.users, 0) > 1 AS shared
        FROM unserved k
        JOIN spelled a ON a.conoid = k.conoid
        LEFT JOIN (SELECT by, count(*) AS users FROM served_by GROUP BY by) o
            ON o.by = k.conoid
    ), numbered AS (
        -- names that are cut off count as equal early
        SELECT k.*, dense_rank() OVER (
                PARTITION BY k.nspoid, CASE WHEN octet_length(k.base) < 56
                    THEN k.base ELSE (repeat('.', 13) || k.base)::name::text END
                ORDER BY k.conrelid, k.conoid) - 1 AS rank
        FROM named k
        WHERE k.conoid IN (SELECT by FROM served_by)
    ), made AS (
        SELECT k.conoid,
            format('CREATE INDEX %s%s%I ON %I.%I%s (%s)',
                CASE WHEN NOT k.partitioned THEN 'CONCURRENTLY ' END,
                CASE WHEN k.shared THEN 'IF NOT EXISTS ' END,
                f.name, k.nspname, k.relname,
                CASE WHEN k.period THEN ' USING gist' END, k.idents) AS ddl
        FROM numbered k,
            LATERAL (
                -- what is cut off a name is what it has more than 63 bytes
                SELECT g.name
                FROM (SELECT substr((repeat('.', length(s.suffix)) || k.base)::name::text,
                                    1 + length(s.suffix)) || s.suffix AS name
                      FROM (SELECT '_idx' || CASE WHEN n > 0 THEN n::text ELSE '' END
                            FROM (SELECT generate_series(0, 1000000) AS n) n)
                          s (suffix)) g
                WHERE (SELECT c.oid FROM pg_class c
                       WHERE c.relname = g.name::name AND c.relnamespace = k.nspoid)
                    IS NULL
                OFFSET k.rank LIMIT 1) f
    ), part (root, relid) AS (
        SELECT conrelid, conrelid FROM unserved
        UNION
        SELECT confrelid, confrelid FROM unserved
        UNION
        SELECT p.root, h.inhrelid
        FROM part p
        JOIN pg_class t ON t.oid = p.relid AND t.relkind = 'p'
        JOIN pg_inherits h ON h.inhparent = p.relid
    ), figures AS (
        SELECT p.root,
            coalesce(sum(padv_file_bytes(p.relid)), 0)::bigint AS bytes,
            coalesce(sum(pg_stat_get_tuples_updated(p.relid)
                         + pg_stat_get_tuples_deleted(p.relid)), 0)::bigint AS writes
        FROM part p
        GROUP BY p.root
    )
    SELECT k.conrelid::regclass AS relation,
        k.conname::text AS constraint_name,
        k.names AS columns,
        k.confrelid::regclass AS referenced,
        r.bytes AS relation_bytes,
        p.writes AS parent_writes,
        CASE WHEN k.mismatch IS NULL THEN m.ddl END AS ddl,
        format('Each delete or key update in %s reads all of %s (%s); %s rows were deleted or updated there%s.%s%s',
            k.confrelid::regclass, k.conrelid::regclass, pg_size_pretty(r.bytes),
            padv_figure(p.writes), ' since ' || padv_moment(w.since),
            CASE WHEN k.mismatch IS NOT NULL
                THEN format(' The types differ, and %s, which no index on it serves: change its type.', k.mismatch)
                WHEN k.partitioned
                THEN ' An index on a partitioned table cannot be made concurrently: writers wait for it.' END,
            CASE WHEN k.mismatch IS NULL AND s.by <> k.conoid
                THEN format(' The index for %I serves this one too.', b.conname) END)
            AS reason
    FROM named k
    JOIN served_by s ON s.conoid = k.conoid
    JOIN unserved b ON b.conoid = s.by
    JOIN made m ON m.conoid = s.by
    JOIN figures r ON r.root = k.conrelid
    JOIN figures p ON p.root = k.confrelid
    CROSS JOIN padv_statistics_window w
    ORDER BY p.writes::numeric * r.bytes DESC, r.bytes DESC, k.conoid;
    END;

CREATE VIEW perfadvisor_unindexed_foreign_keys AS SELECT * FROM padv_unindexed_foreign_keys();


/* ---- rights and notes ---- */

-- the inner ones are read with the rights of whoever asks
GRANT SELECT ON perfadvisor_unused_indexes, perfadvisor_redundant_indexes,
    perfadvisor_invalid_indexes, perfadvisor_unindexed_foreign_keys,
    padv_index, padv_index_part, padv_index_usage, padv_index_verdict,
    padv_index_extras, padv_index_cover, padv_foreign_key_index,
    padv_statistics_window TO PUBLIC;
