/*
 * 52_life_snapshots.sql: figures of some time kept, and compared with others.
 *
 * A snapshot has what was recorded of each statement of this database until
 * then.  Compared are the time until one snapshot and the time from it to
 * another, or to now.  Where a statement's figures began anew in between,
 * which first_seen tells, all of them are of that time.
 *
 * Statements of a user are known again by its name, as after a restore it has
 * another OID; a role that was renamed in between has new ones, and the old
 * ones are gone.  For who may see texts see 51_life_advice.sql.
 */

CREATE TABLE padv_snapshot (
    id bigint PRIMARY KEY,
    label text,
    taken_at timestamptz NOT NULL,
    taken_by name NOT NULL,
    stats_since timestamptz NOT NULL);

CREATE TABLE padv_snapshot_statement (
    snapshot bigint NOT NULL,
    queryid bigint NOT NULL,
    username name NOT NULL,
    userid oid NOT NULL,
    toplevel boolean NOT NULL,
    figures padv_figures NOT NULL,
    PRIMARY KEY (snapshot, queryid, username, toplevel));

-- Texts are long and stay the same.
CREATE TABLE padv_snapshot_text (
    queryid bigint NOT NULL,
    username name NOT NULL,
    userid oid NOT NULL,
    query text NOT NULL,
    PRIMARY KEY (queryid, username, userid));

SELECT pg_catalog.pg_extension_config_dump('padv_snapshot'::pg_catalog.regclass, '');
SELECT pg_catalog.pg_extension_config_dump('padv_snapshot_statement'::pg_catalog.regclass, '');
SELECT pg_catalog.pg_extension_config_dump('padv_snapshot_text'::pg_catalog.regclass, '');

CREATE FUNCTION padv_snapshot_take(label text, who name, keep_seconds integer)
    RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
    INSERT INTO padv_snapshot
    SELECT coalesce((SELECT max(s.id) FROM padv_snapshot s), 0) + 1,
        padv_snapshot_take.label, clock_timestamp(), who, i.stats_since
    FROM perfadvisor_info() i;
    INSERT INTO padv_snapshot_statement
    SELECT (SELECT max(p.id) FROM padv_snapshot p), s.queryid,
        pg_get_userbyid(s.userid), s.userid, s.toplevel, s.figures
    FROM padv_read_statements() s;
    INSERT INTO padv_snapshot_text
    SELECT DISTINCT ON (s.queryid, s.userid) s.queryid, pg_get_userbyid(s.userid),
        s.userid, s.query
    FROM padv_read_statements() s
    ON CONFLICT DO NOTHING;
    -- what is too old; never the one that was just taken
    DELETE FROM padv_snapshot s
    WHERE keep_seconds > 0 AND s.id < (SELECT max(p.id) FROM padv_snapshot p)
        AND s.taken_at < statement_timestamp() - make_interval(secs => keep_seconds);
    DELETE FROM padv_snapshot_statement s
    WHERE NOT EXISTS (SELECT FROM padv_snapshot p WHERE p.id = s.snapshot);
    DELETE FROM padv_snapshot_text t
    WHERE NOT EXISTS (SELECT FROM padv_snapshot_statement s
                      WHERE s.queryid = t.queryid AND s.username = t.username
                          AND s.userid = t.userid);
    SELECT max(p.id) FROM padv_snapshot p;
    END;

/* The first of the two that does not exist; else NULL. */
CREATE FUNCTION padv_snapshot_missing(before bigint, after bigint) RETURNS bigint
    LANGUAGE sql STABLE
    RETURN (SELECT x.id FROM (VALUES (1, before), (2, after)) x (position, id)
            WHERE x.id IS NOT NULL
                AND NOT EXISTS (SELECT FROM padv_snapshot s WHERE s.id = x.id)
            ORDER BY x.position LIMIT 1);

