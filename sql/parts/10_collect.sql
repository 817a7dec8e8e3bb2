-- What was recorded.  The functions give raw rows, the views what people read.

CREATE FUNCTION perfadvisor_read_queries(
    OUT queryid bigint,
    OUT dbid oid,
    OUT userid oid,
    OUT toplevel boolean,
    OUT query text,
    OUT calls bigint,
    OUT total_ms double precision,
    OUT mean_ms double precision,
    OUT min_ms double precision,
    OUT max_ms double precision,
    OUT stddev_ms double precision,
    OUT p50_ms double precision,
    OUT p95_ms double precision,
    OUT p99_ms double precision,
    OUT plan_ms double precision,
    OUT rows bigint,
    OUT shared_blks_hit bigint,
    OUT shared_blks_read bigint,
    OUT temp_blks_written bigint,
    OUT seq_scans bigint,
    OUT seq_rows_read bigint,
    OUT first_seen timestamptz,
    OUT last_seen timestamptz,
    OUT plans bigint,
    OUT watched_calls bigint)
RETURNS SETOF record
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION perfadvisor_read_queries() IS
'raw rows of the view perfadvisor_queries';

CREATE VIEW perfadvisor_queries AS
SELECT q.queryid,
    coalesce(d.datname, ('unknown (OID=' || q.dbid || ')')::name) AS datname,
    pg_get_userbyid(q.userid) AS username,
    q.toplevel,
    q.query,
    q.calls,
    q.total_ms,
    q.mean_ms,
    q.min_ms,
    q.max_ms,
    q.stddev_ms,
    q.p50_ms,
    q.p95_ms,
    q.p99_ms,
    q.plan_ms,
    q.rows,
    q.shared_blks_hit,
    q.shared_blks_read,
    q.temp_blks_written,
    q.seq_scans,
    q.seq_rows_read,
    q.first_seen,
    q.last_seen,
    q.plans,
    q.watched_calls,
    q.dbid,
    q.userid
FROM perfadvisor_read_queries() AS q
    LEFT JOIN pg_database AS d ON d.oid = q.dbid
ORDER BY q.total_ms DESC;

COMMENT ON VIEW perfadvisor_queries IS
'statements that ran, of all databases, heaviest first: how often, how long, how much they read';
COMMENT ON COLUMN perfadvisor_queries.query IS
'the text, with $n for constants; for users who may not see it: <insufficient privilege>';
COMMENT ON COLUMN perfadvisor_queries.total_ms IS
'execution time of all calls, without planning';
COMMENT ON COLUMN perfadvisor_queries.p95_ms IS
'95 % of the calls took no longer; within 5 % of the exact value';
COMMENT ON COLUMN perfadvisor_queries.seq_rows_read IS
'rows that sequential scans read, in all calls';
COMMENT ON COLUMN perfadvisor_queries.last_seen IS
'when the client''s statement began that contained the last call';
COMMENT ON COLUMN perfadvisor_queries.watched_calls IS
'calls that were watched closely, with rows counted for each plan node';

CREATE FUNCTION perfadvisor_read_slow_queries(
    OUT queryid bigint,
    OUT dbid oid,
    OUT userid oid,
    OUT query text,
    OUT slow_calls bigint,
    OUT calls bigint,
    OUT total_ms double precision,
    OUT mean_ms double precision,
    OUT min_ms double precision,
    OUT max_ms double precision,
    OUT stddev_ms double precision,
    OUT p50_ms double precision,
    OUT p95_ms double precision,
    OUT p99_ms double precision,
    OUT last_slow_at timestamptz,
    OUT example text,
    OUT slow_ms double precision)
RETURNS SETOF record
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION perfadvisor_read_slow_queries() IS
'raw rows of the view perfadvisor_slow_queries';

