-- Predicted sizes of GIN indexes on values of thousands of elements, of which
-- not all are looked at, and on values whose elements repeat seldom beside some
-- that repeat often: within a factor of two.
CREATE SCHEMA advise_documents;
SET search_path = advise_documents, public;

CREATE FUNCTION index_facts(text, OUT ddl text, OUT undo_ddl text,
    OUT size_bytes bigint, OUT height int)
AS '$libdir/perfadvisor', 'padv_test_index' LANGUAGE C STRICT;

CREATE TABLE documents AS
SELECT g AS id, ARRAY(SELECT k * (g % 7 + 1) FROM generate_series(1, 1500) k) AS numbers
FROM generate_series(1, 1500) g;
ANALYZE documents;

SELECT size_bytes AS predicted FROM index_facts('CREATE INDEX ON documents USING gin (numbers)') \gset
CREATE INDEX found ON documents USING gin (numbers);
SELECT :predicted BETWEEN pg_relation_size('found') / 2 AND pg_relation_size('found') * 2 AS close;

CREATE TABLE events AS
SELECT g AS id, ARRAY[hashint4(g) % 9000, 100000 + hashint4(g + 7) % 400] AS facts
FROM generate_series(1, 100000) g;
ANALYZE events;

SET max_parallel_maintenance_workers = 0;
SELECT size_bytes AS predicted FROM index_facts('CREATE INDEX ON events USING gin (facts)') \gset
CREATE INDEX told ON events USING gin (facts);
SELECT :predicted BETWEEN pg_relation_size('told') / 2 AND pg_relation_size('told') * 2 AS close;
RESET max_parallel_maintenance_workers;

RESET search_path;
DROP SCHEMA advise_documents CASCADE;
