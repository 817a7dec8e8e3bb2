--
-- The settings: who may set them, to what
--
SELECT name, boot_val AS value, unit, vartype, context, min_val, max_val
FROM pg_settings WHERE name LIKE 'perfadvisor.%' ORDER BY name COLLATE "C";

SET perfadvisor.sample_rate = 0.25;
SET perfadvisor.sample_rate = -1;
SET perfadvisor.sample_rate = -0.5;
SET perfadvisor.sample_rate = 1.5;
RESET perfadvisor.sample_rate;
SET perfadvisor.track = 'some';
SET perfadvisor.max_queries = 1000;
SET perfadvisor.save = off;
SET perfadvisor.max_index_width = 0;
SET perfadvisor.min_improvement_pct = 101;
SET perfadvisor.slow_query_ms = '2s';
SHOW perfadvisor.slow_query_ms;
RESET perfadvisor.slow_query_ms;
SET perfadvisor.storage_budget = '2GB';
SHOW perfadvisor.storage_budget;
RESET perfadvisor.storage_budget;
SET perfadvisor.unused_min_age = '12h';
SHOW perfadvisor.unused_min_age;
RESET perfadvisor.unused_min_age;
SET perfadvisor.exclude_schemas = 'one, "Two Words"';
SHOW perfadvisor.exclude_schemas;
SET perfadvisor.exclude_schemas = 'one,,two';
RESET perfadvisor.exclude_schemas;
SET perfadvisor.no_such_setting = 1;

-- what decides what is kept of other people's statements is for superusers
CREATE ROLE padv_settings_user;
SET ROLE padv_settings_user;
SET perfadvisor.enabled = off;
SET perfadvisor.track = 'top';
SET perfadvisor.sample_rate = 1;
SET perfadvisor.slow_query_ms = 1;
SET perfadvisor.example_values = off;
SET perfadvisor.max_index_width = 2;
RESET perfadvisor.max_index_width;
RESET ROLE;
DROP ROLE padv_settings_user;
