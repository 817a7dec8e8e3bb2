-- An index by which the planner would be lured into a slower plan.
--
-- Rounds of a nested loop that nobody expects: four columns of accounts always
-- say the same, and of the conditions on them the planner expects a thousandth
-- of the rows that there are.
\set VERBOSITY terse
CREATE SCHEMA lures;
SET search_path = lures, public;
CREATE TABLE accounts (id int PRIMARY KEY, region int, plan int, tier int,
	origin int, name text);
INSERT INTO accounts
SELECT i, i % 10, i % 10, i % 10, i % 10, 'account ' || i
FROM generate_series(1, 10000) i;
CREATE TABLE events (id int, account_id int, amount int, note text);
INSERT INTO events
SELECT i, i % 10000 + 1, i, repeat('x', 20) FROM generate_series(1, 200000) i;
-- every row is in the sample, so that all runs have the same statistics
SET default_statistics_target = 700;
ANALYZE accounts, events;

CREATE FUNCTION blocks(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ' || query
		INTO plan;
	RETURN (plan->0->'Plan'->>'Shared Hit Blocks')::bigint +
		(plan->0->'Plan'->>'Shared Read Blocks')::bigint;
END $$;
CREATE FUNCTION costs(query text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
	RETURN plan->0->'Plan'->>'Total Cost';
END $$;

\set lured 'SELECT sum(amount) FROM accounts a JOIN events e ON e.account_id = a.id WHERE region = 7 AND plan = 7 AND tier = 7 AND origin = 7'
\set served 'SELECT sum(amount) FROM accounts a JOIN events e ON e.account_id = a.id WHERE a.name = \'account 77\''

-- what the planner thinks of the index, and what is true
SELECT costs(:'lured') AS cost, blocks(:'lured') AS blocks,
	costs(:'served') AS served_cost, blocks(:'served') AS served_blocks \gset
CREATE INDEX tempting ON events (account_id);
SELECT costs(:'lured') < 0.5 * :cost AS looks_better,
	blocks(:'lured') > 5 * :blocks AS is_worse,
	costs(:'served') < 0.5 * :served_cost AS served_looks_better,
	blocks(:'served') < 0.5 * :served_blocks AS served_is_better;
DROP INDEX tempting;

-- refused for the one, advised for the other
SELECT relation, ddl FROM perfadvisor_advise(ARRAY[:'lured'])
WHERE relation = 'events'::regclass;
SELECT relation, ddl FROM perfadvisor_advise(ARRAY[:'served'])
WHERE relation = 'events'::regclass;

-- the reason is told
SELECT perfadvisor_reset() \g /dev/null
:lured \g /dev/null
SELECT predicate, code, reason ~ 'would lure the planner' AS told
FROM perfadvisor_why_not() WHERE relation = 'events'::regclass;
-- where the gain is far greater, the index is advised with a warning
SELECT relation, reason ~ 'may lure the planner' AS told
FROM perfadvisor_advise(ARRAY[:'lured', :'served'], ARRAY[1, 1e6])
WHERE relation = 'events'::regclass;
SELECT relation FROM perfadvisor_advise(ARRAY[:'lured', :'served'])
WHERE relation = 'events'::regclass;

-- known to be misjudged no more, and so free to choose
CREATE STATISTICS together (mcv) ON region, plan, tier, origin FROM accounts;
ANALYZE accounts;
CREATE INDEX tempting ON events (account_id);
SELECT costs(:'lured') >= 0.5 * :cost AS looks_no_better,
	blocks(:'lured') <= 1.5 * :blocks AS is_no_worse;
DROP INDEX tempting;

-- Rows that come late in the order: those of large amounts are the last ones,
-- and the rows lie in no order.
CREATE TABLE bills (id int, at int, amount int, note text);
INSERT INTO bills
SELECT i, i * 7919 % 60013,
	CASE WHEN i * 7919 % 60013 > 58000 THEN i % 1000 ELSE i % 500 END,
	repeat('b', 150)
FROM generate_series(1, 60000) i;
ANALYZE bills;
\set late 'SELECT note FROM bills WHERE amount + 0 > 600 ORDER BY at LIMIT 5'
\set early 'SELECT note FROM bills WHERE amount + 0 > 600 ORDER BY at DESC LIMIT 5'
\set single 'SELECT note FROM bills WHERE at = 5'
-- there are none of the rows that it looks for
\set none 'SELECT note FROM bills WHERE amount + id < 0 ORDER BY at LIMIT 50'
SELECT costs(:'late') AS cost, blocks(:'late') AS blocks,
	blocks(:'early') AS early_blocks, blocks(:'none') AS none_blocks \gset
CREATE INDEX tempting ON bills (at);
SELECT costs(:'late') < 0.5 * :cost AS looks_better,
	blocks(:'late') > 5 * :blocks AS is_worse,
	blocks(:'early') < 0.5 * :early_blocks AS other_end_is_better,
	blocks(:'none') > 5 * :none_blocks AS none_is_worse;
DROP INDEX tempting;
SET perfadvisor.max_index_width = 1;
SELECT relation, ddl FROM perfadvisor_advise(ARRAY[:'late'])
WHERE ddl LIKE '%(at)';
SELECT relation, ddl FROM perfadvisor_advise(ARRAY[:'early'])
WHERE ddl LIKE '%(at)';
SELECT relation, ddl, reason ~ 'may lure the planner' AS told
FROM perfadvisor_advise(ARRAY[:'late', :'single'], ARRAY[1, 1e6])
WHERE ddl LIKE '%(at)';
RESET perfadvisor.max_index_width;
SELECT ddl ~ 'btree \(at, ' AS another, reason ~ '\(at\) was refused' AS told
FROM perfadvisor_advise(ARRAY[:'late']);
SET perfadvisor.max_index_width = 1;
SELECT relation, ddl FROM perfadvisor_advise(ARRAY[:'none'])
WHERE ddl LIKE '%(at)';
RESET perfadvisor.max_index_width;

-- Joined by the two columns of a key, of which the planner does not know that
-- they are one: it expects 1 row for 200.
CREATE TABLE orders (tenant int, id int, state int, note text,
	PRIMARY KEY (tenant, id));
INSERT INTO orders
SELECT i % 200, i, i % 20, repeat('o', 40) FROM generate_series(1, 20000) i;
CREATE TABLE lines (tenant int, id int, item int, note text);
INSERT INTO lines
SELECT i % 200, i % 20000 + 1, i * 1049 % 4001, repeat('l', 40)
FROM generate_series(1, 80000) i;
UPDATE lines SET tenant = id % 200;
CREATE TABLE moves (item int, at int, note text);
INSERT INTO moves
SELECT i * 7919 % 4001, i, repeat('m', 150) FROM generate_series(1, 80000) i;
VACUUM (ANALYZE) orders, lines, moves;
\set by_key 'SELECT sum(at) FROM orders JOIN lines USING (tenant, id) JOIN moves USING (item) WHERE state = 3'
\set by_item 'SELECT sum(at) FROM moves WHERE item = 5'
SELECT costs(:'by_key') AS cost, blocks(:'by_key') AS blocks \gset
CREATE INDEX tempting ON moves (item);
SELECT costs(:'by_key') < 0.8 * :cost AS looks_better,
	blocks(:'by_key') > 5 * :blocks AS is_worse;
DROP INDEX tempting;
SELECT relation, ddl FROM perfadvisor_advise(ARRAY[:'by_key'])
WHERE ddl LIKE '%(item)';
SELECT relation, ddl, reason ~ 'may lure the planner' AS told
FROM perfadvisor_advise(ARRAY[:'by_key', :'by_item'], ARRAY[1, 1e6])
WHERE ddl LIKE '%(item)';

-- By such columns each round finds more rows than expected: 40 for 1.
CREATE TABLE boxes (tenant int, id int, state int, note text,
	PRIMARY KEY (tenant, id));
INSERT INTO boxes
SELECT i % 200, i, i / 200 % 10, repeat('b', 40) FROM generate_series(1, 2000) i;
CREATE TABLE items (tenant int, id int, amount int, note text);
INSERT INTO items
SELECT box % 200, box, i, repeat('i', 80)
FROM (SELECT i, i * 7919 % 2000 + 1 FROM generate_series(1, 80000) i) n (i, box);
VACUUM (ANALYZE) boxes, items;
\set by_box 'SELECT sum(amount) FROM boxes JOIN items USING (tenant, id) WHERE state = 3'
SELECT costs(:'by_box') AS cost, blocks(:'by_box') AS blocks \gset
CREATE INDEX tempting ON items (tenant, id);
SELECT costs(:'by_box') < 0.8 * :cost AS looks_better,
	blocks(:'by_box') > 4 * :blocks AS is_worse;
DROP INDEX tempting;
SELECT relation, ddl FROM perfadvisor_advise(ARRAY[:'by_box'])
WHERE relation = 'items'::regclass AND ddl !~ 'INCLUDE';

-- Sales of one year, in a calendar of 200 years: of a month there are 200 times
-- as many as the planner expects, and each of them looks its good up.  The index
-- is not advised for the little that it saves, and with a warning where it saves
-- much.
CREATE TABLE days (id int PRIMARY KEY, year int, month int, note text);
INSERT INTO days
SELECT i, i / 360, i / 30 % 12, repeat('d', 80) FROM generate_series(1, 72000) i;
CREATE TABLE goods (id int PRIMARY KEY, maker int, note text);
INSERT INTO goods
SELECT i, i * 31 % 200, repeat('g', 400) FROM generate_series(1, 20000) i;
CREATE TABLE sales (day int, good int, amount int);
INSERT INTO sales
SELECT 36360 + i * 7919 % 360, i * 1049 % 20000 + 1, i
FROM generate_series(1, 200000) i;
VACUUM (ANALYZE) days, goods, sales;
SET max_parallel_workers_per_gather = 0;
\set of_month 'SELECT sum(amount) FROM sales JOIN days ON days.id = day JOIN goods ON goods.id = good WHERE year = 101 AND month = 11 AND maker = 7'
SELECT costs(:'of_month') AS cost, blocks(:'of_month') AS blocks \gset
CREATE INDEX tempting ON days (year);
SELECT costs(:'of_month') < :cost AS looks_better,
	blocks(:'of_month') > 3 * :blocks AS is_worse;
DROP INDEX tempting;
SELECT ddl FROM perfadvisor_advise(ARRAY[:'of_month'], storage_budget => 700000)
WHERE ddl ~ '\(year';
SELECT ddl ~ '\(year' AS of_year,
	reason ~ 'a statement may take about' AS told
FROM perfadvisor_advise(ARRAY[:'of_month', 'SELECT count(*) FROM days WHERE year = 101'],
	ARRAY[1, 1e4], 700000);
-- in another year nothing was sold, and there is nothing to warn of
SELECT replace(:'of_month', '101', '50') AS of_none \gset
SELECT bool_or(ddl ~ '\(year') AS of_year,
	bool_or(reason ~ 'a statement may take about') AS told
FROM perfadvisor_advise(ARRAY[:'of_none', 'SELECT count(*) FROM days WHERE year = 101'],
	ARRAY[1, 1e4], 700000);
RESET max_parallel_workers_per_gather;

SET client_min_messages = warning;
DROP SCHEMA lures CASCADE;
