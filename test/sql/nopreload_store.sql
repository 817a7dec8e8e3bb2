--
-- Not preloaded, nothing is recorded, and the views say what to do about it
--
\set SHOW_CONTEXT never
DO $$
DECLARE
    statement text;
    state text;
    message text;
    hint text;
BEGIN
    FOREACH statement IN ARRAY ARRAY[
        'SELECT * FROM perfadvisor_queries',
        'SELECT * FROM perfadvisor_slow_queries',
        'SELECT * FROM perfadvisor_seq_scans',
        'SELECT * FROM perfadvisor_predicates',
        'SELECT perfadvisor_reset()',
        'SELECT perfadvisor_save()']
    LOOP
        BEGIN
            EXECUTE statement;
            RAISE WARNING 'no error: %', statement;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE,
                message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
            RAISE WARNING '% % (%)', state, message, hint;
        END;
    END LOOP;
END
$$;
SELECT version, preloaded, entries_max, entries_used, entries_free, evictions,
    dropped, shared_bytes, text_bytes_max, text_bytes_used, calls, own_time_ms
FROM perfadvisor_info();
