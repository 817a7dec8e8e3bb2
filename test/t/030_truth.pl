# What is advised is true: built as printed, the planner takes it, the
# statement costs less and touches fewer pages, and no other statement of the
# workload touches noticeably more.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('truth');
$node->init(extra => [ '--no-locale', '--encoding=UTF8' ]);
$node->append_conf(
	'postgresql.conf', q{
shared_preload_libraries = 'perfadvisor'
autovacuum = off
jit = off
max_parallel_workers_per_gather = 0
fsync = off
# every row is in the sample, so that all runs have the same statistics
default_statistics_target = 200
});
$node->start;

$node->safe_psql(
	'postgres', q{
CREATE EXTENSION perfadvisor;
CREATE EXTENSION pg_trgm;
CREATE FUNCTION scatter(g int, n int) RETURNS int IMMUTABLE LANGUAGE sql
AS 'SELECT (g::bigint * 7919 % 1000003 % n)::int';
CREATE TABLE owner AS
SELECT g AS id, scatter(g, 500) AS region, 'owner ' || g AS name, repeat('o', 60) AS filler
FROM generate_series(1, 5000) g;
ALTER TABLE owner ADD PRIMARY KEY (id);
CREATE TABLE item AS
SELECT g AS id, scatter(g, 5000) AS owner, scatter(g, 300) AS kind, scatter(g, 40000) AS num,
	CASE WHEN g % 50 = 0 THEN 'open' WHEN g % 3 = 0 THEN 'paid' ELSE 'done' END AS status,
	g % 100 = 0 AS flag, CASE WHEN g % 500 = 0 THEN g END AS sparse,
	CASE WHEN g % 40 <> 0 THEN timestamp '2026-01-01' END AS deleted_at,
	timestamp '2025-01-01' + g * interval '1 minute' AS at,
	timestamp '2025-01-01' + scatter(g, 40000) * interval '1 minute' AS shuffled,
	md5(g::text) AS hash, 'https://example.org/quite/a/long/path/to/' || md5(g::text) || '/index.html' AS url,
	'w' || scatter(g, 3000) || ' body ' || md5(g::text) AS body,
	ARRAY[scatter(g, 4000), scatter(g, 3777)] AS tags,
	jsonb_build_object('k', scatter(g, 5000), 's', 'v' || scatter(g, 50)) AS doc,
	int4range(g, g + g % 9 + 1) AS span, point(scatter(g, 1009), scatter(g, 997)) AS place,
	repeat('f', 150) AS filler
FROM generate_series(1, 40000) g;
ALTER TABLE item ADD PRIMARY KEY (id);
CREATE TABLE parted (id int, k int, filler text) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10000);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (10000) TO (20000);
INSERT INTO parted SELECT g, scatter(g, 2000), repeat('p', 100) FROM generate_series(0, 19999) g;
CREATE TABLE base (id int, q int, filler text);
CREATE TABLE derived (more int) INHERITS (base);
INSERT INTO base SELECT g, g % 1000, repeat('b', 100) FROM generate_series(1, 10000) g;
INSERT INTO derived SELECT g, g % 1000, repeat('d', 100) FROM generate_series(1, 10000) g;
CREATE VIEW seen AS SELECT id, num AS number, status FROM item;
VACUUM ANALYZE;

-- one execution: planner cost, pages touched and indexes used; taken back
CREATE FUNCTION run(statement text, OUT cost float8, OUT pages float8, OUT plan text)
LANGUAGE plpgsql AS $$
DECLARE
	result json;
BEGIN
	BEGIN
		EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ' || statement INTO result;
		RAISE EXCEPTION USING ERRCODE = 'PV001', MESSAGE = result::text;
	EXCEPTION WHEN SQLSTATE 'PV001' THEN
		result := SQLERRM::json;
	END;
	cost := (result->0->'Plan'->>'Total Cost')::float8;
	pages := (result->0->'Plan'->>'Shared Hit Blocks')::float8 + (result->0->'Plan'->>'Shared Read Blocks')::float8;
	plan := result::text;
END
$$;

-- advice for one statement, held against the indexes built
CREATE FUNCTION truth(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	before record;
	after record;
	advice record;
	told text[] := '{}';
	undo text[] := '{}';
	result text := '';
BEGIN
	SELECT * INTO before FROM run(statement);
	FOR advice IN SELECT * FROM perfadvisor_advise(ARRAY[statement]) LOOP
		EXECUTE replace(advice.ddl, 'CONCURRENTLY ', '');
		told := told || regexp_replace(advice.ddl, '^.* USING ', '');
		undo := undo || replace(advice.undo_ddl, 'CONCURRENTLY ', '');
	END LOOP;
	IF told = '{}' THEN
		RETURN 'no advice';
	END IF;
	SELECT * INTO after FROM run(statement);
	FOR i IN 1 .. array_length(undo, 1) LOOP
		-- the parts of a partitioned index have names of their own
		IF position('"' || regexp_replace(undo[i], '^.*\.', '') || '"' IN after.plan) = 0 AND undo[i] !~ 'parted' THEN
			result := result || format('; %s is not used', undo[i]);
		END IF;
		EXECUTE undo[i];
	END LOOP;
	IF after.cost >= before.cost THEN
		result := result || format('; cost %s before, %s after', before.cost, after.cost);
	END IF;
	IF after.pages >= before.pages THEN
		result := result || format('; pages %s before, %s after', before.pages, after.pages);
	END IF;
	RETURN CASE WHEN result = '' THEN 'true' ELSE told::text || result END;
END
$$;
});

