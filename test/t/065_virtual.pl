# Virtual generated columns (since PostgreSQL 18), which the planner replaces by
# their expressions: an index can be on those.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('virtual');
$node->init;
$node->append_conf('postgresql.conf',
	"shared_preload_libraries = 'perfadvisor'\nautovacuum = off\n");
$node->start;
if ($node->safe_psql('postgres', 'SHOW server_version_num') < 180000)
{
	my $stderr;

	$node->psql('postgres',
		'CREATE TABLE v (a int, twice int GENERATED ALWAYS AS (a * 2) VIRTUAL)',
		stderr => \$stderr);
	like($stderr, qr/syntax error/, 'there are none before PostgreSQL 18');
	$node->stop;
	done_testing();
	exit 0;
}

$node->safe_psql('postgres', q{
	CREATE EXTENSION perfadvisor;
	CREATE TABLE v (id int, a int, b text,
		twice int GENERATED ALWAYS AS (a * 2) VIRTUAL,
		capitals text GENERATED ALWAYS AS (upper(b)) VIRTUAL);
	INSERT INTO v (id, a, b) SELECT g, g % 5000, 'n' || g FROM generate_series(1, 30000) g;
	ANALYZE v;});
$node->safe_psql('postgres', "SELECT count(*) FROM v WHERE twice = $_") foreach 1 .. 3;
$node->safe_psql('postgres', "SELECT count(*) FROM v WHERE id = $_") foreach 1 .. 3;
$node->safe_psql('postgres', q{
	SELECT count(*) FROM (SELECT * FROM v WHERE capitals = 'N77') x;
	UPDATE v SET b = 'n' WHERE capitals = 'N78';});

is($node->safe_psql('postgres', q{SELECT indexes_used FROM perfadvisor_whatif(
		'SELECT id FROM v WHERE twice = 10 AND id > 5', ARRAY['CREATE INDEX ON v ((a * 2), id)'])}),
	'{"CREATE INDEX ON v ((a * 2), id)"}', 'what-if plans with an index on the expression');

my $keys = q{SELECT string_agg(detail #>> '{keys,0,column}', ', ' ORDER BY ddl COLLATE "C")
	FROM perfadvisor_recommendations() WHERE kind = 'create_index' AND status = };
is($node->safe_psql('postgres', "$keys 'open'"), '((a * 2)), id, upper(b)',
	'statements on a table with such columns are advised on');
my $ddl = $node->safe_psql('postgres',
	q{SELECT ddl FROM perfadvisor_recommendations() WHERE kind = 'create_index'});
$node->safe_psql('postgres', $_) foreach split /\n/, $ddl;
is($node->safe_psql('postgres', "$keys 'applied'"), '((a * 2)), id, upper(b)',
	'the advice can be carried out');
like($node->safe_psql('postgres', 'EXPLAIN SELECT * FROM v WHERE twice = 10'),
	qr/v_expr_idx/, 'and is of use');

foreach my $index ('v (twice)', 'v ((twice + 1))', 'v (a) INCLUDE (twice)', 'v (a) WHERE twice > 5')
{
	my $stderr;

	foreach my $sql ("CREATE INDEX ON $index",
		"SELECT * FROM perfadvisor_whatif('SELECT * FROM v', ARRAY['CREATE INDEX ON $index'])")
	{
		$node->psql('postgres', $sql, stderr => \$stderr);
		like($stderr, qr/indexes on virtual generated columns are not supported/, $sql);
	}
}
$node->stop;
done_testing();
