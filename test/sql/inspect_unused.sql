--
-- perfadvisor_unused_indexes: what may be dropped because nothing needs it,
-- and what only looks so.
--
CREATE SCHEMA inspect_unused;
SET search_path = inspect_unused, public;
-- what no two runs, versions or file systems have in common
CREATE FUNCTION plain(reason text) RETURNS text LANGUAGE sql RETURN
    regexp_replace(regexp_replace(regexp_replace(regexp_replace(reason,
        ',? (since|last on) \d{4}-\d\d-\d\d \d\d:\d\d', '', 'g'),
        ' \(\d+ (seconds|minutes|hours|days)\)', '', 'g'),
        '\d+ (bytes|kB|MB)', 'SIZE', 'g'),
        '[0-9,]+ (scans|rows|inserts)', 'N \1', 'g');
-- what is looked at here
CREATE VIEW mine AS SELECT * FROM perfadvisor_unused_indexes
    WHERE relation IN (SELECT oid FROM pg_class WHERE relnamespace::regnamespace::text
                       IN ('inspect_unused', '"inspect unused.2"'));

-- Without a minimum age no index is too young.
SET perfadvisor.unused_min_age = 0;

CREATE TABLE customers (
    id int PRIMARY KEY,
    email text UNIQUE,
    tax_number text NOT NULL,
    name text);
CREATE TABLE orders (
    id int NOT NULL,
    customer int REFERENCES customers,
    status int,
    total int,
    day int,
    note text);
INSERT INTO customers
    SELECT g, 'e' || g, 't' || g, 'n' || g FROM generate_series(1, 100) g;
INSERT INTO orders
    SELECT g, g % 100 + 1, g % 5, g, g / 10, 'x' || g
    FROM generate_series(1, 20000) g;
VACUUM ANALYZE orders;

-- never scanned, but needed
CREATE TABLE rooms (
    id int PRIMARY KEY,
    number int NOT NULL,
    during int4range,
    EXCLUDE USING gist (during WITH &&));
CREATE UNIQUE INDEX rooms_number ON rooms (number);
CREATE TABLE keys (room int REFERENCES rooms (number));
CREATE UNIQUE INDEX customers_tax ON customers (tax_number);
CREATE UNIQUE INDEX orders_identity ON orders (id);
ALTER TABLE orders REPLICA IDENTITY USING INDEX orders_identity;
CREATE INDEX customers_by_name ON customers (name);
ALTER TABLE customers CLUSTER ON customers_by_name;
CREATE INDEX orders_customer ON orders (customer);
CREATE INDEX orders_day_text ON orders ((day::text));
ANALYZE orders;
-- needed by a foreign key only when it is alone
CREATE INDEX orders_customer_total ON orders (customer, total);
-- scanned
CREATE INDEX orders_day ON orders (day);
CREATE INDEX orders_total ON orders (total);
CREATE INDEX orders_often ON orders (total, day);
-- never scanned, and of no other use
CREATE INDEX orders_status ON orders (status);
CREATE INDEX orders_upper ON orders (upper(note));
CREATE INDEX orders_small ON orders (status) WHERE status = 1;
CREATE INDEX orders_brin ON orders USING brin (id);
COMMENT ON INDEX orders_brin IS 'will be lost';

SET enable_seqscan = off;
SET enable_bitmapscan = off;
DO $$
BEGIN
    FOR i IN 1..8 LOOP
        PERFORM sum(id) FROM orders WHERE day >= 0;
    END LOOP;
    FOR i IN 1..2 LOOP
        PERFORM id FROM orders WHERE total = 5;
    END LOOP;
    DROP INDEX orders_total;
    FOR i IN 1..60 LOOP
        PERFORM id FROM orders WHERE total = 5;
    END LOOP;
    CREATE INDEX orders_total ON orders (total);
    FOR i IN 1..2 LOOP
        PERFORM id FROM orders WHERE total = 5;
    END LOOP;
END $$;
RESET enable_seqscan;
RESET enable_bitmapscan;
SELECT pg_stat_force_next_flush();

