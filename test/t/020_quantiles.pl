# p50, p95 and p99 are within 5 % of the exact quantiles of the same
# executions, as the server has logged each of them.
#
# Measures real times: it may be tried twice.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('quantiles');
$node->init;
$node->append_conf(
	'postgresql.conf', q{
shared_preload_libraries = 'perfadvisor'
autovacuum = off
log_statement = none
log_min_duration_statement = 0
});
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION perfadvisor');

my $clients = 8;
my $transactions = 60;

# The smallest value that a share of all does not exceed.
sub exact
{
	my ($share, @sorted) = @_;
	my $rank = int($share * @sorted + 0.999999);

	return $sorted[ $rank - 1 ];
}

# Milliseconds of all executions since this place in the log, in order.
sub logged
{
	my ($offset) = @_;
	my $log = slurp_file($node->logfile, $offset);

	return sort { $a <=> $b }
	  $log =~ /duration: ([0-9.]+) ms  execute [^:]*: SELECT pg_sleep/g;
}

# Runs the script; notes what is wrong with our quantiles, or '' for one that
# has agreed once.
sub compare
{
	my ($name, $script, $wrong) = @_;
	my $file = $node->basedir . "/$name.sql";
	my $offset = -s $node->logfile;
	my @sorted;

	unlink($file);
	append_to_file($file, $script);
	$node->safe_psql('postgres', 'SELECT perfadvisor_reset()');
	$node->command_ok(
		[
			'pgbench', '-n', '-M', 'prepared', '-f', $file,
			'-c', $clients, '-t', $transactions, 'postgres'
		],
		"$name: pgbench");
	@sorted = logged($offset);
	is(scalar(@sorted), $clients * $transactions, "$name: all are logged");
	foreach my $percent (50, 95, 99)
	{
		my $exact = exact($percent / 100, @sorted);
		my $ours = $node->safe_psql('postgres',
			"SELECT p${percent}_ms FROM perfadvisor_queries WHERE query LIKE '%pg_sleep%' AND calls > 100"
		);

		note("$name: p$percent: $ours ms, exactly $exact ms");
		$wrong->{$percent} =
		  abs($ours - $exact) > 0.05 * $exact ? "p$percent is $ours instead of $exact" : ''
		  if ($wrong->{$percent} // 'new') ne '';
	}
	return;
}

# The server's log measures around what we do, with a clock of its own.  The
# two differ when the machine halts a process in between, so that a run may be
# repeated.
sub agrees
{
	my ($name, $script) = @_;
	my %wrong;

	foreach (1 .. 6)
	{
		compare($name, $script, \%wrong);
		last if !grep { $_ ne '' } values %wrong;
	}
	is(join('; ', grep { $_ ne '' } values %wrong), '', "$name: quantiles agree");
	return;
}

# Long enough that what is around an execution does not matter
agrees(
	'smooth', q{
\set ms random_exponential(20, 200, 5)
SELECT pg_sleep(:ms / 1000.0);
});
agrees(
	'steps', q{
\set n random(1, 100)
\set ms case when :n <= 90 then 20 when :n <= 97 then 60 else 150 end
SELECT pg_sleep(:ms / 1000.0);
});

$node->stop;
done_testing();
