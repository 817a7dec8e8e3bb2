/*
 * 51_life_advice.sql: what became of advice.
 *
 * Whoever asks for advice has it remembered here, with the figures of its
 * statements at that time.  A new index whose definition is that of an advice
 * is that advice carried out, whatever its name and whoever made it; an index
 * is known again by the id that its definition gives, and the tables of the
 * extension know indexes, tables and users by name, as OIDs do not survive a
 * dump.  Who may see whose statements is a matter of both: a role that took
 * over the name of another one is not that one, and nor is a role that got its
 * OID in another cluster.  Where they do not fit together any more, those see
 * it who see everything.  Who did something is told by the name of then.
 *
 * All of this belongs to the owner of the extension.  What users call is
 * written in C: it checks who asks, and then calls a function from here.
 */

/* What was counted of a statement in some time; figures.c. */
CREATE TYPE padv_figures AS (
    calls bigint,
    total_ms double precision,
    mean_ms double precision,
    sum_sq_ms double precision,
    min_ms double precision,
    max_ms double precision,
    rows bigint,
    blocks bigint,
    seq_rows bigint,
    slow_calls bigint,
    first_seen timestamptz,
    last_seen timestamptz,
    histogram bigint[]);

CREATE TABLE padv_advice (
    id text PRIMARY KEY,
    kind text NOT NULL,
    priority text NOT NULL,
    schema_name name NOT NULL,
    table_name name NOT NULL,
    index_name name,            -- of a drop
    index_oid oid,
    ddl text NOT NULL,
    undo_ddl text,
    reason text NOT NULL,
    cost_before double precision,
    cost_after double precision,
    improvement_pct double precision,
    saved_ms_per_hour double precision,
    write_ms_per_hour double precision,
    size_bytes bigint,
    calls bigint,
    queryids bigint[] NOT NULL,
    users name[] NOT NULL,      -- whose statements they are
    userids oid[] NOT NULL,
    detail jsonb,
    first_advised_at timestamptz NOT NULL,
    last_advised_at timestamptz NOT NULL,
    applied_at timestamptz,     -- NULL: not that we know
    applied_bytes bigint,
    status text,                -- as last judged, with what follows
    judged_at timestamptz,
    outcome jsonb);

-- What the statements of an advice took when it was given last.
CREATE TABLE padv_advice_figures (
    id text NOT NULL,
    queryid bigint NOT NULL,
    username name NOT NULL,
    toplevel boolean NOT NULL,
    figures padv_figures NOT NULL,
    PRIMARY KEY (id, queryid, username, toplevel));

CREATE TABLE padv_dismissal (
    id text PRIMARY KEY,
    dismissed_by name NOT NULL,
    dismissed_at timestamptz NOT NULL,
    why text);

SELECT pg_catalog.pg_extension_config_dump('padv_advice'::pg_catalog.regclass, '');
SELECT pg_catalog.pg_extension_config_dump('padv_advice_figures'::pg_catalog.regclass, '');
SELECT pg_catalog.pg_extension_config_dump('padv_dismissal'::pg_catalog.regclass, '');

CREATE FUNCTION padv_read_statements(
    OUT queryid bigint,
    OUT userid oid,
    OUT toplevel boolean,
    OUT query text,
    OUT tables oid[],
    OUT figures padv_figures,
    OUT since timestamptz,
    OUT first_at timestamptz,
    OUT last_at timestamptz,
    OUT before padv_figures,
    OUT after padv_figures)
RETURNS SETOF record
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

CREATE FUNCTION padv_figures_minus(later padv_figures, earlier padv_figures)
    RETURNS padv_figures
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION padv_figures_quantile(figures padv_figures[],
        weights double precision[], quantile double precision)
    RETURNS double precision
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

/* few, rows, same, faster or slower; judge.c. */
CREATE FUNCTION padv_figures_judge(before padv_figures, after padv_figures,
        by_work boolean)
    RETURNS text
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;

/* The ids that the indexes of a table would have as advice. */
CREATE FUNCTION padv_index_ids(relation oid, OUT index oid, OUT id text,
        OUT ddl text, OUT undo_ddl text)
    RETURNS SETOF record
    AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;