SELECT relation, index, scans > 0 AS scanned, verdict, plain(reason) AS reason
FROM mine
ORDER BY relation::text, index::text COLLATE "C";

SELECT bool_and((last_scan IS NOT NULL)
        = (scans > 0 AND current_setting('server_version_num')::int >= 160000)) AS last_scan_known
FROM mine;

SELECT index, ddl, undo_ddl
FROM mine
WHERE ddl IS NOT NULL OR undo_ddl IS NOT NULL
ORDER BY index::text COLLATE "C";

-- figures
SELECT bool_and(size_bytes > 0) AS sized, bool_and(writes_per_hour >= 0) AS rated,
    bool_and(observed_since > '2000-01-01' AND observed_since <= now()) IS NOT FALSE AS observed,
    bool_and((ddl IS NOT NULL) = (verdict = 'drop')) AS ddl_to_drop_only
FROM mine;
SELECT index, writes_per_hour > 0 AS written, size_bytes = pg_relation_size(index) AS size
FROM mine
WHERE index IN ('orders_status'::regclass, 'customers_tax'::regclass)
ORDER BY index::text COLLATE "C";

--
-- Partitioned tables: the index is one thing with its parts
--
CREATE TABLE events (id int, day int, kind int) PARTITION BY RANGE (day);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10);
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (10) TO (20)
    PARTITION BY RANGE (day);
CREATE TABLE events_2a PARTITION OF events_2 FOR VALUES FROM (10) TO (20);
INSERT INTO events SELECT g, g % 20, g % 3 FROM generate_series(1, 1000) g;
CREATE INDEX events_id ON events (id);
CREATE INDEX events_kind ON events (kind) WHERE id > 0;
CREATE INDEX events_2a_alone ON events_2a (kind, id);
CREATE TABLE nothing (id int) PARTITION BY RANGE (id);
CREATE INDEX nothing_id ON nothing (id);
SET enable_seqscan = off;
SELECT count(*) FROM events_2a WHERE id = 3;
SELECT count(*) FROM events_2a WHERE id = 13;
RESET enable_seqscan;
SELECT pg_stat_force_next_flush();

SELECT relation, index, scans > 0 AS scanned, verdict, plain(reason) AS reason, ddl, undo_ddl
FROM mine
WHERE relation::text IN ('events', 'events_1', 'events_2', 'events_2a', 'nothing')
ORDER BY index::text COLLATE "C";

--
-- Names of all kinds
--
CREATE SCHEMA "inspect unused.2";
SET allow_in_place_tablespaces = true;
CREATE TABLESPACE regress_padv_tblspc LOCATION '';
CREATE FUNCTION "inspect unused.2"."Twice"(int) RETURNS int
    IMMUTABLE LANGUAGE sql AS 'SELECT $1 * 2';
CREATE COLLATION "inspect unused.2"."My ""C""" FROM "C";
CREATE TABLE "inspect unused.2"."Order Items" (
    "userId" int, "On ONLY" text, "INCLUDE" int, where_ int);
CREATE INDEX "a INDEX b ON ONLY c" ON "inspect unused.2"."Order Items" ("userId");
CREATE INDEX " WHERE " ON "inspect unused.2"."Order Items"
    ("On ONLY" COLLATE "inspect unused.2"."My ""C""" text_pattern_ops DESC)
    INCLUDE ("INCLUDE") WITH (fillfactor = 70) TABLESPACE regress_padv_tblspc
    WHERE "On ONLY" <> ' WHERE ' AND "inspect unused.2"."Twice"("userId") > 1;
CREATE INDEX "Ünïcöde ""quoted""" ON "inspect unused.2"."Order Items"
    USING hash ("INCLUDE") TABLESPACE regress_padv_tblspc;
CREATE INDEX "select" ON "inspect unused.2"."Order Items"
    (("inspect unused.2"."Twice"(where_)), where_ NULLS FIRST);
-- as seen from within: every name is there all the same
SET search_path = "inspect unused.2", public;
SELECT relation, index, ddl, undo_ddl
FROM perfadvisor_unused_indexes WHERE relation = '"Order Items"'::regclass
ORDER BY index::text COLLATE "C";

