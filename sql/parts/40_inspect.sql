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
 *   come from the file system; only for undo_ddl core opens the table, as a
 *   reader and for an instant, and not while another session changes it.
 * - Everything works on sets, as a database may have 50,000 indexes.  The
 *   planner knows little of sets made of sets, and a nested loop over a wrong
 *   estimate takes hours; so each view is a function that does without them.
 * - A ddl is given only where the verdict is to carry it out.
 * - DDL texts and reasons are made under a search_path of their own, so that
 *   they come out the same, with names qualified, whoever looks.
 * - An index on a partitioned table is one thing together with its parts: the
 *   parts cannot be dropped alone, and what one of them is used for, all are.
 *
 * Here is what they share: the facts of each index, and how its DDL is told.
 * The files that follow have what it was used for, and one view each.
 */

/* ---- what SQL cannot find out, besides padv_file_bytes() ---- */

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
        ' :(location|funcformat|relabelformat|coerceformat|convertformat|coercionformat|row_format) -?[0-9]+',
        '', 'g');

/*
 * The columns of a predicate that says nothing but "IS NOT NULL" of them; else
 * NULL.  Whoever compares such a column reads the same rows without it.
 */
CREATE FUNCTION padv_not_null_columns(predicate text) RETURNS int2[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN regexp_replace(predicate,
            '[{]NULLTEST :arg [{]VAR :varno 1 :varattno [0-9]+ [^{}]*} :nulltesttype 1 :argisrow false[^{}]*}',
            '', 'g') ~ '^([{]BOOLEXPR :boolop and :args [(] *[)][^{}]*})?$'
        THEN ARRAY(SELECT m[1]::int2
                   FROM regexp_matches(predicate, ' :varattno ([0-9]+)', 'g') m) END;

/* ---- DDL ---- */

/* A partitioned index goes and comes with all its parts, which cannot be done
 * concurrently. */
CREATE FUNCTION padv_drop_index_ddl(schema name, index name, partitioned boolean)
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN format('DROP INDEX %s%I.%I',
        CASE WHEN NOT partitioned THEN 'CONCURRENTLY ' END, schema, index);

/* As it is now, in a form that is right in every session. */
CREATE FUNCTION padv_create_index_ddl(index oid) RETURNS text
    AS 'MODULE_PATHNAME', 'padv_inspect_index_ddl'
    LANGUAGE C STABLE STRICT PARALLEL SAFE;

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
    SELECT i.indexrelid, i.indrelid, n.nspname, c.relname AS index_name, am.amname,
        c.relkind = 'I' AS partitioned, c.relispartition AS attached,
        i.indisvalid AND i.indisready AND i.indislive AS usable,
        i.indisvalid, i.indisready, i.indislive, i.indimmediate, i.indisunique,
        i.indnullsnotdistinct, i.indisreplident, i.indisclustered,
        con.contype, con.conname, con.conrelid, e.extname,
        c.reloptions, p.parameters, c.reltuples, i.indpred,
        i.indnkeyatts::int AS nkeys,
        i.indkey::int2[] AS columns,
        (i.indkey::int2[])[0:i.indnkeyatts - 1] AS keys,
        o.opclasses,
        (i.indcollation::oid[])[0:i.indnkeyatts - 1] AS collations,
        (i.indoption::int2[])[0:i.indnkeyatts - 1] AS options,
        i.indexprs IS NOT NULL AS has_expressions,
        padv_tree(i.indexprs) AS expressions,
        padv_tree(i.indpred) AS predicate
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid
    JOIN pg_class t ON t.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace
    JOIN pg_am am ON am.oid = c.relam
    JOIN padv_opclass_vector o ON o.indclass = i.indclass
    LEFT JOIN padv_index_constraint con ON con.conindid = i.indexrelid
    LEFT JOIN (SELECT d.objid, x.extname
               FROM pg_depend d JOIN pg_extension x ON x.oid = d.refobjid
               WHERE d.refclassid = 'pg_extension'::regclass
                   AND d.classid = 'pg_class'::regclass
                   AND d.objsubid = 0 AND d.deptype = 'e') e
        ON e.objid = i.indrelid
    -- of operator classes; updates of 15 note a version of its own kind there
    LEFT JOIN (SELECT a.attrelid, array_agg(a.attnum || option ORDER BY a.attnum, option)
                   AS parameters
               FROM pg_attribute a JOIN pg_index x ON x.indexrelid = a.attrelid,
                   unnest(a.attoptions) option
               WHERE a.attoptions IS NOT NULL AND option !~ '^pg_attver='
               GROUP BY a.attrelid) p
        ON p.attrelid = i.indexrelid
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        AND n.nspname <> ALL (padv_excluded_schemas())
        AND t.relpersistence <> 't'
        -- perfadvisor's own; an expression, for which the planner expects many
        AND coalesce(e.extname, '') <> 'perfadvisor';

-- The inner views are read with the rights of whoever asks, as the functions
-- behind the outer ones run with those.
GRANT SELECT ON padv_index TO PUBLIC;