CREATE FUNCTION padv_may_see_users(viewer name, users name[], userids oid[])
    RETURNS boolean
    LANGUAGE sql STABLE
    RETURN users <@ ARRAY[viewer]
            AND userids <@ ARRAY[(SELECT r.oid FROM pg_roles r WHERE r.rolname = viewer)]
        OR pg_has_role(viewer, 'pg_read_all_stats', 'USAGE');

-- Times and per cents for people.
CREATE FUNCTION padv_ms(ms double precision) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE
        WHEN ms >= 100 THEN to_char(ms, 'FM999,999,999,990')
        WHEN ms >= 1 THEN to_char(ms, 'FM990.0')
        ELSE to_char(ms, 'FM0.000') END || ' ms';

/* ---- remembering ---- */

/* What was just advised; nothing but for padv_remember(). */
CREATE FUNCTION padv_told_rows(OUT id text, OUT kind text, OUT priority text,
        OUT relation oid, OUT ddl text, OUT undo_ddl text, OUT reason text,
        OUT cost_before double precision, OUT cost_after double precision,
        OUT improvement_pct double precision, OUT saved_ms_per_hour double precision,
        OUT write_ms_per_hour double precision, OUT size_bytes bigint, OUT calls bigint,
        OUT queryids bigint[], OUT detail jsonb, OUT index_oid oid, OUT userids oid[])
    RETURNS SETOF record
    AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;

/* What nobody took is forgotten in the end. */
CREATE FUNCTION padv_remember() RETURNS void
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
    INSERT INTO padv_advice AS a (id, kind, priority, schema_name, table_name,
        index_name, index_oid, ddl, undo_ddl, reason, cost_before, cost_after,
        improvement_pct, saved_ms_per_hour, write_ms_per_hour, size_bytes, calls,
        queryids, users, userids, detail, first_advised_at, last_advised_at)
    SELECT DISTINCT ON (t.id) t.id, t.kind, t.priority, n.nspname, c.relname,
        x.relname, t.index_oid, t.ddl, t.undo_ddl, t.reason, t.cost_before,
        t.cost_after, t.improvement_pct, t.saved_ms_per_hour, t.write_ms_per_hour,
        t.size_bytes, t.calls, t.queryids,
        ARRAY(SELECT DISTINCT pg_get_userbyid(u) FROM unnest(t.userids) u ORDER BY 1),
        ARRAY(SELECT DISTINCT u FROM unnest(t.userids) u ORDER BY 1),
        t.detail, statement_timestamp(), statement_timestamp()
    FROM padv_told_rows() t
    JOIN pg_class c ON c.oid = t.relation
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_class x ON x.oid = t.index_oid
    ON CONFLICT ON CONSTRAINT padv_advice_pkey DO UPDATE SET
        priority = excluded.priority,
        schema_name = excluded.schema_name,
        table_name = excluded.table_name,
        index_name = excluded.index_name,
        index_oid = excluded.index_oid,
        ddl = excluded.ddl,
        undo_ddl = excluded.undo_ddl,
        reason = excluded.reason,
        cost_before = excluded.cost_before,
        cost_after = excluded.cost_after,
        improvement_pct = excluded.improvement_pct,
        saved_ms_per_hour = excluded.saved_ms_per_hour,
        write_ms_per_hour = excluded.write_ms_per_hour,
        size_bytes = excluded.size_bytes,
        calls = excluded.calls,
        queryids = excluded.queryids,
        users = excluded.users,
        userids = excluded.userids,
        detail = excluded.detail,
        last_advised_at = excluded.last_advised_at,
        applied_at = NULL,
        applied_bytes = NULL,
        status = NULL,
        judged_at = NULL,
        outcome = NULL
    -- asking again and again must not write again and again
    WHERE a.applied_at IS NOT NULL OR a.queryids <> excluded.queryids
        OR a.users <> excluded.users OR a.userids <> excluded.userids
        OR a.last_advised_at < excluded.last_advised_at - interval '10 minutes'
        OR a.ddl <> excluded.ddl OR excluded.calls > 1.5 * a.calls;
    DELETE FROM padv_advice a
    WHERE a.applied_at IS NULL
        AND a.last_advised_at < statement_timestamp() - interval '90 days'
        AND NOT EXISTS (SELECT FROM padv_dismissal d WHERE d.id = a.id);
    DELETE FROM padv_advice_figures f
    WHERE NOT EXISTS (SELECT FROM padv_advice a WHERE a.id = f.id)
        OR EXISTS (SELECT FROM padv_advice a
                   WHERE a.id = f.id AND a.last_advised_at = statement_timestamp());
    INSERT INTO padv_advice_figures
    SELECT a.id, s.queryid, pg_get_userbyid(s.userid), s.toplevel,
        coalesce(s.after, s.figures)
    FROM padv_advice a
    CROSS JOIN unnest(a.queryids) q (queryid)
    JOIN padv_read_statements() s ON s.queryid = q.queryid
    WHERE a.last_advised_at = statement_timestamp()
    ON CONFLICT DO NOTHING;
    END;

