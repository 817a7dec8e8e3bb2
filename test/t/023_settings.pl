# The settings of recording change at run time, wherever their kind allows it
# to be set.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('settings');
$node->init;
$node->append_conf(
	'postgresql.conf', q{
shared_preload_libraries = 'perfadvisor'
autovacuum = off
});
$node->start;
$node->safe_psql(
	'postgres', q{
CREATE EXTENSION perfadvisor;
CREATE ROLE app LOGIN;
CREATE ROLE trusted LOGIN;
CREATE DATABASE other;
CREATE FUNCTION nested() RETURNS bigint LANGUAGE plpgsql AS
	'BEGIN RETURN (SELECT count(*) FROM pg_class WHERE oid = 1); END';
});
$node->safe_psql('other', 'CREATE EXTENSION perfadvisor');

# Runs it as this role in this database; the outcome comes on one line.
sub run_as
{
	my ($role, $database, $sql) = @_;
	my ($out, $err) = ('', '');

	$node->psql(
		$database, $sql,
		stdout => \$out,
		stderr => \$err,
		extra_params => [ '-U', $role ]);
	$err = $1 if $err =~ /((?:ERROR|FATAL):  .*)/;
	return join(' ', grep { $_ ne '' } $out, $err);
}

my $superuser = $node->safe_psql('postgres', 'SELECT current_user');

# How often, and by whom, this was recorded since the last look.
sub seen
{
	my ($pattern) = @_;
	my $sql = qq{
SELECT coalesce(sum(calls), 0), coalesce(sum(watched_calls), 0),
	coalesce(bool_or(NOT toplevel), false)
FROM perfadvisor_queries WHERE query ~ '$pattern' AND query !~ 'perfadvisor_'};
	my $result = $node->safe_psql('postgres', $sql);

	$node->safe_psql('postgres', 'SELECT perfadvisor_reset()');
	return $result;
}

# Changes it for all, and waits until new sessions see it.
sub alter_system
{
	my ($name, $value) = @_;

	$node->safe_psql('postgres',
		defined($value)
		? "ALTER SYSTEM SET perfadvisor.$name = $value"
		: "ALTER SYSTEM RESET perfadvisor.$name");
	$node->reload;
	$node->poll_query_until(
		'postgres',
		defined($value)
		? "SELECT setting = '$value' FROM pg_settings WHERE name = 'perfadvisor.$name'"
		: "SELECT setting = boot_val FROM pg_settings WHERE name = 'perfadvisor.$name'"
	) or die "perfadvisor.$name did not change";
	return;
}

my $probe = 'SELECT 1 AS probe';
my $probe_nested = 'SELECT nested() AS probe';
seen('.');

# ---- enabled ----

alter_system('enabled', 'off');
run_as($superuser, 'postgres', $probe);
is(seen('probe'), '0|0|f', 'ALTER SYSTEM switches off');
run_as($superuser, 'postgres', "SET perfadvisor.enabled = on; $probe");
is(seen('probe'), '1|1|f', 'a session switches on');
$node->safe_psql('postgres', 'ALTER ROLE app SET perfadvisor.enabled = on');
run_as($_, 'postgres', $probe) foreach qw(app trusted);
is(seen('probe'), '1|1|f', 'a role switches on');
$node->safe_psql('postgres', 'ALTER DATABASE other SET perfadvisor.enabled = on');
run_as('trusted', $_, $probe) foreach qw(postgres other);
is(seen('probe'), '1|1|f', 'a database switches on');
$node->safe_psql('postgres',
	'ALTER ROLE app IN DATABASE other SET perfadvisor.enabled = off');
run_as('app', $_, $probe) foreach qw(postgres other);
is(seen('probe'), '1|1|f', 'a role in a database switches off');
$node->safe_psql(
	'postgres', q{
ALTER ROLE app RESET ALL; ALTER DATABASE other RESET ALL; ALTER ROLE app IN DATABASE other RESET ALL});

# a session that is under way
my $session = $node->background_psql('postgres');
$session->query('SELECT 1 AS probe');
is(seen('probe'), '0|0|f', 'off');
alter_system('enabled', undef);
$session->query('SELECT pg_sleep(0.01)')
  until $session->query('SHOW perfadvisor.enabled') =~ /^on$/;
$session->query('SELECT 1 AS probe');
is(seen('probe'), '1|1|f', 'a reload reaches sessions that are under way');

# ---- track ----

run_as($superuser, 'postgres', $probe_nested);
is(seen('FROM pg_class WHERE oid ='), '1|1|t', 'nested statements are recorded');
alter_system('track', 'top');
run_as($superuser, 'postgres', $probe_nested);
is(seen('FROM pg_class WHERE oid ='), '0|0|f', 'ALTER SYSTEM leaves them out');
$node->safe_psql('postgres', 'ALTER ROLE app SET perfadvisor.track = \'all\'');
run_as('app', 'postgres', $probe_nested);
is(seen('FROM pg_class WHERE oid ='), '1|1|t', 'a role takes them in');
$session->query("SET perfadvisor.track = 'all'");
$session->query($probe_nested);
is(seen('FROM pg_class WHERE oid ='), '1|1|t', 'a session as well');
$node->safe_psql('postgres', 'ALTER ROLE app RESET ALL');
alter_system('track', undef);

