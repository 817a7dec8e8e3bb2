-- An index that brings the rounds of a nested loop in another order.
--
-- Items lie in the order of their parcels, and so do the parcels: a loop that
-- reads the parcels as they lie visits the items from front to back.  By an
-- index on their day it would jump to and fro, which the planner takes for the
-- same.
\set VERBOSITY terse
CREATE SCHEMA turns;
SET search_path = turns, public;
CREATE TABLE clients (id int PRIMARY KEY, kind int);
INSERT INTO clients SELECT i, i % 5 FROM generate_series(1, 1000) i;
CREATE TABLE parcels (id int PRIMARY KEY, client int, day int, prio int,
	note text);
INSERT INTO parcels
SELECT i, i * 7919 % 1000 + 1, i * 4801 % 997, i % 7, repeat('p', 60)
FROM generate_series(1, 40000) i;
CREATE TABLE items (parcel int, line int, price int, note text,
	PRIMARY KEY (parcel, line));
INSERT INTO items
SELECT i / 2 + 1, i % 2, i % 1000, repeat('i', 350)
FROM generate_series(0, 79999) i;
-- every row is in the sample, so that all runs have the same statistics
SET default_statistics_target = 300;
VACUUM (ANALYZE) clients, parcels, items;
SET max_parallel_workers_per_gather = 0;
SET jit = off;

CREATE FUNCTION plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	result text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN ' || query LOOP
		result := result || line || E'\n';
	END LOOP;
	RETURN result;
END $$;
CREATE FUNCTION costs(query text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
	RETURN plan->0->'Plan'->>'Total Cost';
END $$;

\set in_turn 'SELECT sum(price + prio) FROM clients c JOIN parcels p ON p.client = c.id JOIN items i ON i.parcel = p.id WHERE kind = 3 AND day < 500'
\set of_day 'SELECT count(*) FROM parcels WHERE day = 77'
\set of_days 'SELECT sum(client + prio + id) FROM parcels WHERE day < 500'

-- what the planner thinks of the index
SELECT costs(:'in_turn') AS cost \gset
SELECT plan(:'in_turn') ~ 'Nested Loop.*Seq Scan on parcels.*Index Scan using items_pkey' AS in_turn;
CREATE INDEX tempting ON parcels (day) INCLUDE (id, client, prio);
SELECT costs(:'in_turn') < :cost AS looks_better,
	plan(:'in_turn') ~ 'Nested Loop.*Index Only Scan using tempting.*Index Scan using items_pkey' AS by_day;
DROP INDEX tempting;

-- refused for the one: another statement gets the index that serves it alone
SELECT count(*) FROM perfadvisor_advise(ARRAY[:'in_turn'], storage_budget => 1500000)
WHERE ddl ~ 'INCLUDE';
SELECT ddl, reason ~ '\(day\) INCLUDE .* was refused instead: it may lure the planner' AS told
FROM perfadvisor_advise(ARRAY[:'in_turn', :'of_day'], storage_budget => 1500000);

-- where the gain is far greater, it is advised, and the reason says so
SELECT ddl, reason ~ 'a statement may take about .* nor in which order a nested loop visits its pages' AS told
FROM perfadvisor_advise(ARRAY[:'in_turn', :'of_days'], ARRAY[1, 1e3],
	storage_budget => 1500000);

-- where there is room for one more, by which the loop reads no pages of the
-- table, there is nothing to tell
SELECT ddl, reason ~ 'lure|may take' AS told
FROM perfadvisor_advise(ARRAY[:'in_turn', :'of_days'], ARRAY[1, 1e3]);

-- parcels that lie in no order are visited in none today, and lose nothing
CREATE TABLE shuffled AS SELECT * FROM parcels ORDER BY id::bigint * 7919 % 40009;
ALTER TABLE parcels RENAME TO in_order;
ALTER TABLE shuffled RENAME TO parcels;
ALTER TABLE parcels ADD PRIMARY KEY (id);
VACUUM (ANALYZE) parcels;
SELECT ddl, reason ~ 'lure|may take' AS told
FROM perfadvisor_advise(ARRAY[:'in_turn'], storage_budget => 1500000);

SET client_min_messages = warning;
DROP SCHEMA turns CASCADE;