/* ---- dismissing ---- */

CREATE FUNCTION padv_dismissed() RETURNS SETOF text
    LANGUAGE sql STABLE
    BEGIN ATOMIC
    SELECT d.id FROM padv_dismissal d;
    END;

/* False when no such advice was given. */
CREATE FUNCTION padv_dismiss(id text, why text, who name) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
    INSERT INTO padv_dismissal
    SELECT a.id, who, statement_timestamp(), padv_dismiss.why
    FROM padv_advice a WHERE a.id = padv_dismiss.id
    ON CONFLICT ON CONSTRAINT padv_dismissal_pkey DO UPDATE SET
        dismissed_by = excluded.dismissed_by,
        dismissed_at = excluded.dismissed_at,
        why = excluded.why;
    SELECT EXISTS (SELECT FROM padv_advice a WHERE a.id = padv_dismiss.id);
    END;

/* False when it was not dismissed. */
CREATE FUNCTION padv_undismiss(id text) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
    WITH gone AS (
        DELETE FROM padv_dismissal d WHERE d.id = padv_undismiss.id RETURNING 1)
    SELECT EXISTS (SELECT FROM gone);
    END;

/* ---- what became of it ---- */

/*
 * Advice that has been carried out, as the catalogs tell now.  A new index's
 * file tells when it was made; else it was when indexes of its table changed.
 */
