# A value with which a statement is slow once in ten thousand executions is
# among the examples that are kept, and the advisor plans with it.
#
# Measures real times: it may be tried twice.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('rare');
$node->init;
$node->append_conf(
	'postgresql.conf', q{
shared_preload_libraries = 'perfadvisor'
perfadvisor.slow_query_ms = 1s
autovacuum = off
jit = off
max_parallel_workers_per_gather = 0
fsync = off
});
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION perfadvisor');

# Two entries for each account, and 900,000 for account 0.  The latest ones of
# an account: with the index that exists, all of its entries are read and sorted.
$node->safe_psql(
	'postgres', q{
CREATE TABLE entry (id int, account int, at int, c1 int, c2 int, c3 int, c4 int, c5 int, c6 int);
INSERT INTO entry SELECT g, CASE WHEN g % 10 = 0 THEN g / 20 + 1 ELSE 0 END, hashint4(g),
	1, 2, 3, 4, 5, 6 FROM generate_series(1, 1000000) g;
CREATE INDEX ON entry (account);
ALTER TABLE entry ALTER account SET (n_distinct = 50001);
VACUUM ANALYZE entry;
-- Sleeps before the scan, so that the rare value is the slowest one on a machine
-- that halts a process as well.
CREATE FUNCTION pace() RETURNS boolean STABLE LANGUAGE plpgsql AS
	'BEGIN PERFORM pg_sleep(current_setting($$test.pace$$)::float8); RETURN true; END';
});
my $statement =
  'SELECT * FROM entry WHERE account = %s AND pace() ORDER BY at DESC LIMIT 10';

sub ask
{
	my ($query) = @_;

	return $node->safe_psql('postgres', $query);
}

sub run_pgbench
{
	my ($protocol, $n, $account) = @_;

	$node->pgbench(
		"-n -M $protocol -t $n",
		0,
		[qr{processed: $n/}],
		[qr{^$}],
		"$protocol: $n executions with "
		  . ($account eq '0' ? 'the rare value' : 'usual values'),
		{
			"021_rare_${protocol}_$n" => "\\set account $account\n"
			  . 'SET test.pace = ' . ($account eq '0' ? 5 : 0) . ";\n"
			  . sprintf($statement, ':account') . ";\n"
		});
	return;
}

my $usual = 'random(1, 50000)';
my $advised = q{
	SELECT ddl FROM perfadvisor_recommendations() WHERE relation = 'entry'::regclass};
my $slow = q{
	SELECT example FROM perfadvisor_slow_queries WHERE query LIKE '%FROM entry WHERE account%'};

foreach my $protocol (qw(prepared simple))
{
	my $index = qr{^CREATE INDEX .* ON public\.entry USING btree \((account, )?at\b};
	my $example = $protocol eq 'simple' ? qr{account = 0 } : qr{ -- \$1 = '0'$};

	ask('SELECT perfadvisor_reset()');
	run_pgbench($protocol, 5000, $usual);
	unlike(ask($advised), $index, "$protocol: usual values want no index");
	run_pgbench($protocol, 1, '0');
	run_pgbench($protocol, 4999, $usual);

	is(ask(q{
		SELECT calls FROM perfadvisor_queries WHERE query LIKE '%FROM entry WHERE account%'}),
		'10000', "$protocol: one in ten thousand");
	like(ask($slow), $example, "$protocol: the rare value is kept");
	like(ask($advised), $index, "$protocol: and planned with");
}

$node->stop;
done_testing();
