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

-- snapshots that came with a dump can be compared with each other
INSERT INTO padv_snapshot VALUES (1, 'one', now(), current_user, now()), (2, 'two', now(), current_user, now());
INSERT INTO padv_snapshot_statement
SELECT s, q, current_user, current_user::regrole, true,
    ROW(n, n * ms, ms, 0, ms, ms, n, n, 0, 0, '2026-01-01', '2026-01-02', ARRAY[(200 + 10 * log(ms))::bigint, n])::padv_figures
FROM (VALUES (1, 7, 50, 10.0), (2, 7, 150, 4.0), (1, 8, 20, 1.0), (2, 9, 20, 1.0)) v (s, q, n, ms);
INSERT INTO padv_snapshot_text VALUES (7, current_user, current_user::regrole, 'SELECT 7'),
    (8, current_user, current_user::regrole, 'SELECT 8'), (9, current_user, current_user::regrole, 'SELECT 9');
SELECT query, change, calls_before, calls_after, mean_ms_before, mean_ms_after
FROM perfadvisor_compare(1, 2) ORDER BY query;
SELECT count(*) FROM perfadvisor_compare(1);
SELECT perfadvisor_snapshot();
DELETE FROM padv_snapshot;
DELETE FROM padv_snapshot_statement;
DELETE FROM padv_snapshot_text;
