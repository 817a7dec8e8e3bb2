-- What-if: one statement with other indexes than there are.

CREATE FUNCTION perfadvisor_whatif(
    query text,
    indexes text[] DEFAULT '{}',
    hide regclass[] DEFAULT '{}',
    OUT cost_before double precision,
    OUT cost_after double precision,
    OUT improvement_pct double precision,
    OUT indexes_used text[],
    OUT size_bytes bigint,
    OUT plan_before text,
    OUT plan_after text)
RETURNS record
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION perfadvisor_whatif(text, text[], regclass[]) IS
'plans a statement as things are, and as they would be with the given CREATE INDEX statements carried out and the hidden indexes gone; executes and creates nothing';
