--
-- perfadvisor_unindexed_foreign_keys: what each delete of a parent reads.
--
CREATE SCHEMA inspect_fk;
SET search_path = inspect_fk, public;
-- what no two runs have in common
CREATE FUNCTION plain(reason text) RETURNS text LANGUAGE sql RETURN
    regexp_replace(regexp_replace(regexp_replace(reason,
        ' took [0-9.]+ ms', ' took TIME', 'g'),
        ' since \d{4}-\d\d-\d\d \d\d:\d\d', ' since THEN', 'g'),
        '\d+ (bytes|kB|MB)', 'SIZE', 'g');

CREATE TABLE users (
    id int PRIMARY KEY, tenant int, name text COLLATE "C" UNIQUE, UNIQUE (tenant, id));
INSERT INTO users SELECT g, g % 5, 'n' || g FROM generate_series(1, 100) g;

-- served, in whatever way
CREATE TABLE served (
    id int PRIMARY KEY REFERENCES users,
    a int REFERENCES users,
    b int REFERENCES users,
    c int REFERENCES users,
    d int REFERENCES users,
    tenant int,
    e int,
    FOREIGN KEY (tenant, e) REFERENCES users (tenant, id));
CREATE INDEX ON served (a, b);
CREATE INDEX ON served USING hash (b);
CREATE INDEX ON served (c DESC NULLS LAST) INCLUDE (d) WHERE c IS NOT NULL;
CREATE UNIQUE INDEX ON served (d, e);
CREATE INDEX ON served (e, tenant, a) WHERE tenant IS NOT NULL AND e IS NOT NULL;

-- not served by what is there
CREATE TABLE unserved (
    id int PRIMARY KEY,
    a int REFERENCES users ON DELETE CASCADE,
    b int REFERENCES users,
    c int REFERENCES users,
    d text COLLATE "C" REFERENCES users (name),
    e int,
    f bigint REFERENCES users,
    tenant int,
    g int,
    FOREIGN KEY (g, tenant) REFERENCES users (id, tenant));
ALTER TABLE unserved ADD FOREIGN KEY (e) REFERENCES users NOT VALID;
CREATE INDEX ON unserved (id, a);
CREATE INDEX ON unserved (b) WHERE b > 10;
CREATE INDEX ON unserved USING brin (c);
CREATE INDEX ON unserved (d COLLATE "POSIX");
CREATE INDEX ON unserved ((e + 0));
CREATE INDEX ON unserved (g, a, tenant);
INSERT INTO unserved SELECT g, 1 FROM generate_series(1, 1000) g;
UPDATE users SET name = 'x' || id WHERE id <= 10;
DELETE FROM users WHERE id > 98;
SELECT pg_stat_force_next_flush();

SELECT relation, constraint_name, columns, referenced, parent_writes, ddl
FROM perfadvisor_unindexed_foreign_keys
WHERE relation IN ('served'::regclass, 'unserved'::regclass)
ORDER BY constraint_name COLLATE "C";
SELECT constraint_name, relation_bytes = pg_relation_size(relation) AS sized, plain(reason) AS reason
FROM perfadvisor_unindexed_foreign_keys
WHERE relation = 'unserved'::regclass AND constraint_name = 'unserved_a_fkey';

--
-- One index for several keys, and names that are free
--
CREATE TABLE shared (
    tenant int, a int, b int,
    CONSTRAINT shared_1 FOREIGN KEY (tenant) REFERENCES users,
    CONSTRAINT shared_2 FOREIGN KEY (tenant, a) REFERENCES users (tenant, id),
    CONSTRAINT shared_3 FOREIGN KEY (tenant) REFERENCES users,
    CONSTRAINT shared_4 FOREIGN KEY (b) REFERENCES users);
SELECT constraint_name, columns, ddl, plain(reason) AS reason
FROM perfadvisor_unindexed_foreign_keys WHERE relation = 'shared'::regclass
ORDER BY constraint_name COLLATE "C";