CREATE FUNCTION padv_applied(OUT id text, OUT kind text, OUT relation oid,
        OUT index oid, OUT index_name text, OUT applied_at timestamptz,
        OUT ddl text, OUT undo_ddl text, OUT scans bigint, OUT elsewhere bigint,
        OUT bytes bigint)
    RETURNS SETOF record
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
    WITH a AS MATERIALIZED (
        SELECT a.*, c.oid AS relation
        FROM padv_advice a
        JOIN pg_namespace n ON n.nspname = a.schema_name
        JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = a.table_name
        WHERE a.kind IN ('create_index', 'drop_index')
    ), changes AS MATERIALIZED (
        SELECT r.relation, max(s.last_at) AS last_at
        FROM (SELECT DISTINCT a.relation FROM a) r
        JOIN padv_read_statements() s ON r.relation = ANY (s.tables)
        GROUP BY 1
    ), made AS (
        SELECT DISTINCT ON (i.id) i.*
        FROM (SELECT DISTINCT a.relation FROM a WHERE a.kind = 'create_index') r,
            padv_index_ids(r.relation) i
        ORDER BY i.id, i.index
    ), part AS (
        SELECT m.index, m.index AS part FROM made m
        UNION
        SELECT m.index, p.part FROM made m JOIN padv_index_part p ON p.indexrelid = m.index
    ), used AS (
        SELECT p.index,
            sum(pg_stat_get_numscans(p.part))::bigint AS scans,
            coalesce(sum(u.scans), 0)::bigint AS elsewhere,
            sum(padv_file_bytes(p.part))::bigint AS bytes,
            min(padv_file_born(p.part)) AS born
        FROM part p LEFT JOIN padv_index_node_use u ON u.indexrelid = p.part
        GROUP BY 1
    )
    SELECT a.id, a.kind, a.relation, m.index, format('%I.%I', n.nspname, c.relname),
        coalesce(a.applied_at, u.born,
            CASE WHEN ch.last_at > a.first_advised_at THEN ch.last_at END,
            statement_timestamp()),
        regexp_replace(m.ddl, '^(CREATE (UNIQUE )?INDEX( CONCURRENTLY)?) ',
            E'\\1 IF NOT EXISTS '),
        m.undo_ddl, u.scans, u.elsewhere, u.bytes
    FROM a JOIN made m ON m.id = a.id
    JOIN pg_class c ON c.oid = m.index
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN used u ON u.index = m.index
    LEFT JOIN changes ch ON ch.relation = a.relation
    WHERE a.kind = 'create_index'
    UNION ALL
    SELECT a.id, a.kind, a.relation, NULL, format('%I.%I', a.schema_name, a.index_name),
        coalesce(a.applied_at,
            CASE WHEN ch.last_at > a.first_advised_at THEN ch.last_at END,
            statement_timestamp()),
        regexp_replace(a.ddl, '^(DROP INDEX( CONCURRENTLY)?) ', E'\\1 IF EXISTS '),
        a.undo_ddl, NULL, NULL, NULL
    FROM a LEFT JOIN changes ch ON ch.relation = a.relation
    WHERE a.kind = 'drop_index'
        AND NOT EXISTS (SELECT FROM pg_index i
                        WHERE i.indrelid = a.relation AND i.indexrelid = a.index_oid)
        AND NOT EXISTS (SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                        WHERE i.indrelid = a.relation AND c.relname = a.index_name);
    END;

/*
 * The statements on the tables of advice that was carried out, before and
 * since.  When their figures were reset since, those count that the advice was
 * given with.
 */
CREATE FUNCTION padv_applied_statements(OUT id text, OUT advised boolean,
        OUT superseded boolean, OUT before padv_figures, OUT after padv_figures,
        OUT judged text)
    RETURNS SETOF record
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
    SELECT p.id, p.advised, p.superseded, p.before, p.after,
        padv_figures_judge(p.before, p.after, true)
    FROM (
        SELECT a.id,
            a.kind <> 'create_index' OR s.queryid = ANY (m.queryids) AS advised,
            coalesce(s.first_at > a.applied_at + interval '2 seconds', false) AS superseded,
            CASE WHEN w.marked THEN s.before
                WHEN w.begun THEN f.figures END AS before,
            CASE WHEN w.marked THEN s.after
                WHEN w.begun THEN s.figures END AS after
        FROM padv_applied() a
        JOIN padv_advice m ON m.id = a.id
        JOIN padv_read_statements() s ON a.relation = ANY (s.tables)
        LEFT JOIN padv_advice_figures f ON f.id = a.id AND f.queryid = s.queryid
            AND f.username = pg_get_userbyid(s.userid) AND f.toplevel = s.toplevel,
        LATERAL (SELECT
                a.applied_at BETWEEN s.first_at - interval '2 seconds'
                    AND s.last_at + interval '2 seconds' AS marked,
                (s.figures).first_seen >= a.applied_at AS begun) w
    ) p;
    END;

/*
 * One row for each advice that was carried out.  Times of several statements
 * are of the calls since, before and since alike.
 *
 * An advice has helped when the statements that it was for take less time.
 * What it does to others on the same table counts against it only: when they
 * get faster, that may be another index's merit, but when they get slower, a
 * new index that is in use has lured the planner into worse plans.  Scans are
 * counted with a delay, and are asked about where nothing else has shown.
 */
