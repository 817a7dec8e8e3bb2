-- The few rows that are still to be done, in the order of a unique key.
CREATE SCHEMA advise_queue;
SET search_path = advise_queue, public;

CREATE FUNCTION advice(VARIADIC queries text[]) RETURNS SETOF text LANGUAGE sql AS
$$
    SELECT substring(ddl, 'USING (.*)$')
    FROM perfadvisor_advise(queries) WHERE kind = 'create_index' ORDER BY ddl COLLATE "C"
$$;

CREATE TABLE jobs (id int PRIMARY KEY, state text NOT NULL, payload text NOT NULL,
                   votes int NOT NULL, done_at timestamp);
INSERT INTO jobs
SELECT g, CASE WHEN g % 100 = 7 THEN 'pending' ELSE 'done' END, repeat('p', 200),
       g * 7919 % 1009, CASE WHEN g % 100 <> 7 THEN '2025-01-01'::timestamp + g * interval '1 minute' END
FROM generate_series(1, 20000) g ORDER BY g * 7919 % 20011;
VACUUM ANALYZE jobs;

SELECT advice('SELECT * FROM jobs WHERE state = ''pending'' ORDER BY id LIMIT 10');
SELECT advice('SELECT * FROM jobs WHERE done_at IS NULL ORDER BY id LIMIT 10');

-- the same index serves whoever counts these rows
SELECT advice('SELECT * FROM jobs WHERE state = ''pending'' ORDER BY id LIMIT 10',
              'SELECT count(*) FROM jobs WHERE state = ''pending''');

-- where there is one, none more
CREATE INDEX ON jobs (id) WHERE state = 'pending';
SELECT advice('SELECT * FROM jobs WHERE state = ''pending'' ORDER BY id LIMIT 10');
SELECT advice('SELECT count(*) FROM jobs WHERE state = ''pending''');

-- one row by its key, and rows in its order, have what they need
SELECT advice('SELECT * FROM jobs WHERE state = ''pending'' AND id = 7');
SELECT advice('SELECT * FROM jobs ORDER BY id LIMIT 10');

RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA advise_queue CASCADE;
