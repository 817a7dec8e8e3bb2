# The extension itself comes, goes and is updated while statements are being
# recorded; databases that look alike are kept apart.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('extension');
$node->init;
$node->append_conf('postgresql.conf',
	"shared_preload_libraries = 'perfadvisor'\nautovacuum = off\nmax_prepared_transactions = 2\n");
$node->start;

# error_of(DATABASE, SQL): what it says of errors
sub error_of
{
	my ($stdout, $stderr);

	$node->psql(@_, stdout => \$stdout, stderr => \$stderr);
	return $stderr;
}

my $table = q{
CREATE TABLE t AS SELECT g AS id, g % 5000 AS a FROM generate_series(1, 50000) g;
ANALYZE t;
};
my $count = q{SELECT coalesce(sum(calls), 0) FROM perfadvisor_queries
	WHERE datname = current_database() AND query LIKE 'SELECT count(*) FROM t WHERE%'};
my $advice = q{SELECT ddl FROM perfadvisor_recommendations()
	WHERE relation = 't'::regclass AND kind = 'create_index'};

# ---- databases that look alike ----

$node->safe_psql('postgres', 'CREATE DATABASE one');
$node->safe_psql('one', "CREATE EXTENSION perfadvisor; $table");
$node->safe_psql('one', join(';', map { "SELECT count(*) FROM t WHERE a = $_" } 1 .. 20));
$node->safe_psql('postgres', 'CREATE DATABASE two TEMPLATE one');
is($node->safe_psql('two', $count), '0', 'nothing was recorded in a copy of a database');
is($node->safe_psql('two', $advice), '', 'no advice for it');
$node->safe_psql('two', join(';', map { "SELECT count(*) FROM t WHERE id = $_" } 1 .. 30));
is($node->safe_psql('one', $count), '20', 'the same table elsewhere does not count');
is($node->safe_psql('two', $count), '30', 'but in its own database');
is($node->safe_psql('one', $advice),
	'CREATE INDEX CONCURRENTLY t_a_idx ON public.t USING btree (a)', 'advice for one');
is($node->safe_psql('two', $advice),
	'CREATE INDEX CONCURRENTLY t_id_idx ON public.t USING btree (id)', 'advice for two');
$node->safe_psql('postgres', 'DROP DATABASE two');
is($node->safe_psql('one', q{SELECT datname ~ '^unknown' FROM perfadvisor_queries
	WHERE query LIKE 'SELECT count(*) FROM t WHERE id%'}),
	't', 'a dropped database has no name any more');
$node->safe_psql('postgres', 'CREATE DATABASE two');
$node->safe_psql('two', "CREATE EXTENSION perfadvisor; $table");
is($node->safe_psql('two', $count), '0', 'its successor of the same name starts anew');

# New databases are copies of template1, with the extension in it as well.
$node->safe_psql('template1', 'CREATE EXTENSION perfadvisor');
$node->safe_psql('postgres', 'CREATE DATABASE three');
$node->safe_psql('three', $table);
$node->safe_psql('three', join(';', map { "SELECT count(*) FROM t WHERE a = $_" } 1 .. 10));
is($node->safe_psql('three', $count), '10', 'the extension came with the template');
$node->safe_psql('template1', 'DROP EXTENSION perfadvisor');

# ---- gone and back while it records ----

my $session = $node->background_psql('one', on_error_stop => 0);
$session->query('SELECT count(*) FROM t WHERE a = 21');
$node->safe_psql('one', 'DROP EXTENSION perfadvisor');
like($session->query('SELECT count(*) FROM t WHERE a = 22'), qr/^10$/, 'statements go on without it');
like(error_of('one', 'SELECT * FROM perfadvisor_info()'),
	 qr/function perfadvisor_info\(\) does not exist/, 'its functions are gone');
$node->safe_psql('one', 'CREATE EXTENSION perfadvisor');
like($session->query('SELECT count(*) FROM t WHERE a = 23'), qr/^10$/, 'and with it again');
$session->quit;
is($node->safe_psql('one', $count), '23', 'nothing that ran meanwhile is lost');
is($node->safe_psql('one', $advice),
	'CREATE INDEX CONCURRENTLY t_a_idx ON public.t USING btree (a)', 'and advice follows');