CREATE FUNCTION padv_compare_rows(before bigint, after bigint, viewer name,
        OUT queryid bigint, OUT query text, OUT change text,
        OUT calls_before bigint, OUT calls_after bigint,
        OUT mean_ms_before double precision, OUT mean_ms_after double precision,
        OUT p95_ms_before double precision, OUT p95_ms_after double precision,
        OUT rows_read_before bigint, OUT rows_read_after bigint,
        OUT total_ms_before double precision, OUT total_ms_after double precision,
        OUT username name, OUT toplevel boolean)
    RETURNS SETOF record
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
    WITH b AS (
        SELECT s.queryid, s.username, s.userid, s.toplevel, s.figures
        FROM padv_snapshot_statement s
        WHERE s.snapshot = padv_compare_rows.before
    ), a AS (
        SELECT s.queryid, s.username, s.userid, s.toplevel, s.figures, NULL::text AS query
        FROM padv_snapshot_statement s
        WHERE s.snapshot = padv_compare_rows.after
        UNION ALL
        SELECT s.queryid, pg_get_userbyid(s.userid), s.userid, s.toplevel, s.figures, s.query
        FROM padv_read_statements() s
        WHERE padv_compare_rows.after IS NULL
    ), pair AS (
        SELECT queryid, username, toplevel, a.query, b.figures AS before,
            array_remove(ARRAY[b.userid, a.userid], NULL) AS userids,
            CASE WHEN (a.figures).first_seen = (b.figures).first_seen
                    AND (a.figures).calls >= (b.figures).calls
                THEN padv_figures_minus(a.figures, b.figures)
                ELSE a.figures END AS since
        FROM b FULL JOIN a USING (queryid, username, toplevel)
    ), told AS (
        SELECT p.*, padv_may_see_users(viewer, ARRAY[p.username], p.userids) AS visible,
            CASE WHEN p.before IS NULL THEN 'new'
                WHEN coalesce((p.since).calls, 0) = 0 THEN 'gone'
                ELSE CASE padv_figures_judge(p.before, p.since, false)
                    WHEN 'faster' THEN 'faster'
                    WHEN 'slower' THEN 'slower'
                    ELSE 'same' END
                END AS change
        FROM pair p
    )
    SELECT CASE WHEN t.visible THEN t.queryid END,
        CASE WHEN t.visible THEN coalesce(t.query,
                (SELECT x.query FROM padv_snapshot_text x
                 WHERE x.queryid = t.queryid AND x.username = t.username
                     AND x.userid = ANY (t.userids) LIMIT 1))
            ELSE '<insufficient privilege>' END,
        t.change,
        coalesce((t.before).calls, 0), coalesce((t.since).calls, 0),
        (t.before).mean_ms,
        CASE WHEN t.change <> 'gone' THEN (t.since).mean_ms END,
        padv_figures_quantile(ARRAY[t.before], '{1}', 0.95),
        CASE WHEN t.change <> 'gone'
            THEN padv_figures_quantile(ARRAY[t.since], '{1}', 0.95) END,
        coalesce((t.before).seq_rows, 0), coalesce((t.since).seq_rows, 0),
        coalesce((t.before).total_ms, 0), coalesce((t.since).total_ms, 0),
        t.username, t.toplevel
    FROM told t
    -- by the time that the difference makes
    ORDER BY abs(CASE t.change
            WHEN 'new' THEN (t.since).total_ms
            WHEN 'gone' THEN (t.before).total_ms
            ELSE (t.since).calls * ((t.since).mean_ms - (t.before).mean_ms) END) DESC,
        t.queryid, t.username, t.toplevel;
    END;

REVOKE ALL ON FUNCTION padv_snapshot_take(text, name, integer),
    padv_snapshot_missing(bigint, bigint),
    padv_compare_rows(bigint, bigint, name) FROM PUBLIC;

CREATE VIEW perfadvisor_snapshots AS
    SELECT s.id, s.label, s.taken_at, s.taken_by, s.stats_since
    FROM padv_snapshot s
    ORDER BY s.id;

COMMENT ON VIEW perfadvisor_snapshots IS
'what perfadvisor_snapshot() has kept, as far as perfadvisor.snapshot_retention lets it';
GRANT SELECT ON perfadvisor_snapshots TO PUBLIC;

CREATE FUNCTION perfadvisor_snapshot(label text DEFAULT NULL) RETURNS bigint
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION perfadvisor_snapshot(text) IS
'keeps the figures of all statements of this database as they are now, and returns the id for perfadvisor_compare()';
REVOKE ALL ON FUNCTION perfadvisor_snapshot(text) FROM PUBLIC;

CREATE FUNCTION perfadvisor_compare(before bigint, after bigint DEFAULT NULL,
    OUT queryid bigint, OUT query text, OUT change text,
    OUT calls_before bigint, OUT calls_after bigint,
    OUT mean_ms_before double precision, OUT mean_ms_after double precision,
    OUT p95_ms_before double precision, OUT p95_ms_after double precision,
    OUT rows_read_before bigint, OUT rows_read_after bigint,
    OUT total_ms_before double precision, OUT total_ms_after double precision,
    OUT username name, OUT toplevel boolean)
RETURNS SETOF record
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION perfadvisor_compare(bigint, bigint) IS
'statements until one snapshot beside the same from then until another one, or until now: new, gone, faster, slower or same';
