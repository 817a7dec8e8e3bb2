-- What was read of a table before a savepoint was rolled back to is not used
-- afterwards: the columns may be of other types again.
CREATE SCHEMA advise_savepoint;
SET search_path = advise_savepoint, public;

-- as a number this is what the start of a text in another place looks like
CREATE TABLE codes (id int, code text);
INSERT INTO codes SELECT i, '257' FROM generate_series(1, 20000) i;
ANALYZE codes;
SELECT pg_relation_size('codes') AS bytes \gset

BEGIN;
SAVEPOINT other;
ALTER TABLE codes ALTER code TYPE int USING code::int;
ANALYZE codes;
-- which makes it likely to be taken for the one before; 16 extends it otherwise
SELECT pg_relation_size('codes') = :bytes OR current_setting('server_version_num')::int >= 160000 AS same_size;
SELECT size_bytes > 0 AS planned FROM perfadvisor_whatif(
    'SELECT * FROM codes WHERE code = 257 AND id = 5',
    ARRAY['CREATE INDEX ON codes (id, code) WHERE code > 0']);
ROLLBACK TO other;
SELECT indexes_used FROM perfadvisor_whatif(
    'SELECT * FROM codes WHERE upper(code) = ''1'' AND id = 5',
    ARRAY['CREATE INDEX ON codes (id, upper(code))']);
COMMIT;

-- and so when the request itself was rolled back
BEGIN;
SAVEPOINT other;
SELECT count(*) > 0 AS advised FROM perfadvisor_advise(
    ARRAY['SELECT * FROM codes WHERE id = 5 AND upper(code) = ''257''']);
ROLLBACK TO other;
SELECT count(*) > 0 AS advised FROM perfadvisor_advise(
    ARRAY['SELECT * FROM codes WHERE id = 5 AND upper(code) = ''257''']);
COMMIT;

RESET search_path;
DROP SCHEMA advise_savepoint CASCADE;