# A statement, and why it is here.
my @statements = (
	[ 'equality', q{SELECT * FROM item WHERE num = 7} ],
	[ 'two equalities', q{SELECT * FROM item WHERE kind = 7 AND owner = 9} ],
	[ 'range', q{SELECT * FROM item WHERE num < 50} ],
	[ 'BETWEEN', q{SELECT * FROM item WHERE shuffled BETWEEN '2025-01-03' AND '2025-01-03 03:00'} ],
	[ 'large range in order', q{SELECT * FROM item WHERE at BETWEEN '2025-01-05' AND '2025-01-12'} ],
	[ 'IN', q{SELECT * FROM item WHERE num IN (7, 8, 9, 10)} ],
	[ 'ANY', q{SELECT * FROM item WHERE num = ANY ('{7,8}')} ],
	[ 'IS NULL', q{SELECT * FROM item WHERE deleted_at IS NULL AND owner = 40} ],
	[ 'IS NOT NULL', q{SELECT * FROM item WHERE sparse IS NOT NULL} ],
	[ 'boolean', q{SELECT * FROM item WHERE flag} ],
	[ 'rare constant', q{SELECT * FROM item WHERE status = 'open' ORDER BY at LIMIT 10} ],
	[ 'row comparison', q{SELECT * FROM item WHERE (kind, num) > (299, 20000) ORDER BY kind, num LIMIT 10} ],
	[ 'OR over one column', q{SELECT * FROM item WHERE num = 7 OR num = 8} ],
	[ 'OR over two', q{SELECT * FROM item WHERE num = 7 OR owner = 8} ],
	[ 'LIKE prefix', q{SELECT * FROM item WHERE body LIKE 'w77 %'} ],
	[ 'LIKE infix', q{SELECT * FROM item WHERE body LIKE '%77 body a%'} ],
	[ 'ILIKE', q{SELECT * FROM item WHERE body ILIKE '%W77 body%'} ],
	[ 'expression', q{SELECT * FROM item WHERE lower(body) = 'x'} ],
	[ 'cast', q{SELECT * FROM item WHERE shuffled::date = '2025-01-09'} ],
	[ 'JSON field', q{SELECT * FROM item WHERE doc ->> 'k' = '7'} ],
	[ 'JSON containment', q{SELECT * FROM item WHERE doc @> '{"k": 7}'} ],
	[ 'array containment', q{SELECT * FROM item WHERE tags @> ARRAY[7]} ],
	[ 'full text', q{SELECT * FROM item WHERE to_tsvector('english', body) @@ to_tsquery('english', 'w77')} ],
	[ 'ranges', q{SELECT * FROM item WHERE span && int4range(500, 510)} ],
	[ 'distance', q{SELECT * FROM item ORDER BY place <-> point(5, 5) LIMIT 10} ],
	[ 'geometry', q{SELECT * FROM item WHERE place <@ box(point(1, 1), point(30, 30))} ],
	[ 'wide value', q{SELECT * FROM item WHERE url = 'https://example.org/7'} ],
	[ 'inner join', q{SELECT * FROM owner o JOIN item i ON i.owner = o.id WHERE o.name = 'owner 7'} ],
	[ 'outer join', q{SELECT * FROM owner o LEFT JOIN item i ON i.owner = o.id WHERE o.id = 7} ],
	[ 'semi join', q{SELECT * FROM owner o WHERE o.id < 9 AND EXISTS (SELECT FROM item i WHERE i.owner = o.id)} ],
	[ 'anti join', q{SELECT * FROM owner o WHERE o.id < 9 AND NOT EXISTS (SELECT FROM item i WHERE i.owner = o.id)} ],
	[ 'self-join', q{SELECT * FROM item x JOIN item y ON y.num = x.owner WHERE x.id = 7} ],
	[ 'LATERAL', q{SELECT o.id, l.at FROM owner o, LATERAL (SELECT at FROM item i WHERE i.owner = o.id ORDER BY at DESC LIMIT 1) l WHERE o.id < 9} ],
	[ 'CTE', q{WITH c AS MATERIALIZED (SELECT * FROM item WHERE num = 4) SELECT count(*) FROM c} ],
	[ 'view', q{SELECT * FROM seen WHERE number = 7} ],
	[ 'UNION', q{SELECT id FROM item WHERE num = 4 UNION SELECT id FROM item WHERE owner = 4} ],
	[ 'ORDER BY', q{SELECT * FROM item ORDER BY shuffled LIMIT 5} ],
	[ 'ORDER BY DESC, OFFSET', q{SELECT * FROM item ORDER BY shuffled DESC LIMIT 5 OFFSET 20} ],
	[ 'ORDER BY mixed', q{SELECT * FROM item ORDER BY kind, shuffled DESC LIMIT 5} ],
	[ 'NULLS FIRST', q{SELECT * FROM item WHERE kind = 7 ORDER BY sparse NULLS FIRST LIMIT 5} ],
	[ 'GROUP BY', q{SELECT owner, count(*) FROM item GROUP BY owner} ],
	[ 'MIN and MAX', q{SELECT min(shuffled), max(shuffled) FROM item} ],
	[ 'covering', q{SELECT sum(num) FROM item WHERE kind BETWEEN 5 AND 25} ],
	[ 'window', q{SELECT id, rank() OVER (PARTITION BY kind ORDER BY at) FROM item WHERE owner = 3} ],
	[ 'UPDATE', q{UPDATE item SET filler = 'z' WHERE num = 5} ],
	[ 'DELETE', q{DELETE FROM item WHERE num = 5} ],
	[ 'MERGE', q{MERGE INTO owner o USING (SELECT * FROM item WHERE num = 5) s ON s.id = o.id WHEN MATCHED THEN UPDATE SET filler = 'm'} ],
	[ 'INSERT', q{INSERT INTO parted SELECT id / 10, owner FROM item WHERE num = 5} ],
	[ 'FOR UPDATE', q{SELECT * FROM item WHERE num = 5 FOR UPDATE} ],
	[ 'partitions', q{SELECT * FROM parted WHERE k = 5} ],
	[ 'inheritance', q{SELECT * FROM base WHERE q = 5} ],
);