CREATE TABLE named (
    a_b int REFERENCES users, a int, b int,
    FOREIGN KEY (a, b) REFERENCES users (tenant, id));
CREATE TABLE named_a_b_idx ();
CREATE TABLE named_a_b_idx1 ();
CREATE TABLE named_a (b int REFERENCES users);
CREATE TABLE "Ünï, with a very ""long"" name that is länger than 63 bytes äöü" (
    "Col, 1" int REFERENCES users, "Col, 2" int REFERENCES users);
SELECT ddl FROM perfadvisor_unindexed_foreign_keys
WHERE relation IN ('named'::regclass, 'named_a'::regclass)
    OR relation::text ~ 'with a very'
ORDER BY ddl COLLATE "C";

--
-- Types that differ so that no index can serve
--
CREATE TABLE numbers (n numeric PRIMARY KEY);
CREATE TABLE uses_numbers (n int REFERENCES numbers);
CREATE DOMAIN small AS int;
CREATE TABLE uses_domain (s small REFERENCES users);
CREATE TABLE uses_varchar (v varchar(20) COLLATE "C" REFERENCES users (name));
SELECT relation, constraint_name, ddl, plain(reason) AS reason
FROM perfadvisor_unindexed_foreign_keys
WHERE relation::text ~ '^uses'
ORDER BY relation::text COLLATE "C";

--
-- Partitioned tables
--
CREATE TABLE parts (id int, u int REFERENCES users, v int REFERENCES users) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (id);
CREATE TABLE parts_2a PARTITION OF parts_2 FOR VALUES FROM (10) TO (20);
INSERT INTO parts VALUES (1, 1), (11, 2);
CREATE INDEX ON parts_1 (u);
CREATE TABLE target (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE target_1 PARTITION OF target FOR VALUES FROM (0) TO (10);
CREATE TABLE target_2 PARTITION OF target FOR VALUES FROM (10) TO (20);
CREATE TABLE points (t int REFERENCES target);
INSERT INTO target VALUES (1), (11);
DELETE FROM target;
SELECT pg_stat_force_next_flush();
SELECT relation, constraint_name, referenced, relation_bytes > 0 AS sized,
    CASE WHEN referenced = 'target'::regclass THEN parent_writes END AS parent_writes, ddl
FROM perfadvisor_unindexed_foreign_keys
WHERE relation::text ~ '^(parts|points)'
ORDER BY relation::text COLLATE "C", constraint_name COLLATE "C";
-- all parts have an index of their own
CREATE INDEX ON parts_2a (u);
SELECT constraint_name FROM perfadvisor_unindexed_foreign_keys
WHERE relation::text ~ '^parts' ORDER BY constraint_name COLLATE "C";

--
-- Carried out as printed, from elsewhere
--
CREATE TABLE plan AS SELECT ddl FROM perfadvisor_unindexed_foreign_keys
    WHERE relation IN (SELECT oid FROM pg_class WHERE relnamespace = 'inspect_fk'::regnamespace);
SET search_path = public;
SELECT ddl FROM inspect_fk.plan ORDER BY ddl COLLATE "C" \gexec
SELECT relation, constraint_name, ddl FROM perfadvisor_unindexed_foreign_keys
WHERE relation IN (SELECT oid FROM pg_class WHERE relnamespace = 'inspect_fk'::regnamespace);
-- and no such index is called unused or redundant
SET perfadvisor.unused_min_age = 0;
SELECT index FROM perfadvisor_unused_indexes
WHERE verdict = 'drop' AND index::text ~ '^inspect_fk\.(shared|named|parts|points|uses)';
SELECT index FROM perfadvisor_redundant_indexes
WHERE verdict = 'drop' AND index::text ~ '^inspect_fk\.(shared|named|parts|points|uses)';

SET client_min_messages = warning;
DROP SCHEMA inspect_fk CASCADE;
