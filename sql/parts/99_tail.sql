/*
 * 99_tail.sql: nothing above may stand on what somebody else has put into the
 * target schema, where it could fit better than what was meant.
 */
CREATE FUNCTION padv_check_foundation() RETURNS void
    AS 'MODULE_PATHNAME', 'padv_inspect_foundation'
    LANGUAGE C VOLATILE;
REVOKE ALL ON FUNCTION padv_check_foundation() FROM PUBLIC;

SELECT padv_check_foundation();
