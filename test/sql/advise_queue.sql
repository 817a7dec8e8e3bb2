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

-- all but what is done, where that leaves few rows
SELECT advice('SELECT * FROM jobs WHERE state <> ''done'' ORDER BY id LIMIT 10');
SELECT advice('SELECT * FROM jobs WHERE state <> ''done''');
SELECT advice('SELECT * FROM jobs WHERE state NOT IN (''done'', ''failed'') AND votes = 7');
SELECT advice('SELECT * FROM jobs WHERE NOT state = ''done'' AND done_at IS NULL');
SELECT abs((detail->>'index_tuples')::float8 - 200) < 20 AS few
FROM perfadvisor_advise(ARRAY['SELECT * FROM jobs WHERE state NOT IN (''done'', ''failed'')']);
-- the planner takes them
CREATE FUNCTION uses(query text, index text) RETURNS bool LANGUAGE plpgsql AS $$
DECLARE
    line text;
    found bool := false;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN ' || query LOOP
        found := found OR position(index IN line) > 0;
    END LOOP;
    RETURN found;
END $$;
CREATE INDEX not_done ON jobs (id) WHERE state <> 'done';
CREATE INDEX not_ended ON jobs (votes) WHERE state <> ALL ('{done,failed}'::text[]);
SELECT uses('SELECT * FROM jobs WHERE state <> ''done'' ORDER BY id LIMIT 10', 'not_done');
SELECT uses('SELECT * FROM jobs WHERE state NOT IN (''done'', ''failed'') AND votes = 7', 'not_ended');
DROP INDEX not_done, not_ended;
-- another value each time, or one that few rows have
SELECT advice('SELECT * FROM jobs WHERE state <> $1');
SELECT advice('SELECT * FROM jobs WHERE state <> ''pending''');
SELECT advice('SELECT * FROM jobs WHERE votes <> 3');

RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA advise_queue CASCADE;