CREATE FUNCTION padv_judged(OUT id text, OUT kind text, OUT relation oid,
        OUT index_name text, OUT applied_at timestamptz, OUT status text,
        OUT calls_before bigint, OUT calls_after bigint,
        OUT mean_ms_before double precision, OUT mean_ms_after double precision,
        OUT p50_ms_before double precision, OUT p50_ms_after double precision,
        OUT p95_ms_before double precision, OUT p95_ms_after double precision,
        OUT faster bigint, OUT slower bigint, OUT change_ms double precision,
        OUT scans bigint, OUT bytes bigint, OUT reason text, OUT ddl text,
        OUT undo_ddl text)
    RETURNS SETOF record
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
    WITH sums AS (
        SELECT s.id,
            count(*) FILTER (WHERE s.advised) AS statements,
            count(*) FILTER (WHERE s.advised AND s.before IS NOT NULL) AS known,
            count(*) FILTER (WHERE s.advised AND s.superseded) AS superseded,
            count(*) FILTER (WHERE s.advised AND s.judged = 'rows') AS rows_differ,
            count(*) FILTER (WHERE s.advised AND s.judged = 'faster') AS faster,
            count(*) FILTER (WHERE s.judged = 'slower') AS slower,
            sum((s.before).total_ms) FILTER (WHERE s.advised) AS all_ms,
            sum((s.before).total_ms) FILTER (WHERE s.advised
                AND s.judged IN ('same', 'faster', 'slower')) AS judged_ms,
            coalesce(sum((s.before).calls) FILTER (WHERE s.advised), 0) AS calls_before,
            coalesce(sum((s.after).calls) FILTER (WHERE s.advised), 0) AS calls_after,
            sum((s.after).calls * (s.before).mean_ms) FILTER (WHERE s.advised) AS before_ms,
            sum((s.after).total_ms) FILTER (WHERE s.advised) AS after_ms,
            array_agg(s.before) FILTER (WHERE s.advised AND s.before IS NOT NULL) AS before,
            array_agg(s.after) FILTER (WHERE s.advised AND s.before IS NOT NULL) AS after,
            array_agg((s.after).calls::float8)
                FILTER (WHERE s.advised AND s.before IS NOT NULL) AS weights,
            sum((s.after).calls * (s.before).mean_ms)
                FILTER (WHERE s.judged = 'slower'
                    OR s.advised AND s.judged IN ('same', 'faster')) AS expected_ms,
            coalesce(sum((s.after).calls * ((s.after).mean_ms - (s.before).mean_ms))
                FILTER (WHERE s.judged = 'slower'
                    OR s.advised AND s.judged = 'faster'), 0) AS change_ms
        FROM padv_applied_statements() s
        GROUP BY s.id
    ), verdict AS (
        SELECT a.id, a.kind, a.relation, a.index_name, a.applied_at, a.scans,
            a.elsewhere, a.bytes, a.ddl, a.undo_ddl, s.statements, s.known,
            s.superseded, s.rows_differ, coalesce(s.faster, 0) AS faster,
            coalesce(s.slower, 0) AS slower, s.change_ms,
            coalesce(s.calls_before, 0)::bigint AS calls_before,
            coalesce(s.calls_after, 0)::bigint AS calls_after,
            s.before_ms / nullif(s.calls_after, 0)::float8 AS mean_ms_before,
            s.after_ms / nullif(s.calls_after, 0)::float8 AS mean_ms_after,
            s.before, s.after, s.weights,
            100 * s.change_ms / nullif(s.expected_ms, 0) AS change_pct,
            CASE
                WHEN s.slower > 0 AND s.change_ms >= 0.05 * s.expected_ms
                    AND coalesce(a.scans + a.elsewhere, 1) > 0
                    THEN 'verified_hurt'
                WHEN coalesce(s.judged_ms, 0) = 0 OR s.judged_ms < s.all_ms / 2
                    THEN 'applied'
                WHEN a.scans + a.elsewhere = 0 AND s.faster = 0
                    THEN 'verified_no_change'
                WHEN s.change_ms <= -0.05 * s.expected_ms THEN 'verified_helped'
                ELSE 'verified_no_change' END AS status
        FROM padv_applied() a LEFT JOIN sums s ON s.id = a.id
    )
    SELECT v.id, v.kind, v.relation, v.index_name, v.applied_at, v.status,
        v.calls_before, v.calls_after, v.mean_ms_before, v.mean_ms_after,
        padv_figures_quantile(v.before, v.weights, 0.5),
        padv_figures_quantile(v.after, v.weights, 0.5),
        padv_figures_quantile(v.before, v.weights, 0.95),
        padv_figures_quantile(v.after, v.weights, 0.95),
        v.faster, v.slower, v.change_ms, v.scans, v.bytes,
        CASE v.status
            WHEN 'applied' THEN CASE
                WHEN v.superseded > 0 AND v.known = 0 THEN
                    'The indexes of its table changed again before there were enough calls to judge it.'
                WHEN coalesce(v.statements, 0) = 0 THEN
                    'None of its statements has been seen since.'
                WHEN v.known = 0 THEN
                    'What its statements took before it was carried out is not known.'
                WHEN v.rows_differ > 0 THEN
                    'Its statements return other numbers of rows than before, so that their times cannot be compared.'
                ELSE format('Not enough calls yet: %s before and %s since; most of the statements need 10 of each.',
                    v.calls_before, v.calls_after) END
            WHEN 'verified_no_change' THEN CASE
                WHEN v.scans + v.elsewhere = 0 THEN
                    format('No plan has used it in %s calls of its statements; it costs space and writes. undo_ddl takes it back.',
                        v.calls_after)
                ELSE format('%s calls since took %s on average, before %s: no difference that counts.',
                    v.calls_after, padv_ms(v.mean_ms_after), padv_ms(v.mean_ms_before)) END
            ELSE format('%s: %s faster, %s slower, together %s %s than it would have been (%s %%). %s calls of the advised statements since took %s on average, before %s.%s',
                CASE WHEN v.slower = 0 AND v.kind = 'create_index' THEN 'Statements that it is for'
                    ELSE 'Statements on its table' END,
                v.faster, v.slower, padv_ms(abs(v.change_ms)),
                CASE WHEN v.change_ms < 0 THEN 'less' ELSE 'more' END,
                to_char(v.change_pct, 'FMS999,990.0'),
                v.calls_after, coalesce(padv_ms(v.mean_ms_after), '-'),
                coalesce(padv_ms(v.mean_ms_before), '-'),
                CASE WHEN v.status = 'verified_hurt' THEN ' undo_ddl takes it back.' END)
        END,
        v.ddl, v.undo_ddl
    FROM verdict v;
    END;

