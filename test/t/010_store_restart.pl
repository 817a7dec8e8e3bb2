# What was recorded over restarts: clean ones, crashes, damaged files.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('store');
$node->init;
$node->append_conf(
	'postgresql.conf', q{
shared_preload_libraries = 'perfadvisor'
autovacuum = off
restart_after_crash = on
});
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION perfadvisor');
$node->safe_psql('postgres',
	'CREATE TABLE kept AS SELECT g AS a, g::text AS b FROM generate_series(1, 500) g');

my $file = $node->data_dir . '/pg_stat/perfadvisor.stat';
my $recorded = q{
SELECT query, calls, rows, round(total_ms::numeric, 3), p99_ms, seq_rows_read,
	first_seen, last_seen
FROM perfadvisor_queries WHERE query LIKE '%FROM kept%'
	AND query NOT LIKE '%perfadvisor%' ORDER BY query};
my $facts = q{
SELECT target, operator, uses, rows_in, rows_out, example
FROM perfadvisor_predicates WHERE relation = 'kept'::regclass
ORDER BY target, operator};
my $count = q{
SELECT count(*) FROM perfadvisor_queries WHERE query LIKE '%FROM kept%'
	AND query NOT LIKE '%perfadvisor%'};

sub run_some
{
	$node->safe_psql('postgres',
		"SELECT count(*) FROM kept WHERE a = $_ AND lower(b) = 'x'")
	  foreach 1 .. 3;
	$node->safe_psql('postgres', "SELECT b FROM kept WHERE a < 10");
	return;
}

# log lines about the file since the last look
my $log_end = 0;

sub complaints
{
	my $log = slurp_file($node->logfile, $log_end);

	$log_end = -s $node->logfile;
	return scalar(() = $log =~ /perfadvisor ignores statistics file/g);
}

# ---- clean restarts ----

run_some();
my $before = $node->safe_psql('postgres', $recorded);
my $facts_before = $node->safe_psql('postgres', $facts);
my $since = $node->safe_psql('postgres', 'SELECT stats_since FROM perfadvisor_info()');
like($before, qr/\|3\|3\|/, 'statements are recorded');
like($facts_before, qr/lower\(b\)/, 'predicates are recorded');

$node->restart;
is($node->safe_psql('postgres', $recorded), $before, 'a restart keeps statements');
is($node->safe_psql('postgres', $facts), $facts_before, 'a restart keeps predicates');
is($node->safe_psql('postgres', 'SELECT stats_since FROM perfadvisor_info()'),
	$since, 'a restart keeps the start of the window');
ok(!-e $file, 'the file is removed once it is read');

run_some();
like($node->safe_psql('postgres', $recorded), qr/\|6\|6\|/, 'counting goes on');

# ---- fewer entries than before ----

$node->append_conf('postgresql.conf', 'perfadvisor.max_queries = 100');
$node->safe_psql('postgres', join('',
	map { 'SELECT ' . join(', ', ('a') x $_) . ' FROM kept WHERE false;' } 1 .. 150));
$node->safe_psql('postgres', 'SELECT pg_sleep(0.2), 1 FROM kept LIMIT 1');
$node->restart;
is($node->safe_psql('postgres', q{
	SELECT entries_max || ' ' || (entries_used BETWEEN 99 AND 100)
	FROM perfadvisor_info()}),
	'100 true', 'a smaller store takes what fits');
is($node->safe_psql('postgres', q{
	SELECT count(*) FROM perfadvisor_queries WHERE query LIKE 'SELECT pg_sleep%FROM kept%'}),
	'1', 'the heaviest statements are among it');

# ---- damage ----

$node->safe_psql('postgres', 'SELECT perfadvisor_reset()');
run_some();
$node->stop;
my $good = slurp_file($file);
complaints();

sub start_with
{
	my ($what, $content) = @_;

	open(my $handle, '>:raw', $file) or die "could not write $file: $!";
	print $handle $content;
	close($handle);
	$node->start;
	is(complaints(), 1, "$what: one line in the log");
	is($node->safe_psql('postgres', $count), '0', "$what: an empty start");
	run_some();
	is($node->safe_psql('postgres', $count), '2', "$what: recording goes on");
	$node->stop;
	complaints();
	return;
}

start_with('empty file', '');
start_with('truncated file', substr($good, 0, length($good) / 2));
start_with('file without its end', substr($good, 0, -1));
start_with('foreign file', 'x' x 10000);
foreach my $at (0, 9, 1000, length($good) - 3)
{
	my $bad = $good;

	substr($bad, $at, 1) = chr(ord(substr($bad, $at, 1)) ^ 0x10);
	start_with("damage at byte $at", $bad);
}

# ---- crashes ----

sub crash
{
	my $pid = $node->safe_psql('postgres', q{
		SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'});
	my $start = $node->safe_psql('postgres', 'SELECT pg_postmaster_start_time()');

	kill('KILL', $pid) or die "could not kill $pid: $!";
	$node->poll_query_until('postgres',
		"SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $pid)")
	  or die 'the server did not come up';
	is($node->safe_psql('postgres', 'SELECT pg_postmaster_start_time()'),
		$start, 'the server came up by itself');
	return;
}

unlink($file);
$node->start;
run_some();
crash();
is($node->safe_psql('postgres', $count), '0', 'nothing was saved, nothing is there');
run_some();
$before = $node->safe_psql('postgres', $recorded);
$node->safe_psql('postgres', 'SELECT perfadvisor_save()');
run_some();
crash();
is($node->safe_psql('postgres', $recorded), $before,
	'the last saved state is there after a crash');
$node->safe_psql('postgres', 'SELECT perfadvisor_save()');
$node->safe_psql('postgres', 'SELECT perfadvisor_reset()');
crash();
is($node->safe_psql('postgres', $count), '0', 'what was reset does not come back');

run_some();
$node->stop('immediate');
$node->start;
pass('starts after an immediate shutdown');

# Has it ended, and only waits for somebody to look?
sub is_zombie
{
	my ($pid) = @_;

	open(my $stat, '<', "/proc/$pid/stat") or return 0;
	return <$stat> =~ /\) Z /;
}

# The processes that the postmaster leaves behind need a moment to end.  In a
# container without an init, nobody looks after it, and its lock file would keep
# it for alive.
sub kill9_and_start
{
	my ($pid) = split(/\n/, slurp_file($node->data_dir . '/postmaster.pid'));

	$node->kill9;
	foreach my $try (1 .. 300)
	{
		unlink($node->data_dir . '/postmaster.pid')
		  if $try > 100 && is_zombie($pid);
		return if $node->start(fail_ok => 1);
		select(undef, undef, undef, 0.1);
		$node->stop('fast', fail_ok => 1);
	}
	die 'the server did not come up';
}

$node->safe_psql('postgres', 'SELECT perfadvisor_reset()');
run_some();
$before = $node->safe_psql('postgres', $recorded);
$node->safe_psql('postgres', 'SELECT perfadvisor_save()');
run_some();
kill9_and_start();
is($node->safe_psql('postgres', $recorded), $before,
	'the last saved state is there when the postmaster was killed');
run_some();
kill9_and_start();
like($node->safe_psql('postgres', $count), qr/^[02]$/, 'or none');

# ---- not kept ----

$node->append_conf('postgresql.conf', 'perfadvisor.save = off');
run_some();
$node->restart;
is($node->safe_psql('postgres', $count), '0', 'perfadvisor.save = off keeps nothing');
ok(!-e $file, 'and leaves no file');

$node->stop;
is(complaints(), 0, 'no complaints without cause');
done_testing();
