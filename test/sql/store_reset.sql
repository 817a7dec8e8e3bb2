--
-- perfadvisor_reset(): one statement, one user, one database, all
--
CREATE SCHEMA store_reset;
CREATE ROLE padv_reset_user;
GRANT ALL ON SCHEMA store_reset TO padv_reset_user;
SET search_path = store_reset, public;
CREATE TABLE account (id int, owner text);
GRANT ALL ON account TO padv_reset_user;
CREATE VIEW seen AS
    SELECT username = current_user AS mine, query, calls
    FROM perfadvisor_queries
    WHERE query LIKE '%account%' AND query NOT LIKE '%perfadvisor%';
SELECT perfadvisor_reset() > 0 AS reset;

SELECT count(*) FROM account;
SELECT count(owner) FROM account;
SET ROLE padv_reset_user;
SELECT count(*) FROM account;
SELECT count(owner) FROM account;
RESET ROLE;
SELECT * FROM seen ORDER BY query COLLATE "C", mine;

-- one statement of one user
SELECT perfadvisor_reset(q.userid, q.dbid, q.queryid)
FROM perfadvisor_queries q
WHERE q.query LIKE 'SELECT count(*) FROM account%' AND q.username = current_user;
SELECT * FROM seen ORDER BY query COLLATE "C", mine;

-- one statement of all users
SELECT perfadvisor_reset(queryid => (SELECT DISTINCT queryid
    FROM perfadvisor_queries WHERE query LIKE 'SELECT count(owner) FROM account%'));
SELECT * FROM seen ORDER BY query COLLATE "C", mine;

-- one user
SELECT perfadvisor_reset('padv_reset_user'::regrole);
SELECT * FROM seen ORDER BY query COLLATE "C", mine;

-- nothing that matches
SELECT perfadvisor_reset(dbid => 1);
SELECT perfadvisor_reset(queryid => 1);
SELECT perfadvisor_reset(NULL);

-- one database
SELECT count(*) FROM account;
SELECT perfadvisor_reset(dbid => oid) > 0 AS reset
FROM pg_database WHERE datname = current_database();
SELECT * FROM seen;

-- all; only the reset itself comes after
SELECT count(*) FROM account;
SELECT perfadvisor_reset() > 0 AS reset;
SELECT calls, entries_used, entries_max - entries_used = entries_free AS free,
    evictions, dropped, text_bytes_used > 0 AS text,
    stats_since > now() - interval '1 hour' AS since
FROM perfadvisor_info();
SELECT * FROM seen;

-- a statement that was forgotten is recorded again, with text and all
SELECT count(*) FROM account;
SELECT * FROM seen;

-- for superusers and whom they grant it
SET ROLE padv_reset_user;
SELECT perfadvisor_reset();
SELECT perfadvisor_save();
RESET ROLE;
GRANT EXECUTE ON FUNCTION perfadvisor_reset(oid, oid, bigint) TO padv_reset_user;
SET ROLE padv_reset_user;
SELECT perfadvisor_reset() > 0 AS reset;
RESET ROLE;
REVOKE EXECUTE ON FUNCTION perfadvisor_reset(oid, oid, bigint) FROM padv_reset_user;

DROP SCHEMA store_reset CASCADE;
DROP ROLE padv_reset_user;
