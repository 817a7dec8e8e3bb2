# Databases are copied, moved and dropped while statements are being recorded:
# nothing is lost, no database has what was recorded in another one, and no
# lock stays behind.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use IPC::Run;
use Test::More;

my $clients = 2;
my $transactions = 1000;

my $node = PostgreSQL::Test::Cluster->new('databases');
$node->init;
$node->append_conf('postgresql.conf', q{
shared_preload_libraries = 'perfadvisor'
perfadvisor.sample_rate = 1
autovacuum = off
allow_in_place_tablespaces = on
});
$node->start;

my $counted = q{FROM perfadvisor_queries WHERE datname = current_database()
	AND query LIKE 'SELECT count(*) FROM t WHERE%'};
my $count = "SELECT coalesce(sum(calls), 0) $counted";
my $advice = q{SELECT ddl FROM perfadvisor_recommendations()
	WHERE relation = 't'::regclass AND kind = 'create_index' AND status = 'open'};
my $on_a = 'CREATE INDEX CONCURRENTLY t_a_idx ON public.t USING btree (a)';
my $on_b = 'CREATE INDEX CONCURRENTLY t_b_idx ON public.t USING btree (b)';

# executions(DATABASE, COLUMN, HOW MANY)
sub executions
{
	my ($database, $column, $many) = @_;

	$node->safe_psql($database,
		join(';', map { "SELECT count(*) FROM t WHERE $column = $_" } 1 .. $many));
}

# A session that has ended may be in its database for a moment still.
sub alone
{
	my ($database) = @_;

	$node->poll_query_until('postgres',
		"SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = '$database'")
	  or die "sessions stay in $database";
}

# load(DATABASE, TRANSACTIONS): starts pgbench there, and waits until it runs
sub load
{
	my ($database, $each) = @_;
	my %load = (out => '', err => '');
	my $script = $node->basedir . '/load.sql';

	append_to_file($script,
		"\\set v random(1, 5000)\nSELECT count(*) FROM t WHERE a = :v;\n\\sleep 4 ms\n")
	  if !-e $script;
	$load{run} = IPC::Run::start(
		[
			'pgbench', '-n', '-M', 'simple', '-c', $clients, '-t', $each,
			'-h', $node->host, '-p', $node->port, '-f', $script, $database
		],
		'<', \undef, '>', \$load{out}, '2>', \$load{err});
	$node->poll_query_until('postgres',
		"SELECT coalesce(sum(calls), 0) > 0 FROM perfadvisor_queries
		WHERE datname = '$database' AND query LIKE 'SELECT count(*) FROM t WHERE a =%'")
	  or die "no load in $database";
	return \%load;
}

$node->safe_psql('postgres', 'CREATE EXTENSION perfadvisor');
foreach my $database ('origin', 'busy')
{
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, q{CREATE EXTENSION perfadvisor;
		CREATE TABLE t AS SELECT g AS id, g % 5000 AS a, g % 5000 AS b FROM generate_series(1, 20000) g;
		ANALYZE t});
}
executions('origin', 'a', 20);
executions('origin', 'id', 20);
$node->safe_psql('origin', q{SELECT perfadvisor_dismiss(id, 'not this one')
	FROM perfadvisor_recommendations() WHERE ddl LIKE '%(id)'});
$node->safe_psql('origin', q{SELECT perfadvisor_snapshot('of origin')});

# ---- copies, beside a load ----

my $load = load('busy', $transactions);

