-- A unique index finds one row, and rows in its own order.  Another order of
-- its columns, ranges of the second one and searches in the values want an
-- index of their own; equality with all of its columns wants none.
CREATE SCHEMA advise_unique;
SET search_path = advise_unique, public;

CREATE FUNCTION advice(query text) RETURNS SETOF text LANGUAGE sql AS
$$
    SELECT substring(ddl, 'USING (.*)$')
    FROM perfadvisor_advise(ARRAY[query]) WHERE kind = 'create_index' ORDER BY ddl COLLATE "C"
$$;

CREATE TABLE follows (
    follower int, followee int, note text NOT NULL,
    PRIMARY KEY (follower, followee));
INSERT INTO follows
SELECT g, g * 7 % 100, repeat('n', 200)
FROM generate_series(1, 30000) g ORDER BY g * 7919 % 30011;
CREATE TABLE labelled (id int PRIMARY KEY, tags int[] UNIQUE, doc text NOT NULL);
INSERT INTO labelled
SELECT g, ARRAY[g % 900, g % 777, g], repeat('d', 100) FROM generate_series(1, 30000) g;
VACUUM ANALYZE follows;
VACUUM ANALYZE labelled;

-- the other way round
SELECT advice('SELECT * FROM follows WHERE followee = 7 AND follower > 9000 ORDER BY follower LIMIT 20');
SELECT advice('SELECT * FROM follows ORDER BY followee, follower LIMIT 20');
SELECT advice('SELECT * FROM follows WHERE (followee, follower) > (7, 9000) ORDER BY followee, follower LIMIT 20');
-- in values
SELECT advice('SELECT * FROM labelled WHERE tags @> ARRAY[77, 78]');

-- found, or in that order, already
SELECT advice('SELECT * FROM follows WHERE followee = 7 AND follower = 9000');
SELECT advice('SELECT * FROM follows WHERE followee = $1 AND follower = $2 AND note = $3');
SELECT advice('SELECT * FROM follows ORDER BY follower, followee LIMIT 20');
SELECT advice('SELECT * FROM follows ORDER BY follower DESC, followee DESC LIMIT 20');
SELECT advice('SELECT * FROM follows ORDER BY follower, followee, note LIMIT 20');
SELECT advice('SELECT * FROM labelled WHERE tags = ARRAY[77, 77, 77]');
SELECT advice('SELECT * FROM labelled WHERE id = 77 AND doc = $1');

RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA advise_unique CASCADE;
