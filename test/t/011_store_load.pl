# Many clients and many statements: sums, eviction, reading meanwhile.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('load');
$node->init;
$node->append_conf(
	'postgresql.conf', q{
shared_preload_libraries = 'perfadvisor'
perfadvisor.max_queries = 300
autovacuum = off
fsync = off
max_connections = 110
});
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION perfadvisor');
$node->safe_psql('postgres', q{
CREATE TABLE item AS SELECT g AS a, g AS b, g AS c FROM generate_series(1, 100) g;
CREATE TABLE item2 AS SELECT * FROM item});

sub info
{
	my ($column) = @_;

	return $node->safe_psql('postgres', "SELECT $column FROM perfadvisor_info()");
}

# pgbench in the background; its output goes to a file
sub start_pgbench
{
	my ($name, $script, @options) = @_;
	my $file = $node->basedir . "/$name.sql";

	append_to_file($file, $script);
	return IPC::Run::start(
		[
			'pgbench', '-n', '-h', $node->host, '-p', $node->port, '-f', $file,
			@options, 'postgres'
		],
		'<', \undef, '>', $node->basedir . "/$name.out", '2>&1');
}

# ---- sums ----

$node->safe_psql('postgres', 'SELECT perfadvisor_reset()');
my $writers = start_pgbench('write',
	"\\set v random(1, 100)\nSELECT a FROM item WHERE b = :v;\n"
	  . "SELECT b FROM item2 WHERE lower(a::text) = 'x';\n",
	'-M', 'prepared', '-c', 32, '-j', 2, '-t', 150);
my $readers = start_pgbench('read', q{
SELECT count(*), sum(calls), sum(length(query)) FROM perfadvisor_queries;
SELECT count(*) FROM perfadvisor_slow_queries;
SELECT sum(rows_read) FROM perfadvisor_seq_scans;
SELECT sum(rows_in) FROM perfadvisor_predicates;
SELECT perfadvisor_reset(queryid => 42);
SELECT perfadvisor_save();
}, '-c', 2, '-t', 20);

ok($writers->finish, 'writers come to an end');
ok($readers->finish, 'readers come to an end');
is($node->safe_psql('postgres', q{
	SELECT calls || ' ' || rows || ' ' || seq_rows_read FROM perfadvisor_queries
	WHERE query LIKE 'SELECT a FROM item WHERE%'}),
	'4800 4800 480000', 'calls, rows and rows read of a prepared statement');
is($node->safe_psql('postgres', q{
	SELECT scans || ' ' || rows_read FROM perfadvisor_seq_scans
	WHERE relation = 'item2'::regclass}),
	'4800 480000', 'sequential scans by table');
is($node->safe_psql('postgres', q{
	SELECT uses || ' ' || rows_in || ' ' || rows_out FROM perfadvisor_predicates
	WHERE relation = 'item2'::regclass AND target ~ 'lower'}),
	'4800 480000 0', 'predicates, scaled from the watched executions');

# ---- resetting all meanwhile ----

$writers = start_pgbench('write2', "SELECT a, b FROM item WHERE c = 1;\n",
	'-c', 16, '-j', 2, '-t', 200);
my $resetters = start_pgbench('reset',
	"SELECT perfadvisor_reset();\nSELECT count(*) FROM perfadvisor_predicates;\n",
	'-c', 2, '-t', 50);
ok($writers->finish && $resetters->finish, 'no deadlock with resets');
$node->safe_psql('postgres', 'SELECT perfadvisor_reset()');
is(info('entries_used'), '1', 'a reset leaves nothing but itself');

# ---- eviction ----

# 20 heavy statements, then thousands of light ones of many shapes.  On a machine
# that is busy, the light ones wait for their turn, and take much longer than they
# should: the heavy ones take half a minute each, in many sessions.
$node->safe_psql('postgres', 'SELECT perfadvisor_reset()');
my $heavy = join('',
	map { 'SELECT pg_sleep(0.3)' . ', 1' x $_ . " AS heavy;\n" } 1 .. 20);
ok(start_pgbench('heavy', $heavy, '-c', 100, '-t', 1)->finish, 'heavy statements');
my @columns = qw(a b c);
my $shapes = '';
foreach my $i (0 .. 2999)
{
	my ($n, @list) = ($i);

	foreach (1 .. 8)
	{
		push @list, $columns[ $n % 3 ];
		$n = int($n / 3);
	}
	$shapes .= 'SELECT ' . join(', ', @list) . " FROM item WHERE a = 0;\n";
}
my @evicting = map { start_pgbench("evict$_", $shapes, '-c', 4, '-t', 1) } 1 .. 2;
ok($_->finish, 'eviction under load') foreach @evicting;
is(info('entries_used'), '300', 'the store is full');
cmp_ok(info('evictions'), '>', 2500, 'statements were evicted');
is(info('dropped'), '0', 'no call was lost for want of room');
is($node->safe_psql('postgres', q{
	SELECT count(*) FROM perfadvisor_queries WHERE query LIKE '%AS heavy'}),
	'20', 'the heaviest statements survive');
cmp_ok(info('calls'), '>=', 8 * 3000 + 20, 'calls of evicted statements are not forgotten');

# ---- memory ----

# texts of 40 kB, more than fit
my $long = join('', map {
	'SELECT ' . join(', ', ('a') x $_) . ' /* ' . 'x' x 40000 . " */ FROM item WHERE a = 0;\n"
} 1 .. 250);
ok(start_pgbench('long', $long, '-c', 4, '-t', 1)->finish, 'long texts');
cmp_ok(info('text_bytes_used'), '<=', info('text_bytes_max'), 'texts keep to their area');
is(info('dropped'), '0', 'long texts find room');
is($node->safe_psql('postgres', q{
	SELECT count(*) FROM perfadvisor_queries WHERE query LIKE '%AS heavy'}),
	'20', 'and the heaviest statements survive this, too');
cmp_ok($node->safe_psql('postgres', q{
	SELECT count(*) FROM perfadvisor_queries WHERE length(query) > 40000}),
	'>', 30, 'long texts are kept as a whole');
$node->safe_psql('postgres', 'SELECT perfadvisor_reset()');
cmp_ok(info('text_bytes_used'), '<', 20000, 'memory comes back');

my $log = slurp_file($node->logfile);
unlike($log, qr/PANIC|FATAL|stuck spinlock|terminated by signal/, 'nothing bad in the log');
$node->stop;
done_testing();