/*
 * The same, with what was judged before where nothing can be said any more:
 * the figures were reset, or other indexes came.
 */
CREATE FUNCTION padv_outcome(OUT id text, OUT kind text, OUT relation oid,
        OUT index_name text, OUT applied_at timestamptz, OUT status text,
        OUT judged_at timestamptz, OUT outcome jsonb, OUT ddl text,
        OUT undo_ddl text, OUT scans bigint, OUT bytes bigint,
        OUT applied_bytes bigint, OUT is_new boolean)
    RETURNS SETOF record
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
    SELECT j.id, j.kind, j.relation, j.index_name, j.applied_at,
        CASE WHEN k.kept THEN a.status ELSE j.status END,
        CASE WHEN k.kept THEN a.judged_at ELSE statement_timestamp() END,
        CASE WHEN k.kept THEN a.outcome ELSE k.outcome END,
        j.ddl, j.undo_ddl, j.scans, j.bytes, coalesce(a.applied_bytes, j.bytes),
        a.applied_at IS NULL OR NOT k.kept
            AND (j.status IS DISTINCT FROM a.status
                 OR j.calls_after > 1.5 * (a.outcome ->> 'calls_after')::bigint)
    FROM padv_judged() j JOIN padv_advice a ON a.id = j.id,
    LATERAL (SELECT
            coalesce(a.status LIKE 'verified%' AND j.status = 'applied', false) AS kept,
            jsonb_build_object('calls_before', j.calls_before,
                'calls_after', j.calls_after,
                'mean_ms_before', j.mean_ms_before, 'mean_ms_after', j.mean_ms_after,
                'p50_ms_before', j.p50_ms_before, 'p50_ms_after', j.p50_ms_after,
                'p95_ms_before', j.p95_ms_before, 'p95_ms_after', j.p95_ms_after,
                'faster', j.faster, 'slower', j.slower, 'change_ms', j.change_ms,
                'reason', j.reason) AS outcome) k;
    END;

