# A hot standby records what it runs, in its own memory.
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
});
$primary->start;
$primary->safe_psql('postgres', q{
CREATE EXTENSION perfadvisor;
CREATE TABLE item AS SELECT g AS a, g::text AS b FROM generate_series(1, 100) g;
SELECT count(*) FROM item WHERE b = 'primary'});

$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;
$primary->wait_for_catchup($standby);

my $seen = q{
SELECT query, calls, rows, seq_rows_read FROM perfadvisor_queries
WHERE query LIKE '%FROM item%' AND query NOT LIKE '%perfadvisor%'};
my $predicates = q{
SELECT target, operator, role, uses, rows_in, rows_out
FROM perfadvisor_predicates WHERE relation = 'item'::regclass};

is($standby->safe_psql('postgres', $seen), '', 'starts with nothing of the primary');
$standby->safe_psql('postgres', "SELECT count(*) FROM item WHERE lower(b) = '$_'")
  foreach 1 .. 5;
is($standby->safe_psql('postgres', $seen),
	'SELECT count(*) FROM item WHERE lower(b) = $1|5|5|500', 'records statements');
is($standby->safe_psql('postgres', $predicates),
	'lower(b)|=|filter|5|500|5', 'records predicates');
unlike($primary->safe_psql('postgres', $seen), qr/lower/, 'the primary does not know');

$standby->restart;
is($standby->safe_psql('postgres', $predicates),
	'lower(b)|=|filter|5|500|5', 'keeps them over a restart');
$standby->promote;
$standby->safe_psql('postgres', "UPDATE item SET b = 'x' WHERE a = 1");
$standby->safe_psql('postgres', "SELECT count(*) FROM item WHERE lower(b) = 'x'");
is($standby->safe_psql('postgres', "SELECT sum(calls) FROM ($seen) s"), '6',
	'goes on after promotion');
cmp_ok($standby->safe_psql('postgres', 'SELECT perfadvisor_reset()'), '>', 0, 'can be reset');

$standby->stop;
$primary->stop;
done_testing();
