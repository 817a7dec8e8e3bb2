-- perfadvisor_whatif(): statements with indexes that do not exist.
CREATE SCHEMA whatif_basic;
SET search_path = whatif_basic, public;

CREATE TABLE "Orders" (id int PRIMARY KEY, "userId" int, status text,
    total numeric(10,2), created timestamptz, note text, tags int[]);
INSERT INTO "Orders"
SELECT g, g % 2000, CASE WHEN g % 50 = 0 THEN 'open' ELSE 'done' END, g % 997,
    timestamptz '2024-01-01 00:00+00' + g * interval '7 minutes',
    'Note ' || g, ARRAY[g % 100, g % 77]
FROM generate_series(1, 20000) g;
CREATE TABLE users (id int PRIMARY KEY, email text);
INSERT INTO users SELECT g, 'User' || g || '@Example.org'
FROM generate_series(1, 2000) g;
VACUUM ANALYZE "Orders", users;

-- Is it cheaper, what is used, is its size told?
CREATE FUNCTION ask(query text, indexes text[] DEFAULT '{}',
    hide regclass[] DEFAULT '{}',
    OUT cheaper boolean, OUT used text[], OUT sized boolean)
LANGUAGE sql AS $$
SELECT cost_after < cost_before, indexes_used, size_bytes > 0
FROM perfadvisor_whatif($1, $2, $3)
$$;

-- as things are
SELECT * FROM ask('SELECT * FROM "Orders" WHERE "userId" = 7');
SELECT * FROM ask('SELECT * FROM "Orders" WHERE id = 7');
SELECT cost_before = cost_after AS same, improvement_pct, size_bytes,
    plan_before = plan_after AS same_plan
FROM perfadvisor_whatif('SELECT * FROM "Orders" WHERE id = 7');

-- one column, several, an order, a range
SELECT * FROM ask('SELECT * FROM "Orders" WHERE "userId" = 7',
    ARRAY['CREATE INDEX ON "Orders" ("userId")']);
SELECT * FROM ask('SELECT * FROM "Orders" WHERE "userId" = 7 ORDER BY created DESC LIMIT 3',
    ARRAY['CREATE INDEX ON "Orders" ("userId", created)']);
SELECT plan_before ~ 'Sort' AS sorted_before, plan_after ~ 'Sort' AS sorted_after
FROM perfadvisor_whatif('SELECT * FROM "Orders" WHERE "userId" = 7 ORDER BY created DESC, id LIMIT 3',
    ARRAY['CREATE INDEX ON "Orders" ("userId", created DESC, id)']);
SELECT * FROM ask('SELECT * FROM "Orders" WHERE created BETWEEN $1 AND $2',
    ARRAY['CREATE INDEX ON "Orders" (created)']);

-- of several only those that the plan uses; given names are in the plan
SELECT * FROM ask('SELECT * FROM "Orders" WHERE "userId" = 7',
    ARRAY['CREATE INDEX ON "Orders" (total)', 'CREATE INDEX mine ON "Orders" ("userId")']);
SELECT plan_after ~ 'mine' AS named
FROM perfadvisor_whatif('SELECT * FROM "Orders" WHERE "userId" = 7',
    ARRAY['CREATE INDEX mine ON "Orders" ("userId")']);
SELECT plan_after ~ '<hypothetical Orders \(userId, lower\(note\)\)>' AS named
FROM perfadvisor_whatif('SELECT * FROM "Orders" WHERE "userId" = 7',
    ARRAY['CREATE INDEX ON "Orders" ("userId", lower(note))']);
SELECT * FROM ask('SELECT * FROM "Orders" WHERE status = ''done''',
    ARRAY['CREATE INDEX ON "Orders" (status)']);

-- a join uses a real and a hypothetical one
SELECT * FROM ask('SELECT * FROM "Orders" o JOIN users u ON u.id = o."userId"
    WHERE lower(u.email) = $1',
    ARRAY['CREATE INDEX ON users (lower(email))', 'CREATE INDEX ON "Orders" ("userId")']);
SELECT * FROM ask('SELECT * FROM "Orders" WHERE id = 3 AND "userId" = 3',
    ARRAY['CREATE INDEX ON "Orders" (status, note)']);

-- partial, covering, unique, operator class, other access methods
SELECT * FROM ask('SELECT * FROM "Orders" WHERE status = ''open'' AND total < 10',
    ARRAY['CREATE INDEX ON "Orders" (total) WHERE status = ''open''']);