CREATE VIEW perfadvisor_slow_queries AS
SELECT q.queryid,
    coalesce(d.datname, ('unknown (OID=' || q.dbid || ')')::name) AS datname,
    pg_get_userbyid(q.userid) AS username,
    q.query,
    q.slow_calls,
    100.0::double precision * q.slow_calls / q.calls AS slow_pct,
    q.calls,
    q.mean_ms,
    q.p50_ms,
    q.p95_ms,
    q.p99_ms,
    q.max_ms,
    q.total_ms,
    coalesce(q.p95_ms / nullif(q.mean_ms, 0), 0) AS tail_ratio,
    q.last_slow_at,
    q.example,
    q.slow_ms
FROM perfadvisor_read_slow_queries() AS q
    LEFT JOIN pg_database AS d ON d.oid = q.dbid
ORDER BY q.total_ms DESC;

COMMENT ON VIEW perfadvisor_slow_queries IS
'statements that took perfadvisor.slow_query_ms or longer at least once, of all databases, worst total first';
COMMENT ON COLUMN perfadvisor_slow_queries.tail_ratio IS
'p95_ms / mean_ms: large when few slow calls stand out from many fast ones';
COMMENT ON COLUMN perfadvisor_slow_queries.example IS
'the slowest call that was kept, with its own constants, or with the values of its parameters in a comment';
COMMENT ON COLUMN perfadvisor_slow_queries.slow_ms IS
'execution time of the slow calls';

CREATE FUNCTION perfadvisor_read_seq_scans(
    OUT relation regclass,
    OUT queryid bigint,
    OUT query text,
    OUT scans bigint,
    OUT rows_read bigint,
    OUT rows_returned bigint,
    OUT selectivity_pct double precision,
    OUT total_ms double precision,
    OUT predicate text,
    OUT userid oid)
RETURNS SETOF record
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION perfadvisor_read_seq_scans() IS
'raw rows of the view perfadvisor_seq_scans';

-- unlike pg_relation_size(), waits for nobody who has the table locked
CREATE FUNCTION padv_file_bytes(relation oid) RETURNS bigint
    AS 'MODULE_PATHNAME', 'padv_inspect_file_bytes'
    LANGUAGE C STABLE STRICT PARALLEL SAFE;

CREATE VIEW perfadvisor_seq_scans AS
WITH s AS MATERIALIZED (
    SELECT * FROM perfadvisor_read_seq_scans()
), tables AS MATERIALIZED (
    -- a table with all its partitions and children
    WITH RECURSIVE member(relation, oid) AS (
        SELECT DISTINCT s.relation, s.relation::oid FROM s
        UNION
        SELECT m.relation, i.inhrelid
        FROM member AS m JOIN pg_inherits AS i ON i.inhparent = m.oid
    )
    SELECT m.relation, sum(padv_file_bytes(m.oid))::bigint AS bytes
    FROM member AS m
    GROUP BY m.relation
)
SELECT s.relation,
    s.queryid,
    s.query,
    s.scans,
    s.rows_read,
    s.rows_returned,
    s.selectivity_pct,
    coalesce(t.bytes, 0) AS relation_bytes,
    s.total_ms,
    s.predicate,
    s.userid
FROM s JOIN tables AS t USING (relation)
ORDER BY s.total_ms DESC;

COMMENT ON VIEW perfadvisor_seq_scans IS
'tables of this database that statements scanned sequentially, by statement, worst total first';
COMMENT ON COLUMN perfadvisor_seq_scans.relation IS
'the table; of a partitioned table or inheritance tree, the topmost parent';
COMMENT ON COLUMN perfadvisor_seq_scans.rows_read IS
'rows that the scans read, counted in every call';
COMMENT ON COLUMN perfadvisor_seq_scans.rows_returned IS
'rows that passed the filter: counted in closely watched calls, and scaled to all; NULL while there was none';
COMMENT ON COLUMN perfadvisor_seq_scans.selectivity_pct IS
'rows that passed the filter of rows read, in closely watched calls; NULL while there was none';
COMMENT ON COLUMN perfadvisor_seq_scans.relation_bytes IS
'size of the table''s main fork, with all partitions';
COMMENT ON COLUMN perfadvisor_seq_scans.total_ms IS
'execution time of the calls that scanned the table';
COMMENT ON COLUMN perfadvisor_seq_scans.predicate IS
'what the statement filters the table by, with ? for values';

