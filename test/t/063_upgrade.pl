# pg_upgrade takes a database with the extension along: what it keeps in tables
# is there, and it works.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my ($bindir) = run_command([ 'pg_config', '--bindir' ]);
plan(skip_all => 'there is no pg_upgrade') if !-x "$bindir/pg_upgrade";

# a cluster that pg_upgrade can go from or to
sub cluster
{
	my ($name) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init(extra => [ '--encoding=UTF8', '--no-locale' ]);
	$node->append_conf(
		'postgresql.conf', q{
shared_preload_libraries = 'perfadvisor'
autovacuum = off
});
	return $node;
}

my $old = cluster('old');
my $new = cluster('new');
my $run = q{SELECT count(*) FROM t WHERE a = };

$old->start;
$old->safe_psql('postgres', q{
	CREATE SCHEMA "Its own";
	CREATE EXTENSION perfadvisor SCHEMA "Its own";
	ALTER DATABASE postgres SET search_path = public, "Its own";
	CREATE TABLE t AS SELECT g AS id, g % 5000 AS a, g % 5000 AS b, repeat('x', 50) AS filler
	FROM generate_series(1, 20000) g;
	VACUUM ANALYZE t});
$old->safe_psql('postgres', join(';', map { "$run $_" } 1 .. 20));
$old->safe_psql('postgres', 'SELECT count(*) FROM t WHERE b = 3');
# an advice that is dismissed, one that is carried out, a snapshot, another
# node's use
$old->safe_psql('postgres', q{SELECT perfadvisor_dismiss(id, 'not now')
	FROM perfadvisor_recommendations() WHERE ddl LIKE '%(b)'});
$old->safe_psql('postgres', $old->safe_psql('postgres',
		q{SELECT ddl FROM perfadvisor_recommendations() WHERE ddl LIKE '%(a)'}));
$old->safe_psql('postgres', join(';', map { "$run $_" } 1 .. 20));
$old->safe_psql('postgres', q{SELECT perfadvisor_snapshot('before');
	SELECT perfadvisor_import_usage('standby', perfadvisor_export_usage())});

my %kept = (
	'what was dismissed' => q{SELECT ddl, status FROM perfadvisor_recommendations()
		WHERE status = 'dismissed'},
	'what was carried out' => q{SELECT relation, index FROM perfadvisor_outcomes},
	'the snapshot' => q{SELECT label FROM perfadvisor_snapshots},
	'the use of another node' => q{SELECT count(*) > 0 FROM perfadvisor_node_usage});
my %before;

$before{$_} = $old->safe_psql('postgres', $kept{$_}) foreach keys %kept;
like($before{'what was carried out'}, qr/^t\|/, 'an advice was carried out');
like($before{'what was dismissed'}, qr/\(b\)\|dismissed/, 'another one was dismissed');
$old->stop;

# it writes where it is
my $here = $new->basedir;
chdir($here) or die "could not change to $here: $!";
command_ok(
	[
		'pg_upgrade', '-d', $old->data_dir, '-D', $new->data_dir,
		'-b', $bindir, '-B', $bindir, '-s', $new->host,
		'-p', $old->port, '-P', $new->port
	],
	'pg_upgrade');
$new->start;
is($new->safe_psql('postgres', q{SELECT extname FROM pg_extension WHERE extname = 'perfadvisor'}),
	'perfadvisor', 'the extension is there');
$new->safe_psql('postgres', 'VACUUM ANALYZE t');
$new->safe_psql('postgres', join(';', map { "$run $_" } 1 .. 20));
$new->safe_psql('postgres', 'SELECT count(*) FROM t WHERE b = 3');
is($new->safe_psql('postgres', $kept{$_}), $before{$_}, "$_ is there")
  foreach sort keys %kept;
is($new->safe_psql('postgres', q{SELECT calls FROM perfadvisor_queries
		WHERE query LIKE 'SELECT count(*) FROM t WHERE a =%'}),
	'20', 'it records');
is($new->safe_psql('postgres', q{SELECT count(*) > 0 FROM perfadvisor_compare(1)}),
	't', 'the snapshot can be compared with');
foreach my $view (
	split(
		/\n/,
		$new->safe_psql('postgres', q{
			SELECT c.oid::regclass FROM pg_depend d JOIN pg_class c ON c.oid = d.objid
			WHERE d.classid = 'pg_class'::regclass AND d.deptype = 'e' AND c.relkind = 'v'
				AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'perfadvisor')
			ORDER BY c.relname})))
{
	my ($rc, $out, $err) = $new->psql('postgres', "SELECT count(x::text) >= 0 FROM $view x");

	is("$rc $out $err", '0 t ', "$view answers");
}
is($new->psql('postgres', 'DROP EXTENSION perfadvisor'), 0, 'and it can go');

$new->stop;
done_testing();
