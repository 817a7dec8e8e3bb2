--
-- What other nodes use: telling it, and remembering what was told.
--
CREATE SCHEMA life_nodes;
SET search_path = life_nodes, public;
CREATE TABLE item (id int PRIMARY KEY, kind int, note text);
CREATE INDEX item_kind ON item (kind);
CREATE INDEX "item's Note" ON item (note);

-- figures as a standby would tell them
CREATE FUNCTION told(kind_scans int, at timestamptz, last_scan timestamptz)
    RETURNS jsonb LANGUAGE sql AS $$
    SELECT e || jsonb_build_object('exported_at', at, 'indexes',
        (SELECT jsonb_agg(i || CASE WHEN i ->> 'index' = 'item_kind'
                THEN jsonb_build_object('scans', kind_scans, 'rows_read', kind_scans * 10,
                    'last_scan', last_scan) ELSE '{}' END)
         FROM jsonb_array_elements(e -> 'indexes') i
         WHERE i ->> 'schema' = 'life_nodes'))
    FROM perfadvisor_export_usage() e $$;
CREATE VIEW seen AS
    SELECT node, index_name, scans, rows_read, last_scan::date, last_used::date,
        exported_at::date, imported_by = current_user AS mine
    FROM perfadvisor_node_usage WHERE schema_name = 'life_nodes' ORDER BY 1, 2;

SELECT k AS key FROM jsonb_object_keys(perfadvisor_export_usage()) k ORDER BY k;
SELECT e -> 'index' AS index, e -> 'scans' AS scans
FROM jsonb_array_elements(perfadvisor_export_usage() -> 'indexes') e
WHERE e ->> 'schema' = 'life_nodes' ORDER BY 1;

SELECT perfadvisor_import_usage('replica 1', told(0, '2024-01-01', NULL));
SELECT * FROM seen;
-- scans that came since count as use at the time of the export at the latest
SELECT perfadvisor_import_usage('replica 1', told(5, '2024-01-02', NULL));
SELECT perfadvisor_import_usage('replica 1', told(5, '2024-01-03', NULL));
SELECT * FROM seen WHERE index_name = 'item_kind';
-- its statistics were reset
SELECT perfadvisor_import_usage('replica 1', told(2, '2024-01-04', NULL));
SELECT * FROM seen WHERE index_name = 'item_kind';
-- it tells the time
SELECT perfadvisor_import_usage('replica 1', told(3, '2024-01-06', '2024-01-05'));
SELECT perfadvisor_import_usage('replica 2', told(4, '2024-01-05', NULL));
SELECT * FROM seen WHERE index_name = 'item_kind';
SELECT indexrelid::regclass, nodes, used_by, scans, rows_read, last_used::date, exported_at::date
FROM padv_index_node_use WHERE indexrelid::regclass::text LIKE 'item%' ORDER BY 1;
-- an index that is gone there goes here
DROP INDEX "item's Note";
SELECT perfadvisor_import_usage('replica 1', told(4, '2024-01-07', '2024-01-05'));
SELECT * FROM seen;

-- what cannot be imported
SELECT perfadvisor_import_usage(NULL, '{}');
SELECT perfadvisor_import_usage('', '{}');
SELECT perfadvisor_import_usage('replica 1', '{}');
SELECT perfadvisor_import_usage('replica 1', '"x"');
SELECT perfadvisor_import_usage('replica 1', perfadvisor_export_usage() || '{"perfadvisor_usage": 2}');
SELECT perfadvisor_import_usage('replica 1', perfadvisor_export_usage() || '{"system_identifier": "1"}');
SELECT perfadvisor_import_usage('replica 1', perfadvisor_export_usage() || '{"database": "shop"}');
SELECT perfadvisor_import_usage('replica 1', perfadvisor_export_usage() || '{"indexes": [{"index": 1}]}');
SELECT perfadvisor_import_usage('replica 1', perfadvisor_export_usage() || '{"exported_at": "yesterday"}');
SELECT perfadvisor_import_usage('replica 1', perfadvisor_export_usage() || '{"stats_since": 7}');
SELECT perfadvisor_import_usage('replica 1', told(4, '2024-01-08', 'infinity'));
SELECT perfadvisor_import_usage('replica 1', told(4, now() + interval '1 year', NULL));
SELECT perfadvisor_import_usage('replica 1', told(4, '2024-01-06', NULL));
BEGIN READ ONLY;
SELECT perfadvisor_import_usage('replica 1', NULL);
ROLLBACK;

-- rights
CREATE ROLE regress_life_nodes;
GRANT USAGE ON SCHEMA life_nodes TO regress_life_nodes;
SET ROLE regress_life_nodes;
SELECT perfadvisor_export_usage();
SELECT perfadvisor_import_usage('mine', '{}');
SELECT padv_import_usage('mine', '{}', 'me');
DELETE FROM perfadvisor_node_usage;
SELECT count(*) FROM perfadvisor_node_usage WHERE schema_name = 'life_nodes';
RESET ROLE;
GRANT pg_monitor TO regress_life_nodes;
GRANT EXECUTE ON FUNCTION perfadvisor_import_usage TO regress_life_nodes;
SET ROLE regress_life_nodes;
SELECT perfadvisor_import_usage('mine', told(1, '2024-01-07', NULL));
SELECT imported_by, count(*) FROM perfadvisor_node_usage WHERE node = 'mine' GROUP BY 1;
RESET ROLE;

-- forgetting
SELECT perfadvisor_import_usage(n, NULL) FROM unnest('{mine,replica 1,replica 2}'::text[]) n;
SELECT count(*) FROM perfadvisor_node_usage;
REVOKE EXECUTE ON FUNCTION perfadvisor_import_usage FROM regress_life_nodes;
DROP SCHEMA life_nodes CASCADE;
DROP ROLE regress_life_nodes;
