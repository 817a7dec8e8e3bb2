/*
 * 44_inspect_redundant.sql: indexes that another one covers.
 */

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
            v.partitioned, v.nkeys, v.usable,
            cardinality(v.columns) AS width, v.scans, v.size_bytes, v.rows, v.since,
            v.contype IS NOT NULL AS constrained,
            v.contype IS NOT NULL OR v.attached OR v.indisreplident
                OR v.indisclustered OR v.extname IS NOT NULL AS fixed,
            coalesce(t.indexrelid, v.indexrelid) AS whole,
            coalesce(t.code, v.code) = 'drop' AS unneeded, v.locked
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
        WHERE NOT EXISTS (SELECT FROM better o WHERE o.index = c.whole AND o.safe)
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
            CASE WHEN b.safe AND v.locked
                THEN ' But its table is locked at the moment.'
                WHEN b.safe
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
        CASE WHEN d.verdict = 'drop'
            THEN padv_drop_index_ddl(v.nspname, v.index_name, v.partitioned) END AS ddl,
        CASE WHEN d.verdict = 'drop'
            THEN padv_create_index_ddl(v.indexrelid) END AS undo_ddl,
        d.verdict
    FROM chosen b
    JOIN known v ON v.indexrelid = b.index
    JOIN known c ON c.indexrelid = b.covered_by
    LEFT JOIN padv_index_extras x ON x.indexrelid = b.index,
    LATERAL (SELECT CASE
            WHEN b.safe AND NOT v.locked THEN 'drop'
            WHEN b.safe OR v.rows IS NULL OR coalesce(c.rows, 0) = 0 THEN 'unknown'
            ELSE 'keep' END) d (verdict)
    ORDER BY d.verdict <> 'drop', d.verdict DESC, v.size_bytes DESC, v.indexrelid;
    END;

CREATE VIEW perfadvisor_redundant_indexes AS SELECT * FROM padv_redundant_indexes();

GRANT SELECT ON padv_index_cover, perfadvisor_redundant_indexes TO PUBLIC;

COMMENT ON VIEW perfadvisor_redundant_indexes IS
    'indexes that another index covers';
COMMENT ON COLUMN perfadvisor_redundant_indexes.covered_by IS
    'an index that can do all that this one does, and stays';
COMMENT ON COLUMN perfadvisor_redundant_indexes.verdict IS
    'drop: it may go; keep: the other one can do its work, but with more effort; unknown: with how much effort is not known';