CREATE FUNCTION perfadvisor_read_predicates(
    OUT relation regclass,
    OUT target text,
    OUT operator text,
    OUT role text,
    OUT uses bigint,
    OUT rows_in bigint,
    OUT rows_out bigint,
    OUT queryid bigint,
    OUT example text)
RETURNS SETOF record
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION perfadvisor_read_predicates() IS
'raw rows of the view perfadvisor_predicates, by statement';

CREATE VIEW perfadvisor_predicates AS
SELECT p.relation,
    p.target,
    p.operator,
    p.role,
    sum(p.uses)::bigint AS uses,
    sum(p.rows_in)::bigint AS rows_in,
    sum(p.rows_out)::bigint AS rows_out,
    100.0::double precision * sum(p.rows_out)::double precision
        / nullif(sum(p.rows_in), 0)::double precision AS selectivity_pct,
    coalesce(array_agg(DISTINCT p.queryid ORDER BY p.queryid)
        FILTER (WHERE p.queryid IS NOT NULL), '{}') AS queryids,
    (array_agg(p.example ORDER BY p.queryid IS NULL, p.uses DESC, p.queryid))[1]
        AS example
FROM perfadvisor_read_predicates() AS p
GROUP BY p.relation, p.target, p.operator, p.role
ORDER BY sum(p.rows_in) DESC, p.relation, p.target, p.operator, p.role;

COMMENT ON VIEW perfadvisor_predicates IS
'what statements filter, join, sort and group the tables of this database by';
COMMENT ON COLUMN perfadvisor_predicates.target IS
'the column or expression';
COMMENT ON COLUMN perfadvisor_predicates.operator IS
'the operator, with its schema unless that is pg_catalog; or = ANY, IS NULL, ASC and so on';
COMMENT ON COLUMN perfadvisor_predicates.role IS
'filter, join, sort or group';
COMMENT ON COLUMN perfadvisor_predicates.uses IS
'calls of statements with it: counted in closely watched calls, and scaled to all, as are rows_in and rows_out';
COMMENT ON COLUMN perfadvisor_predicates.rows_in IS
'rows that came to the plan node with this condition';
COMMENT ON COLUMN perfadvisor_predicates.rows_out IS
'rows that passed all conditions of the node';
COMMENT ON COLUMN perfadvisor_predicates.selectivity_pct IS
'rows_out of rows_in; NULL while no row came';
COMMENT ON COLUMN perfadvisor_predicates.example IS
'one call of the statement that uses it most';

GRANT SELECT ON perfadvisor_queries, perfadvisor_slow_queries,
    perfadvisor_seq_scans, perfadvisor_predicates TO PUBLIC;

CREATE FUNCTION perfadvisor_info(
    OUT version text,
    OUT preloaded boolean,
    OUT entries_max bigint,
    OUT entries_used bigint,
    OUT entries_free bigint,
    OUT evictions bigint,
    OUT dropped bigint,
    OUT shared_bytes bigint,
    OUT text_bytes_max bigint,
    OUT text_bytes_used bigint,
    OUT calls bigint,
    OUT own_time_ms double precision,
    OUT stats_since timestamptz)
RETURNS record
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE PARALLEL RESTRICTED;

COMMENT ON FUNCTION perfadvisor_info() IS
'state of the extension: version, whether preloaded, statements kept and evicted, calls that found no room (dropped), shared memory, calls recorded, own time for new and closely watched calls, and since when';

CREATE FUNCTION perfadvisor_reset(
    userid oid DEFAULT 0,
    dbid oid DEFAULT 0,
    queryid bigint DEFAULT 0)
RETURNS bigint
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;

COMMENT ON FUNCTION perfadvisor_reset(oid, oid, bigint) IS
'forgets the recorded statements of a user, a database and a queryid, 0 standing for all; returns how many';

CREATE FUNCTION perfadvisor_save()
RETURNS void
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION perfadvisor_save() IS
'writes what was recorded to a file now, as the server does at shutdown, so that it survives a crash as well';

REVOKE ALL ON FUNCTION perfadvisor_reset(oid, oid, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION perfadvisor_save() FROM PUBLIC;
