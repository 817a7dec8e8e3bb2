# A hot standby gives advice for what ran on it, and writes nothing.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->append_conf(
	'postgresql.conf', q{
shared_preload_libraries = 'perfadvisor'
autovacuum = off
max_parallel_workers_per_gather = 0
});
$primary->start;
$primary->safe_psql(
	'postgres', q{
CREATE EXTENSION perfadvisor;
CREATE TABLE item AS SELECT g AS id, g % 1000 AS kind, g % 700 AS colour, (g % 10 > 0)::int AS size,
	repeat('x', 80) AS filler FROM generate_series(1, 20000) g;
VACUUM ANALYZE item;
CREATE FUNCTION count_kind(k int) RETURNS bigint LANGUAGE plpgsql AS
	'BEGIN RETURN (SELECT count(*) FROM item WHERE kind = k); END';
});

$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;
$primary->wait_for_catchup($standby);

my $advice = q{
SELECT regexp_replace(ddl, '^.* USING ', '') FROM perfadvisor_recommendations()
WHERE kind = 'create_index' ORDER BY 1};

$standby->safe_psql(
	'postgres', q{
SELECT * FROM item WHERE colour = 5;
PREPARE p(int) AS SELECT * FROM item WHERE colour = $1 AND kind > 990;
EXECUTE p(6);
SELECT count_kind(7);
SELECT * FROM item WHERE size = 1;
});
is( $standby->safe_psql('postgres', $advice),
	"btree (colour, kind)\nbtree (kind)",
	'recommendations on the standby');
like(
	$standby->safe_psql(
		'postgres', q{
	SELECT reason FROM perfadvisor_recommendations() WHERE kind = 'create_index' LIMIT 1}),
	qr{ This server is a standby: carry it out on the primary\.$},
	'and where they can be carried out');
is( $standby->safe_psql(
		'postgres', q{
	SELECT predicate, code FROM perfadvisor_why_not() WHERE relation = 'item'::regclass}),
	'size = ?|not_selective',
	'and reasons');
is( $standby->safe_psql(
		'postgres', q{
	SELECT regexp_replace(ddl, '^.* USING ', '')
	FROM perfadvisor_advise(ARRAY['SELECT * FROM item WHERE id = $1'])}),
	'btree (id)',
	'advice for given statements');
is( $standby->safe_psql(
		'postgres', q{
	SELECT cost_after < cost_before, cardinality(indexes_used)
	FROM perfadvisor_whatif('SELECT * FROM item WHERE id = 5', ARRAY['CREATE INDEX ON item (id)'])}),
	't|1',
	'what-if planning');
is( $standby->safe_psql(
		'postgres', q{
	SELECT verdict FROM perfadvisor_evaluate(ARRAY['CREATE INDEX ON item (colour)'])}),
	'helps',
	'judgement of given indexes');
is($primary->safe_psql('postgres', $advice),
	'', 'the primary does not know of it');

# The index is created on the primary, and seen on the standby.
$primary->safe_psql('postgres', 'CREATE INDEX ON item (colour, kind)');
$primary->wait_for_catchup($standby);
is($standby->safe_psql('postgres', $advice),
	'btree (kind)', 'advice that was carried out is gone');

unlike(slurp_file($standby->logfile),
	qr/ERROR:|PANIC:/, 'nothing bad in the log');
$standby->stop;
$primary->stop;
done_testing();
