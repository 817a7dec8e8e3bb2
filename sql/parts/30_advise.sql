-- Advice: which indexes to create and to drop, and why others not.

CREATE FUNCTION perfadvisor_recommendations(
    storage_budget bigint DEFAULT NULL,
    min_improvement_pct double precision DEFAULT NULL,
    OUT id text,
    OUT priority text,
    OUT kind text,
    OUT status text,
    OUT relation regclass,
    OUT ddl text,
    OUT undo_ddl text,
    OUT reason text,
    OUT cost_before double precision,
    OUT cost_after double precision,
    OUT improvement_pct double precision,
    OUT saved_ms_per_hour double precision,
    OUT write_ms_per_hour double precision,
    OUT size_bytes bigint,
    OUT calls bigint,
    OUT queryids bigint[],
    OUT detail jsonb)
RETURNS SETOF record
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION perfadvisor_recommendations(bigint, double precision) IS
'advice for the recorded workload of this database, most valuable first; arguments: bytes for all new indexes, and the least improvement of a statement in per cent (default: the settings)';

CREATE FUNCTION perfadvisor_advise(
    queries text[],
    weights double precision[] DEFAULT NULL,
    storage_budget bigint DEFAULT NULL,
    min_improvement_pct double precision DEFAULT NULL,
    OUT id text,
    OUT priority text,
    OUT kind text,
    OUT status text,
    OUT relation regclass,
    OUT ddl text,
    OUT undo_ddl text,
    OUT reason text,
    OUT cost_before double precision,
    OUT cost_after double precision,
    OUT improvement_pct double precision,
    OUT saved_ms_per_hour double precision,
    OUT write_ms_per_hour double precision,
    OUT size_bytes bigint,
    OUT calls bigint,
    OUT queryids bigint[],
    OUT detail jsonb)
RETURNS SETOF record
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION perfadvisor_advise(text[], double precision[], bigint, double precision) IS
'advice for the given statements, which are planned and not executed';

CREATE FUNCTION perfadvisor_why_not(
    OUT relation regclass,
    OUT predicate text,
    OUT queryids bigint[],
    OUT code text,
    OUT reason text,
    OUT detail jsonb)
RETURNS SETOF record
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION perfadvisor_why_not() IS
'recorded predicates, joins and sorts that got no index advice, and why';

CREATE FUNCTION perfadvisor_evaluate(
    indexes text[],
    OUT index text,
    OUT verdict text,
    OUT improvement_pct double precision,
    OUT size_bytes bigint,
    OUT queryids bigint[],
    OUT reason text)
RETURNS SETOF record
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION perfadvisor_evaluate(text[]) IS
'what CREATE INDEX statements are worth to the recorded workload: helps, redundant, unused or harmful; none is created';
