/*
 * 35_nodes.sql: what other nodes use of this database's indexes.
 *
 * A standby counts its own scans, and the primary does not see them.  Here is
 * remembered what perfadvisor_export_usage() told there; the views on indexes
 * read it.  Indexes are kept by name, as OIDs do not survive a dump.
 */

CREATE TABLE perfadvisor_node_usage (
    node text NOT NULL,
    schema_name name NOT NULL,
    index_name name NOT NULL,
    scans bigint NOT NULL,
    rows_read bigint NOT NULL,
    last_scan timestamptz,
    last_used timestamptz,
    stats_since timestamptz,
    exported_at timestamptz NOT NULL,
    imported_at timestamptz NOT NULL,
    imported_by name NOT NULL,
    PRIMARY KEY (node, schema_name, index_name));

SELECT pg_catalog.pg_extension_config_dump('perfadvisor_node_usage'::pg_catalog.regclass, '');

COMMENT ON TABLE perfadvisor_node_usage IS
'scans of this database''s indexes on other nodes, as last imported from each';
COMMENT ON COLUMN perfadvisor_node_usage.last_scan IS
'as the node tells it; not known before PostgreSQL 16';
COMMENT ON COLUMN perfadvisor_node_usage.last_used IS
'last_scan, or else when an export was made that showed new scans; NULL: never in what was imported';
COMMENT ON COLUMN perfadvisor_node_usage.stats_since IS
'since when the node has counted';
COMMENT ON COLUMN perfadvisor_node_usage.exported_at IS
'of what time these figures are';

/*
 * The same by index: all nodes that were heard of it, those that used it, and
 * the time of the oldest figures among them.
 */
CREATE VIEW padv_index_node_use AS
    SELECT c.oid AS indexrelid,
        array_agg(u.node ORDER BY u.node) AS nodes,
        coalesce(array_agg(u.node ORDER BY u.node)
            FILTER (WHERE u.last_used IS NOT NULL), '{}') AS used_by,
        sum(u.scans)::bigint AS scans,
        sum(u.rows_read)::bigint AS rows_read,
        max(u.last_used) AS last_used,
        min(u.exported_at) AS exported_at,
        max(u.stats_since) AS stats_since
    FROM perfadvisor_node_usage u
    JOIN pg_namespace n ON n.nspname = u.schema_name
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = u.index_name
        AND c.relkind = 'i'
    GROUP BY c.oid;

GRANT SELECT ON perfadvisor_node_usage, padv_index_node_use TO PUBLIC;