SELECT * FROM ask('SELECT * FROM "Orders" WHERE status = ''done'' AND total < 0',
    ARRAY['CREATE INDEX ON "Orders" (total) WHERE status = ''open''']);
SELECT plan_after ~ 'Index Only Scan' AS index_only
FROM perfadvisor_whatif('SELECT total FROM "Orders" WHERE "userId" = 7',
    ARRAY['CREATE INDEX ON "Orders" ("userId") INCLUDE (total)']);
SELECT * FROM ask('SELECT * FROM users WHERE email = $1',
    ARRAY['CREATE UNIQUE INDEX ON users (email)']);
SELECT * FROM ask('SELECT * FROM "Orders" WHERE note LIKE ''Note 123%''',
    ARRAY['CREATE INDEX ON "Orders" (note text_pattern_ops)']);
SELECT * FROM ask('SELECT * FROM "Orders" WHERE note = ''Note 123''',
    ARRAY['CREATE INDEX ON "Orders" USING hash (note)']);
SELECT * FROM ask('SELECT * FROM "Orders" WHERE tags @> ARRAY[5, 6]',
    ARRAY['CREATE INDEX ON "Orders" USING gin (tags)']);
SELECT * FROM ask('SELECT * FROM "Orders" WHERE created < ''2024-01-02''',
    ARRAY['CREATE INDEX ON "Orders" USING brin (created) WITH (pages_per_range = 8)']);
SELECT * FROM ask('SELECT * FROM "Orders" WHERE "userId" = 9',
    ARRAY['CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS x ON "Orders" ("userId", id) WITH (fillfactor = 70)']);

-- sub-selects, CTEs, unions, semi-joins, MIN and MAX
SELECT * FROM ask('WITH c AS MATERIALIZED (SELECT * FROM "Orders" WHERE "userId" = 4)
    SELECT (SELECT max(total) FROM "Orders"), count(*) FROM c
    UNION ALL SELECT 1, id FROM users WHERE email = ''x''',
    ARRAY['CREATE INDEX ON "Orders" ("userId")', 'CREATE INDEX ON "Orders" (total)',
          'CREATE INDEX ON users (email)']);
SELECT * FROM ask('SELECT * FROM users u WHERE u.id < 5 AND EXISTS
    (SELECT FROM "Orders" o WHERE o."userId" = u.id)',
    ARRAY['CREATE INDEX ON "Orders" ("userId")']);

-- writing statements are planned and not executed
SELECT * FROM ask('UPDATE "Orders" SET total = 0 WHERE "userId" = 5',
    ARRAY['CREATE INDEX ON "Orders" ("userId")']);
SELECT * FROM ask('DELETE FROM "Orders" WHERE "userId" = 5',
    ARRAY['CREATE INDEX ON "Orders" ("userId")']);
SELECT * FROM ask('INSERT INTO users SELECT id + 10000, note FROM "Orders" WHERE "userId" = 5
    ON CONFLICT (id) DO NOTHING', ARRAY['CREATE INDEX ON "Orders" ("userId")']);
SELECT * FROM ask('MERGE INTO users u USING (SELECT * FROM "Orders" WHERE "userId" = 5) o
    ON u.id = o.id WHEN MATCHED THEN UPDATE SET email = note',
    ARRAY['CREATE INDEX ON "Orders" ("userId")']);
SELECT count(*), sum(total) = (SELECT sum(g % 997) FROM generate_series(1, 20000) g) AS untouched
FROM "Orders";
SELECT count(*), count(*) FILTER (WHERE email = 'User' || id || '@Example.org')
FROM users;
CREATE SEQUENCE seq;
SELECT * FROM ask('SELECT nextval(''whatif_basic.seq'') FROM "Orders" WHERE "userId" = 5',
    ARRAY['CREATE INDEX ON "Orders" ("userId")']);
SELECT last_value, is_called FROM seq;

-- Constant folding runs a function whose own statement is really executed,
-- and so must not see what does not exist.
CREATE FUNCTION folded() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN (SELECT count(*) FROM whatif_basic."Orders" WHERE "userId" = 7);
END $$;
SELECT * FROM ask('SELECT * FROM "Orders" WHERE "userId" = folded()',
    ARRAY['CREATE INDEX ON "Orders" ("userId")']);

-- the session's own plans know nothing of it
PREPARE p(int) AS SELECT count(*) FROM "Orders" WHERE "userId" = $1;
EXECUTE p(1);
SELECT * FROM ask('SELECT count(*) FROM "Orders" WHERE "userId" = $1',
    ARRAY['CREATE INDEX ON "Orders" ("userId")']);
EXECUTE p(1);
EXPLAIN (COSTS OFF) SELECT * FROM "Orders" WHERE "userId" = 1;
SELECT count(*) FROM pg_index WHERE indrelid = '"Orders"'::regclass;

-- partitions, also with columns in another order and one dropped
CREATE TABLE events (id int, at date, kind text) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2024-07-01');
CREATE TABLE events_2 (kind text, gone int, id int, at date);
ALTER TABLE events_2 DROP COLUMN gone;
ALTER TABLE events ATTACH PARTITION events_2 FOR VALUES FROM ('2024-07-01') TO ('2025-01-01');
INSERT INTO events SELECT g, date '2024-01-01' + g % 366, 'k' || g % 1000
FROM generate_series(1, 40000) g;
-- every row is in the sample, so that all runs have the same statistics
SET default_statistics_target = 150;
ANALYZE events;
SELECT * FROM ask('SELECT * FROM events WHERE kind = ''k7''',
    ARRAY['CREATE INDEX ON events (kind)']);