sub quoted
{
	my ($text) = @_;

	return "\$q\$$text\$q\$";
}

foreach my $case (@statements)
{
	my ($name, $statement) = @$case;

	is( $node->safe_psql('postgres', 'SELECT truth(' . quoted($statement) . ')'),
		'true', $name);
}

# All of them together: what is advised for the whole workload is built, and
# no statement touches more than a quarter more pages than before.
my $list = join(', ', map { quoted($_->[1]) } @statements);
$node->safe_psql(
	'postgres', qq{
CREATE TABLE workload (n serial, statement text, before float8);
INSERT INTO workload (statement) SELECT unnest(ARRAY[$list]);
UPDATE workload SET before = (SELECT pages FROM run(statement));
CREATE TABLE advice AS SELECT ddl FROM perfadvisor_advise(ARRAY(SELECT statement FROM workload ORDER BY n));
DO \$\$
DECLARE
	one text;
BEGIN
	FOR one IN SELECT replace(ddl, 'CONCURRENTLY ', '') FROM advice LOOP
		EXECUTE one;
	END LOOP;
END
\$\$;
});
cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM advice'),
	'>', 15, 'advice for the whole workload');
is( $node->safe_psql(
		'postgres', q{
SELECT statement, before, pages FROM workload, run(statement)
WHERE pages > 1.25 * before + 16 ORDER BY n}),
	'', 'with all of it, no statement touches more pages');
cmp_ok(
	$node->safe_psql(
		'postgres', q{
SELECT count(*) FROM perfadvisor_advise(ARRAY(SELECT statement FROM workload ORDER BY n))
WHERE kind = 'create_index'}),
	'<=', 2, 'and hardly anything is left to advise');

$node->stop;
done_testing();