# ---- sample_rate ----

alter_system('sample_rate', '0');
run_as($superuser, 'postgres', $probe);
is(seen('probe'), '1|0|f', 'no execution is watched closely, but counted');
$node->safe_psql('postgres', 'ALTER DATABASE other SET perfadvisor.sample_rate = 1');
run_as('app', 'other', $probe) foreach 1 .. 5;
is(seen('probe'), '5|5|f', 'in another database, all are');
$node->safe_psql('postgres', 'ALTER DATABASE other RESET ALL');
alter_system('sample_rate', undef);

# ---- slow_query_ms ----

my $slow = q{SELECT count(*), sum(slow_calls) FROM perfadvisor_slow_queries WHERE query ~ 'slow_probe'};
my $sleep = 'SELECT pg_sleep(0.02) AS slow_probe';
alter_system('slow_query_ms', '3600000');
run_as($superuser, 'postgres', $sleep);
is($node->safe_psql('postgres', $slow), '0|', 'not slow');
alter_system('slow_query_ms', '10');
run_as($superuser, 'postgres', $sleep);
is($node->safe_psql('postgres', $slow), '1|1', 'ALTER SYSTEM makes it slow');
run_as($superuser, 'postgres', "SET perfadvisor.slow_query_ms = '1min'; $sleep");
is($node->safe_psql('postgres', $slow), '1|1', 'a session has its own limit');
$node->safe_psql('postgres', "ALTER ROLE app SET perfadvisor.slow_query_ms = '2min'");
is(run_as('app', 'postgres', 'SHOW perfadvisor.slow_query_ms'), '2min', 'and a role');
$node->safe_psql('postgres', 'ALTER ROLE app RESET ALL');
alter_system('slow_query_ms', undef);

# ---- who may ----

foreach my $name (qw(enabled track sample_rate slow_query_ms example_values))
{
	is(run_as('app', 'postgres', "SET perfadvisor.$name = DEFAULT"),
		qq{ERROR:  permission denied to set parameter "perfadvisor.$name"},
		"$name is for superusers");
}
$node->safe_psql('postgres', 'GRANT SET ON PARAMETER perfadvisor.enabled TO trusted');
is(run_as('trusted', 'postgres', 'SET perfadvisor.enabled = off; SHOW perfadvisor.enabled'),
	'off', 'and whom they grant it');
is(run_as('app', 'postgres', 'SET perfadvisor.max_index_width = 2; SHOW perfadvisor.max_index_width'),
	'2', 'what shapes advice is for all');
is(run_as($superuser, 'postgres', 'SET perfadvisor.max_queries = 1000'),
	'ERROR:  parameter "perfadvisor.max_queries" cannot be changed without restarting the server',
	'max_queries needs a restart');
is(run_as($superuser, 'postgres', 'SET perfadvisor.save = off'),
	'ERROR:  parameter "perfadvisor.save" cannot be changed now',
	'save is for the configuration file');

# ---- wrong values ----

my %wrong = (
	"enabled = 'sometimes'" => 'parameter "perfadvisor.enabled" requires a Boolean value',
	"track = 'some'" => 'invalid value for parameter "perfadvisor.track": "some"',
	'sample_rate = -0.5' => 'invalid value for parameter "perfadvisor.sample_rate": -0.5',
	'sample_rate = 1.5' =>
	  '1.5 is outside the valid range for parameter "perfadvisor.sample_rate"',
	"slow_query_ms = 'long'" => 'invalid value for parameter "perfadvisor.slow_query_ms": "long"',
	'slow_query_ms = -1' =>
	  '-1 ms is outside the valid range for parameter "perfadvisor.slow_query_ms"');

foreach my $setting (sort keys %wrong)
{
	foreach my $how ('SET', 'ALTER SYSTEM SET', 'ALTER ROLE app SET', 'ALTER DATABASE other SET')
	{
		my $command = "$how perfadvisor.$setting";

		like(run_as($superuser, 'postgres', $command), qr/^ERROR:  \Q$wrong{$setting}\E/, $command);
	}
}

# in the file, it is ignored, with a line in the log
my $log_end = -s $node->logfile;
$node->append_conf('postgresql.conf', "perfadvisor.track = 'some'");
$node->reload;
$node->poll_query_until('postgres',
	q{SELECT count(*) = 1 FROM pg_file_settings WHERE error IS NOT NULL});
ok( $node->wait_for_log(
		qr/LOG: .* invalid value for parameter "perfadvisor.track": "some"/, $log_end),
	'a wrong value in the file is told');
is(run_as($superuser, 'postgres', 'SHOW perfadvisor.track'), 'all', 'and ignored');

$session->quit;
$node->stop;
done_testing();