SELECT * FROM ask('SELECT * FROM events WHERE upper(kind) = $1 AND id > 30000',
    ARRAY['CREATE INDEX ON events (upper(kind)) WHERE id > 20000']);
SELECT * FROM ask('SELECT * FROM events_2 WHERE kind = $1',
    ARRAY['CREATE INDEX ON events (kind)']);
SELECT * FROM ask('SELECT * FROM events WHERE kind = $1',
    ARRAY['CREATE INDEX ON events_2 (kind)']);
SELECT * FROM ask('SELECT * FROM events WHERE at = $1 AND kind = $2',
    ARRAY['CREATE UNIQUE INDEX ON events (id, at, kind)', 'CREATE INDEX ON events (kind, at)']);

-- inheritance: an index is its own table's alone
CREATE TABLE parent (id int, a int);
CREATE TABLE child () INHERITS (parent);
INSERT INTO child SELECT g, g % 1000 FROM generate_series(1, 20000) g;
ANALYZE parent, child;
SELECT used FROM ask('SELECT * FROM parent WHERE a = 5',
    ARRAY['CREATE INDEX ON parent (a)']);
SELECT used FROM ask('SELECT * FROM parent WHERE a = 5',
    ARRAY['CREATE INDEX ON child (a)']);

-- sizes are of all that is given, used or not
SELECT x.used, x.size_bytes = y.size_bytes + z.size_bytes AS all
FROM (SELECT cardinality(indexes_used) AS used, size_bytes
        FROM perfadvisor_whatif('SELECT * FROM "Orders" WHERE "userId" = 7',
            ARRAY['CREATE INDEX ON "Orders" ("userId")', 'CREATE INDEX ON "Orders" (status)'])) x,
    perfadvisor_whatif('SELECT * FROM "Orders" WHERE "userId" = 7',
        ARRAY['CREATE INDEX ON "Orders" ("userId")']) y,
    perfadvisor_whatif('SELECT * FROM "Orders" WHERE "userId" = 7',
        ARRAY['CREATE INDEX ON "Orders" (status)']) z;

-- on the partitioned table alone: the partitions get none
SELECT used FROM ask('SELECT * FROM events WHERE kind = ''k7''',
    ARRAY['CREATE INDEX ON ONLY events (kind)']);

-- views and rules
CREATE VIEW v AS SELECT * FROM "Orders" WHERE status = 'open';
SELECT * FROM ask('SELECT * FROM v WHERE "userId" = 50',
    ARRAY['CREATE INDEX ON "Orders" ("userId")']);
CREATE MATERIALIZED VIEW mv AS SELECT * FROM "Orders";
ANALYZE mv;
SELECT * FROM ask('SELECT * FROM mv WHERE "userId" = 50',
    ARRAY['CREATE INDEX ON mv ("userId")']);

-- in a function, in a cursor, on an empty table
CREATE TABLE empty (a int, b text);
SELECT cost_after <= cost_before AS no_dearer FROM perfadvisor_whatif(
    'SELECT * FROM empty WHERE a = 1', ARRAY['CREATE INDEX ON empty (a)']);
DO $$
DECLARE
    used text[];
BEGIN
    FOR i IN 1..3 LOOP
        used := indexes_used FROM perfadvisor_whatif('SELECT * FROM "Orders" WHERE "userId" = 7',
            ARRAY['CREATE INDEX ON "Orders" ("userId")']);
    END LOOP;
    RAISE NOTICE '%', used;
END $$;

\set VERBOSITY terse
SET client_min_messages = warning;
DROP SCHEMA whatif_basic CASCADE;