foreach my $strategy ('wal_log', 'file_copy')
{
	my $copy = "copy_$strategy";

	alone('origin');
	$node->safe_psql('postgres',
		"CREATE DATABASE $copy TEMPLATE origin STRATEGY $strategy");
	is($node->safe_psql($copy, $count), '0', "$copy: nothing was recorded there");
	is($node->safe_psql($copy, $advice), '', "$copy: no advice");
	executions($copy, 'b', 30);
	is($node->safe_psql($copy, $count), '30', "$copy: its own statements count");
	is($node->safe_psql($copy, $advice), $on_b, "$copy: and lead to advice");
	is($node->safe_psql($copy,
			q{SELECT ddl FROM perfadvisor_recommendations() WHERE status = 'dismissed'}),
		'CREATE INDEX CONCURRENTLY t_id_idx ON public.t USING btree (id)',
		"$copy: what was dismissed is in the tables that were copied");
	is($node->safe_psql($copy,
			q{SELECT change, calls_before, calls_after FROM perfadvisor_compare(1)
			WHERE query LIKE 'SELECT count(*) FROM t WHERE%' ORDER BY query}),
		"gone|20|0\nnew|0|30\ngone|20|0",
		"$copy: and so is the snapshot, beside what ran here");
}
is($node->safe_psql('origin', $count), '40', 'origin has what it had');
is($node->safe_psql('origin', $advice), $on_a, 'and its advice');

# ---- moved ----

$node->safe_psql('postgres', q{CREATE TABLESPACE elsewhere LOCATION ''});
alone('copy_wal_log');
$node->safe_psql('postgres', 'ALTER DATABASE copy_wal_log SET TABLESPACE elsewhere');
is($node->safe_psql('copy_wal_log', $count), '30', 'a database that was moved keeps its statements');
is($node->safe_psql('copy_wal_log', $advice), $on_b, 'and its advice');
executions('copy_wal_log', 'b', 3);
is($node->safe_psql('copy_wal_log', $count), '33', 'and goes on counting');
is($node->safe_psql('copy_wal_log', 'SELECT bool_and(rows_read > 0 AND relation_bytes > 0)
		FROM perfadvisor_seq_scans WHERE relation = $$t$$::regclass'),
	't', 'its tables have a size');
alone('copy_wal_log');
$node->safe_psql('postgres', 'ALTER DATABASE copy_wal_log RENAME TO moved');
is($node->safe_psql('moved', $count), '33', 'a new name changes nothing');

# ---- dropped, with statements under way ----

my $doomed = load('copy_file_copy', 1000000);
my $oid = $node->safe_psql('postgres',
	q{SELECT oid FROM pg_database WHERE datname = 'copy_file_copy'});
my $asking = $node->background_psql('copy_file_copy', on_error_stop => 0);

$asking->query('BEGIN');
like($asking->query('SELECT count(*) FROM perfadvisor_recommendations()'), qr/^\d+$/,
	'a session asks for advice there, and stays in its transaction');
# It waits for the ended sessions for five seconds, and then gives up.
foreach my $try (1 .. 20)
{
	last if $node->psql('postgres', 'DROP DATABASE IF EXISTS copy_file_copy WITH (FORCE)') == 0;
}
is($node->safe_psql('postgres', "SELECT count(*) FROM pg_database WHERE oid = $oid"), '0',
	'it can be dropped with force');
$doomed->{run}->finish;
like($doomed->{err}, qr/terminating connection due to administrator command|server closed the connection/,
	'its sessions were ended');
$asking->{run}->kill_kill;
is($node->safe_psql('postgres',
		"SELECT count(*) FROM pg_locks WHERE database = $oid"),
	'0', 'no lock is left');
is($node->safe_psql('postgres', q{SELECT count(*) > 0 FROM perfadvisor_queries
		WHERE datname ~ '^unknown' AND query LIKE 'SELECT count(*) FROM t WHERE a =%'}),
	't', 'its statements are those of an unknown database');
is($node->safe_psql('postgres', "SELECT perfadvisor_reset(dbid => $oid) > 0"), 't',
	'and can be forgotten');

# ---- all is there ----

$load->{run}->finish;
is($load->{err} =~ /ERROR|FATAL/, '', 'the load ran well') or diag($load->{err});
is($node->safe_psql('busy', $count), $clients * $transactions,
	'each execution of the load was recorded');
is($node->safe_psql('busy', $advice), $on_a, 'and led to advice');
is($node->safe_psql('origin', $count), '40', 'as before in origin');
$node->restart;
is($node->safe_psql('busy', $count), $clients * $transactions, 'over a restart as well');
is($node->safe_psql('moved', $count), '33', 'in the database that was moved, too');

$node->stop;
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|was terminated by signal/, 'no crash');
done_testing();