# Rolled back, it was never there.
$node->safe_psql('one', 'BEGIN; DROP EXTENSION perfadvisor; ROLLBACK');
is($node->safe_psql('one', 'SELECT entries_used > 0 FROM perfadvisor_info()'), 't',
	'a dropping that was rolled back');

# ---- where others may create objects ----

# What fits a call better than core's own would run with the superuser's rights.
$node->safe_psql('postgres', 'CREATE ROLE mallory; CREATE DATABASE four');
$node->safe_psql('four', q{CREATE SCHEMA everybody; GRANT ALL ON SCHEMA everybody TO mallory;
	SET ROLE mallory;
	CREATE TABLE everybody.trap ();
	CREATE FUNCTION everybody.pg_extension_config_dump(text, text) RETURNS void LANGUAGE sql AS
		'DROP TABLE everybody.trap';
	RESET ROLE;
	CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal),
		TO SQL WITH FUNCTION int4recv(internal))});
is(error_of('four', 'CREATE EXTENSION perfadvisor SCHEMA everybody'), '',
	 'it can be created among objects of others');
is($node->safe_psql('four', q{SELECT to_regclass('everybody.trap') IS NOT NULL}), 't',
	'and calls none of them');

# ---- updates ----

my ($sharedir) = run_command([ 'pg_config', '--sharedir' ]);
my ($version) = slurp_file("$sharedir/extension/perfadvisor.control") =~
  /default_version\s*=\s*'([^']+)'/;
is($node->safe_psql('one', q{SELECT extversion FROM pg_extension WHERE extname = 'perfadvisor'}),
	$version, 'the version is that of the control file');

my $update = "$sharedir/extension/perfadvisor--$version--$version.test.sql";
SKIP:
{
	skip 'the server\'s files cannot be written', 4 if !-w "$sharedir/extension";
	append_to_file($update,
		"CREATE FUNCTION perfadvisor_update_test() RETURNS int LANGUAGE sql RETURN 7;\n");
	is(error_of('one', "ALTER EXTENSION perfadvisor UPDATE TO '$version.test'"), '',
		 'an update script runs');
	is($node->safe_psql('one', 'SELECT perfadvisor_update_test()'), '7', 'and did its work');
	is($node->safe_psql('one', $count), '23', 'with all that was recorded');
	is($node->safe_psql('one', $advice),
		'CREATE INDEX CONCURRENTLY t_a_idx ON public.t USING btree (a)', 'and its advice');
	unlink $update;
}
like(error_of('two', q{ALTER EXTENSION perfadvisor UPDATE TO '0.1'}),
	 qr/has no update path/, 'there is no way back to what never was');

# ---- made in a session with settings of its own ----

# What the extension's functions and views say, whatever made them.
my $bodies = q{
SELECT md5(string_agg(x.body, ' ' ORDER BY x.body))
FROM pg_depend d, LATERAL (
	SELECT coalesce(pg_get_function_sqlbody(d.objid), '') AS body
	WHERE d.classid = 'pg_proc'::regclass
	UNION ALL
	SELECT pg_get_viewdef(c.oid) FROM pg_class c
	WHERE d.classid = 'pg_class'::regclass AND c.oid = d.objid AND c.relkind = 'v') x
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
	AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'perfadvisor')};

SKIP:
{
	skip 'backslashes are always themselves here', 1
	  if $node->safe_psql('postgres', 'SHOW server_version_num') >= 190000;
	$node->safe_psql('postgres', 'CREATE DATABASE odd TEMPLATE template0');
	$node->safe_psql('odd', q{
		SET standard_conforming_strings = off;
		SET escape_string_warning = off;
		SET bytea_output = escape;
		SET DateStyle = 'SQL, DMY';
		SET IntervalStyle = sql_standard;
		CREATE EXTENSION perfadvisor;});
	is($node->safe_psql('odd', $bodies), $node->safe_psql('two', $bodies),
		'it is the same whatever the session that creates it has set');
}

$node->stop;
done_testing();