/* What is carried out, and no longer so, as of now. */
CREATE FUNCTION padv_keep_outcomes() RETURNS void
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
    WITH o AS MATERIALIZED (
        SELECT * FROM padv_outcome()
    ), back AS (
        UPDATE padv_advice a
        SET applied_at = NULL, applied_bytes = NULL, status = NULL,
            judged_at = NULL, outcome = NULL
        WHERE a.applied_at IS NOT NULL
            AND NOT EXISTS (SELECT FROM o WHERE o.id = a.id)
            -- of a table that is locked nothing is known now
            AND NOT EXISTS (SELECT FROM padv_table_lock k
                            JOIN pg_class c ON c.oid = k.relation
                            JOIN pg_namespace n ON n.oid = c.relnamespace
                            WHERE n.nspname = a.schema_name AND c.relname = a.table_name)
    )
    UPDATE padv_advice a
    SET applied_at = o.applied_at, applied_bytes = o.applied_bytes,
        status = o.status, judged_at = o.judged_at, outcome = o.outcome
    FROM o
    WHERE o.id = a.id AND o.is_new;
    END;

/* A row of the view perfadvisor_outcomes. */
CREATE TYPE padv_outcome_row AS (
    id text,
    relation regclass,
    index text,
    applied_at timestamptz,
    verdict text,
    calls_before bigint,
    calls_after bigint,
    mean_ms_before double precision,
    mean_ms_after double precision,
    p95_ms_before double precision,
    p95_ms_after double precision,
    size_bytes bigint,
    scans_since bigint,
    reason text,
    undo_ddl text,
    kind text,
    p50_ms_before double precision,
    p50_ms_after double precision,
    size_bytes_then bigint,
    faster bigint,
    slower bigint,
    change_ms double precision,
    judged_at timestamptz);

CREATE FUNCTION padv_outcome_rows() RETURNS SETOF padv_outcome_row
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
    SELECT o.id, o.relation, o.index_name, o.applied_at, o.status,
        f.calls_before, f.calls_after, f.mean_ms_before, f.mean_ms_after,
        f.p95_ms_before, f.p95_ms_after, coalesce(o.bytes, 0), o.scans,
        f.reason, o.undo_ddl, o.kind, f.p50_ms_before, f.p50_ms_after,
        coalesce(o.applied_bytes, 0), f.faster, f.slower, f.change_ms, o.judged_at
    FROM padv_outcome() o,
        jsonb_to_record(o.outcome) AS f (calls_before bigint, calls_after bigint,
            mean_ms_before float8, mean_ms_after float8, p50_ms_before float8,
            p50_ms_after float8, p95_ms_before float8, p95_ms_after float8,
            faster bigint, slower bigint, change_ms float8, reason text)
    ORDER BY o.applied_at DESC, o.id;
    END;

/*
 * What perfadvisor_recommendations() says behind the open advice: what was
 * dismissed, then what was carried out.
 */
