/*
 * 42_inspect_foreign_keys.sql: which indexes serve foreign keys, and which
 * foreign keys have none.
 *
 * A delete of a row, or an update of its key, looks for rows that refer to it.
 * Without an index on the referencing columns it reads that table as a whole.
 */

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

/*
 * The checks that were recorded.  Core writes their texts itself, in a form that
 * tells the referencing table and its columns: "SELECT $2 FROM ONLY "s"."t" x
 * WHERE $1 OPERATOR(pg_catalog.=) "a" FOR KEY SHARE OF x", and in the same way
 * the updates and deletes that cascade.  Where nothing is recorded there are
 * none, and whose texts may not be seen are left out.
 */
CREATE VIEW padv_recorded_check AS
    SELECT m[1] AS relation,
        regexp_replace(m[2],
            '[$][0-9]+ OPERATOR[(][^)]*[)] ("([^"]|"")*")(::[^ ]+)?( FOR KEY SHARE OF x$)?',
            E'\\1', 'g') AS columns,
        sum(q.calls)::bigint AS checks,
        sum(q.total_ms) AS total_ms,
        min(q.first_seen) AS since
    FROM perfadvisor_read_queries() q
    CROSS JOIN regexp_match(q.query,
        '^(?:SELECT [$][0-9]+ FROM|DELETE FROM|UPDATE)(?: ONLY)? ("(?:[^"]|"")+"[.]"(?:[^"]|"")+").* WHERE ([$][0-9]+ OPERATOR[(].*)$') m
    WHERE (SELECT preloaded FROM perfadvisor_info())
        AND NOT q.toplevel
        AND q.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND m IS NOT NULL
    GROUP BY 1, 2;

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
        reason text,
        undo_ddl text,
        parent_deletes bigint,
        check_cost double precision,
        checks bigint,
        checks_ms double precision,
        check_sql text)
    LANGUAGE sql VOLATILE
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
            string_agg('"' || replace(a.attname, '"', '""') || '"', ' AND '
                       ORDER BY u.position) AS quoted,
            string_agg(format('$%s OPERATOR(%I.%s) %I', u.position, on_.nspname,
                              o.oprname, a.attname), ' AND ' ORDER BY u.position) AS quals,
            string_agg(format('%I is compared as %s', a.attname,
                              format_type(o.oprright, NULL)), ', ' ORDER BY u.position)
                FILTER (WHERE x.oid IS NOT NULL) AS mismatch
        FROM unserved k
        CROSS JOIN unnest(k.conkey, k.conpfeqop)
            WITH ORDINALITY u (attnum, operator, position)
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum
        JOIN pg_type t ON t.oid = a.atttypid
        JOIN pg_operator o ON o.oid = u.operator
        JOIN pg_namespace on_ ON on_.oid = o.oprnamespace
        LEFT JOIN pg_cast x
            ON x.castsource = CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END
            AND x.casttarget = o.oprright AND x.castmethod = 'f'
        GROUP BY k.conoid
    ), named AS (
        SELECT k.*, a.names, a.idents, a.quoted, a.quals, a.mismatch,
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
            format('DROP INDEX %s%I.%I',
                CASE WHEN NOT k.partitioned THEN 'CONCURRENTLY ' END,
                k.nspname, f.name) AS undo_ddl,
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
                         + pg_stat_get_tuples_deleted(p.relid)), 0)::bigint AS writes,
            coalesce(sum(pg_stat_get_tuples_deleted(p.relid)), 0)::bigint AS deletes,
            sum(CASE WHEN c.relkind = 'p' THEN 0 WHEN c.reltuples >= 0 THEN c.reltuples
                ELSE pg_stat_get_live_tuples(p.relid) END)::float8 AS rows
        FROM part p
        JOIN pg_class c ON c.oid = p.relid
        GROUP BY p.root
    )
    SELECT k.conrelid::regclass AS relation,
        k.conname::text AS constraint_name,
        k.names AS columns,
        k.confrelid::regclass AS referenced,
        r.bytes AS relation_bytes,
        p.writes AS parent_writes,
        CASE WHEN k.mismatch IS NULL THEN m.ddl END AS ddl,
        format('Each delete or key update in %s reads all of %s (%s); %s rows were deleted or updated there%s.%s%s%s',
            k.confrelid::regclass, k.conrelid::regclass, pg_size_pretty(r.bytes),
            padv_figure(p.writes), ' since ' || padv_moment(w.since),
            CASE WHEN x.checks > 0
                THEN format(' The %s recorded took %s ms.',
                    CASE x.checks WHEN 1 THEN 'one check' ELSE padv_figure(x.checks) || ' checks' END,
                    round(x.total_ms::numeric, 1)) END,
            CASE WHEN k.mismatch IS NOT NULL
                THEN format(' The types differ, and %s, which no index on it serves: change its type.', k.mismatch)
                WHEN k.partitioned
                THEN ' An index on a partitioned table cannot be made concurrently: writers wait for it.' END,
            CASE WHEN k.mismatch IS NULL AND s.by <> k.conoid
                THEN format(' The index for %I serves this one too.', b.conname) END)
            AS reason,
        CASE WHEN k.mismatch IS NULL THEN m.undo_ddl END,
        p.deletes,
        -- as the planner has it for a sequential scan
        ceil(r.bytes::float8 / current_setting('block_size')::int)
                * current_setting('seq_page_cost')::float8
            + r.rows * (current_setting('cpu_tuple_cost')::float8
                        + k.width * current_setting('cpu_operator_cost')::float8),
        coalesce(x.checks, 0),
        coalesce(x.total_ms, 0),
        format('SELECT 1 FROM %s%I.%I x WHERE %s FOR KEY SHARE OF x',
            CASE WHEN NOT k.partitioned THEN 'ONLY ' END, k.nspname, k.relname, k.quals)
    FROM named k
    JOIN served_by s ON s.conoid = k.conoid
    JOIN unserved b ON b.conoid = s.by
    JOIN made m ON m.conoid = s.by
    JOIN figures r ON r.root = k.conrelid
    JOIN figures p ON p.root = k.confrelid
    CROSS JOIN padv_statistics_window w
    LEFT JOIN padv_recorded_check x ON x.columns = k.quoted
        AND x.relation = format('"%s"."%s"', replace(k.nspname, '"', '""'),
                                replace(k.relname, '"', '""'))
    ORDER BY p.writes::numeric * r.bytes DESC, r.bytes DESC, k.conoid;
    END;

CREATE VIEW perfadvisor_unindexed_foreign_keys AS SELECT * FROM padv_unindexed_foreign_keys();

GRANT SELECT ON padv_foreign_key_index, padv_recorded_check, perfadvisor_unindexed_foreign_keys TO PUBLIC;

COMMENT ON VIEW perfadvisor_unindexed_foreign_keys IS
    'foreign keys whose referencing side has no index';
COMMENT ON COLUMN perfadvisor_unindexed_foreign_keys.relation_bytes IS
    'size of the referencing table, with its partitions';
COMMENT ON COLUMN perfadvisor_unindexed_foreign_keys.parent_writes IS
    'rows deleted or updated in the referenced table since its statistics began';
COMMENT ON COLUMN perfadvisor_unindexed_foreign_keys.check_cost IS
    'planner cost of reading the referencing table once, as each delete in the referenced one does';
COMMENT ON COLUMN perfadvisor_unindexed_foreign_keys.checks IS
    'recorded checks and cascades, which took checks_ms; 0 without recording';
COMMENT ON COLUMN perfadvisor_unindexed_foreign_keys.check_sql IS
    'the check as core runs it, to plan it with perfadvisor_whatif()';
