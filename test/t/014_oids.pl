# OIDs come again when their counter wraps around: what was recorded of tables
# and types that are gone must not be taken for others'.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('oids');
$node->init;
$node->append_conf(
	'postgresql.conf', q{
shared_preload_libraries = 'perfadvisor'
autovacuum = off
perfadvisor.sample_rate = 1
perfadvisor.slow_query_ms = 0
});
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION perfadvisor');

# Of the table before, with values of a type that goes as well.
$node->safe_psql('postgres', q{
	CREATE TYPE mood AS ENUM ('good', 'bad');
	CREATE TABLE before AS SELECT g AS id, g % 1000 AS a, 'x' || g AS b,
		CASE WHEN g % 100 = 0 THEN 'bad' ELSE 'good' END::mood AS m
	FROM generate_series(1, 20000) g;
	CREATE INDEX before_id ON before (id);
	ANALYZE before});
my $oids = $node->safe_psql('postgres', q{
	SELECT 'before'::regclass::oid, 'before_id'::regclass::oid, 'mood'::regtype::oid});
my ($table, $index, $type) = split(/\|/, $oids);
$node->safe_psql('postgres', q{
	PREPARE p(mood) AS SELECT count(*) FROM before WHERE m = $1 AND a > 5;
	EXECUTE p('bad');
	EXECUTE p('good');
	SELECT count(*) FROM before WHERE b = 'x7';
	SELECT count(*) FROM before WHERE lower(b) = 'x7' AND a < 3});
# advice that was carried out, and what is kept of it
$node->safe_psql('postgres', q{SELECT count(*) FROM perfadvisor_recommendations()});
$node->safe_psql('postgres', $node->safe_psql('postgres', q{
	SELECT ddl FROM perfadvisor_recommendations() WHERE kind = 'create_index'
	ORDER BY ddl LIMIT 1}));
$node->safe_psql('postgres', q{SELECT count(*) FROM perfadvisor_outcomes;
	SELECT perfadvisor_snapshot('before')});
$node->safe_psql('postgres', 'DROP TABLE before; DROP TYPE mood');

# gets_oid OID, CREATE, DROP, NAME: does what is created get that OID?  Others
# that come with it may have taken it first, so that some places are tried.
sub gets_oid
{
	my ($oid, $create, $drop, $name) = @_;

	foreach my $back (1, 0, 2, 3)
	{
		# an OID is taken as long as a dead row of a catalog has it
		$node->safe_psql('postgres', 'VACUUM');
		$node->stop;
		system_or_bail('pg_resetwal', '-o', $oid - $back, '-D', $node->data_dir);
		$node->start;
		$node->safe_psql('postgres', $create);
		my $got = $node->safe_psql('postgres', "SELECT ${name}::oid");
		return 1 if $got eq $oid;
		note("$got instead of $oid, with the counter at " . ($oid - $back));
		$node->safe_psql('postgres', $drop);
	}
	return 0;
}

my $all = gets_oid($type, q{CREATE TYPE weather AS ENUM ('sun', 'rain')},
	'DROP TYPE weather', q{'weather'::regtype})
  && gets_oid($table, 'CREATE TABLE since (only_column weather)',
	'DROP TABLE since', q{'since'::regclass})
  && gets_oid($index, 'CREATE INDEX since_index ON since (only_column)',
	'DROP INDEX since_index', q{'since_index'::regclass});
if (!$all)
{
	$node->stop;
	plan(skip_all => 'others have taken the OIDs');
}
pass('another type, another table and another index have the OIDs');
$node->safe_psql('postgres', q{
	INSERT INTO since SELECT 'sun' FROM generate_series(1, 20000);
	ANALYZE since});

foreach my $asked (
	'perfadvisor_queries', 'perfadvisor_slow_queries',
	'perfadvisor_seq_scans', 'perfadvisor_predicates',
	'perfadvisor_unused_indexes', 'perfadvisor_redundant_indexes',
	'perfadvisor_outcomes', 'perfadvisor_recommendations()',
	'perfadvisor_why_not()', 'perfadvisor_compare(1)',
	"perfadvisor_evaluate(ARRAY['CREATE INDEX ON since (only_column)'])")
{
	my ($rc, $out, $err) = $node->psql('postgres', "SELECT count(x::text) >= 0 FROM $asked x");

	is("$rc $out $err", '0 t ', "$asked answers");
}
is($node->safe_psql('postgres', q{
	SELECT count(*) FROM perfadvisor_recommendations() WHERE kind = 'create_index'}),
	'0', 'no advice for it from what read the other one');
is($node->safe_psql('postgres', q{
	SELECT string_agg(DISTINCT reason, ' ') FROM perfadvisor_why_not()
	WHERE predicate LIKE '%FROM before WHERE%'}),
	'The statement cannot be planned: relation "before" does not exist.',
	'the statements are said to be of a table that is gone');
is($node->safe_psql('postgres', q{
	SELECT count(*) FROM perfadvisor_predicates
	WHERE relation = 'since'::regclass AND target IN ('a', 'b', 'm', 'lower(b)')}),
	'0', 'no column of the other one is told as its own');

$node->stop;
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|was terminated by signal/,
	'no crash');
done_testing();