--
-- Taken away and taken back: the same definitions, in the same places
--
SET search_path = inspect_unused, public;
CREATE TABLE before AS
    SELECT i.indexrelid::regclass::text AS index, pg_get_indexdef(i.indexrelid) AS definition,
        c.reltablespace AS place, (to_jsonb(i) - '{indexrelid,indexprs,indpred}'::text[]) AS catalog
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE c.relnamespace IN ('inspect_unused'::regnamespace, '"inspect unused.2"'::regnamespace);
CREATE TABLE plan AS
    SELECT index::text AS index, ddl, undo_ddl FROM mine WHERE verdict = 'drop';
SET search_path = public;
SELECT ddl FROM inspect_unused.plan ORDER BY index COLLATE "C" \gexec
SELECT p.index FROM inspect_unused.plan p WHERE to_regclass(p.index) IS NOT NULL;
SELECT undo_ddl FROM inspect_unused.plan ORDER BY index COLLATE "C" \gexec
SET search_path = inspect_unused, public;
SELECT index, definition FROM before
EXCEPT
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i;
SELECT index, place, catalog FROM before
EXCEPT
SELECT i.indexrelid::regclass::text, c.reltablespace,
    (to_jsonb(i) - '{indexrelid,indexprs,indpred}'::text[])
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid;

--
-- What is not known is said to be so
--
-- a file system may not tell when a file was made
SELECT padv_file_born('orders_status'::regclass) IS NULL AS ageless \gset
RESET perfadvisor.unused_min_age;
SELECT index, verdict, ddl, undo_ddl,
    CASE WHEN :'ageless' THEN reason ~ 'does not tell'
        ELSE reason ~ '^No scan since [0-9 :-]+ \(\d+ \w+\); perfadvisor.unused_min_age asks for 7 days.$'
    END AS reason
FROM mine WHERE index = 'orders_status'::regclass;
SET perfadvisor.unused_min_age = '1s';
SELECT pg_sleep(1.1);
SELECT index, CASE WHEN :'ageless' THEN 'drop' ELSE verdict END AS verdict
FROM mine WHERE index = 'orders_status'::regclass;
SET perfadvisor.unused_min_age = 0;
SET track_counts = off;
SELECT index, verdict, plain(reason) AS reason, ddl
FROM mine WHERE index = 'orders_status'::regclass;
RESET track_counts;

-- schemas that are left out
SET perfadvisor.exclude_schemas = 'inspect_unused, "inspect unused.2"';
SELECT count(*) FROM mine;
RESET perfadvisor.exclude_schemas;

-- anybody may ask, and learns the same, unless others have statements there
CREATE ROLE regress_padv_nobody;
CREATE TABLE known AS SELECT index::oid, verdict, ddl, undo_ddl FROM perfadvisor_unused_indexes;
GRANT USAGE ON SCHEMA inspect_unused TO regress_padv_nobody;
GRANT SELECT ON known TO regress_padv_nobody;
SET ROLE regress_padv_nobody;
SELECT known.verdict, n.verdict AS here, n.ddl, n.undo_ddl, n.reason ~ 'but other roles have statements' AS why
FROM known FULL JOIN perfadvisor_unused_indexes n ON n.index = known.index
WHERE (known.verdict, known.ddl, known.undo_ddl) IS DISTINCT FROM (n.verdict, n.ddl, n.undo_ddl)
GROUP BY 1, 2, 3, 4, 5;
RESET ROLE;

-- temporary tables are nobody's business
CREATE TEMP TABLE short_lived (id int);
CREATE INDEX short_lived_id ON short_lived (id);
SELECT count(*) FROM perfadvisor_unused_indexes WHERE index = 'short_lived_id'::regclass;

DROP OWNED BY regress_padv_nobody;
DROP ROLE regress_padv_nobody;
SET client_min_messages = warning;
DROP SCHEMA inspect_unused, "inspect unused.2" CASCADE;
DROP TABLESPACE regress_padv_tblspc;