CREATE FUNCTION padv_settled_rows(viewer name, OUT id text, OUT priority text,
        OUT kind text, OUT status text, OUT relation regclass, OUT ddl text,
        OUT undo_ddl text, OUT reason text, OUT cost_before double precision,
        OUT cost_after double precision, OUT improvement_pct double precision,
        OUT saved_ms_per_hour double precision, OUT write_ms_per_hour double precision,
        OUT size_bytes bigint, OUT calls bigint, OUT queryids bigint[], OUT detail jsonb)
    RETURNS SETOF record
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
    WITH o AS MATERIALIZED (
        SELECT * FROM padv_outcome()
    )
    SELECT a.id, a.priority, a.kind, coalesce(o.status, 'dismissed'),
        c.oid::regclass, coalesce(o.ddl, a.ddl), coalesce(o.undo_ddl, a.undo_ddl),
        CASE WHEN o.id IS NOT NULL
            THEN concat_ws(' ',
                format('Carried out on %s as %s.', padv_moment(o.applied_at), o.index_name),
                o.outcome ->> 'reason')
            ELSE format('Dismissed by %s on %s%s. When it was given: %s',
                d.dismissed_by, padv_moment(d.dismissed_at), ': ' || d.why, a.reason)
            END,
        a.cost_before, a.cost_after, a.improvement_pct, a.saved_ms_per_hour,
        a.write_ms_per_hour, a.size_bytes, a.calls, a.queryids,
        coalesce(a.detail, '{}') || jsonb_strip_nulls(jsonb_build_object(
            'advised_at', a.last_advised_at,
            'dismissed_by', d.dismissed_by, 'dismissed_at', d.dismissed_at, 'why_dismissed', d.why,
            'applied_at', o.applied_at, 'applied_index', o.index_name,
            'outcome', o.outcome - 'reason'))
    FROM padv_advice a
    JOIN pg_namespace n ON n.nspname = a.schema_name
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = a.table_name
    LEFT JOIN o ON o.id = a.id
    LEFT JOIN padv_dismissal d ON d.id = a.id
    WHERE (o.id IS NOT NULL OR d.id IS NOT NULL)
        AND padv_may_see_users(viewer, a.users, a.userids)
    ORDER BY o.id IS NOT NULL, o.applied_at DESC, d.dismissed_at DESC, a.id;
    END;

REVOKE ALL ON FUNCTION padv_read_statements(), padv_index_ids(oid),
    padv_figures_minus(padv_figures, padv_figures),
    padv_figures_quantile(padv_figures[], double precision[], double precision),
    padv_figures_judge(padv_figures, padv_figures, boolean),
    padv_told_rows(), padv_remember(), padv_dismissed(), padv_dismiss(text, text, name),
    padv_undismiss(text), padv_applied(), padv_applied_statements(),
    padv_judged(), padv_outcome(), padv_keep_outcomes(), padv_outcome_rows(),
    padv_settled_rows(name), padv_may_see_users(name, name[], oid[])
    FROM PUBLIC;

/* ---- what users see ---- */

CREATE FUNCTION perfadvisor_dismiss(id text, why text DEFAULT NULL) RETURNS void
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION perfadvisor_dismiss(text, text) IS
'says that an advice is not wanted, and why: it is not given any more';

CREATE FUNCTION perfadvisor_undismiss(id text) RETURNS void
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION perfadvisor_undismiss(text) IS
'takes perfadvisor_dismiss() back';

CREATE FUNCTION padv_outcomes() RETURNS SETOF padv_outcome_row
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

CREATE VIEW perfadvisor_outcomes AS SELECT * FROM padv_outcomes();

COMMENT ON VIEW perfadvisor_outcomes IS
'advice that was carried out, latest first: what its statements took before and since, and whether it has helped';
COMMENT ON COLUMN perfadvisor_outcomes.verdict IS
'applied: too little is known yet; verified_helped, verified_no_change or verified_hurt';
COMMENT ON COLUMN perfadvisor_outcomes.mean_ms_before IS
'of the advised statements, each weighing as many calls as since, as in all times here';
COMMENT ON COLUMN perfadvisor_outcomes.size_bytes IS
'of the index now; size_bytes_then: when it was first seen';
COMMENT ON COLUMN perfadvisor_outcomes.scans_since IS
'scans of the new index';
COMMENT ON COLUMN perfadvisor_outcomes.faster IS
'statements that the advice is for and that are faster; slower: statements on its table';
COMMENT ON COLUMN perfadvisor_outcomes.change_ms IS
'execution time since, of the statements that are faster or slower, less what it would have been as before';

GRANT SELECT ON perfadvisor_outcomes TO PUBLIC;
REVOKE ALL ON FUNCTION perfadvisor_dismiss(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION perfadvisor_undismiss(text) FROM PUBLIC;
