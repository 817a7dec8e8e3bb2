# Preloaded together with others that use the same hooks, in either order, all
# of them work, and count the same.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my ($pkglibdir, $stderr);
IPC::Run::run([ 'pg_config', '--pkglibdir' ], '>', \$pkglibdir, '2>', \$stderr);
chomp $pkglibdir;
my @others = grep { -e "$pkglibdir/$_.so" }
  qw(pg_stat_statements auto_explain pg_qualstats hypopg pg_stat_kcache pg_wait_sampling);
plan skip_all => 'no other library is installed' if !@others;
note "company: @others";

# pg_stat_kcache has to come after pg_stat_statements
foreach my $list ([ 'perfadvisor', @others ], [ @others, 'perfadvisor' ])
{
	my $first = $list->[0];
	my $node = PostgreSQL::Test::Cluster->new("company_$first");
	my @extensions = grep { $_ ne 'auto_explain' } @$list;

	$node->init;
	$node->append_conf('postgresql.conf', 'shared_preload_libraries = \''
		  . join(',', @$list) . "'\nautovacuum = off\n");
	$node->append_conf('postgresql.conf', "auto_explain.log_min_duration = 0\n")
	  if grep { $_ eq 'auto_explain' } @$list;
	$node->start;
	$node->safe_psql('postgres', join(';', map { "CREATE EXTENSION $_ CASCADE" } @extensions));
	$node->safe_psql('postgres', q{
CREATE TABLE t AS SELECT g AS id, g % 5000 AS a FROM generate_series(1, 50000) g;
ANALYZE t;
SELECT perfadvisor_reset();});
	$node->safe_psql('postgres', 'SELECT pg_stat_statements_reset()')
	  if grep { $_ eq 'pg_stat_statements' } @others;
	$node->safe_psql('postgres', join(';', map { "SELECT count(*) FROM t WHERE a = $_" } 1 .. 25));

	is($node->safe_psql('postgres',
			q{SELECT calls FROM perfadvisor_queries WHERE query LIKE 'SELECT count(*) FROM t WHERE%'}),
		'25', "$first first: all calls counted");
	is($node->safe_psql('postgres',
			q{SELECT calls FROM perfadvisor_queries q JOIN pg_stat_statements s USING (queryid, calls, toplevel)
			  WHERE q.query LIKE 'SELECT count(*) FROM t WHERE%'}),
		'25', "$first first: as pg_stat_statements counts them")
	  if grep { $_ eq 'pg_stat_statements' } @others;
	is($node->safe_psql('postgres',
			q{SELECT ddl FROM perfadvisor_recommendations() WHERE relation = 't'::regclass}),
		'CREATE INDEX CONCURRENTLY t_a_idx ON public.t USING btree (a)',
		"$first first: advice");
	is($node->safe_psql('postgres',
			q{SELECT calls FROM perfadvisor_queries WHERE query LIKE 'SELECT count(*) FROM t WHERE%'}),
		'25', "$first first: asking does not count");
	# auto_explain would explain the plan once more, when hypopg is through
	like($node->safe_psql('postgres', q{
SET auto_explain.log_min_duration = -1;
SELECT count(*) FROM hypopg_create_index('CREATE INDEX ON t (id)');
EXPLAIN SELECT * FROM t WHERE id = 5;}),
		qr/Index.* using .*btree_t_id|on .*btree_t_id/, "$first first: hypopg's index is its own")
	  if grep { $_ eq 'hypopg' } @others;
	$node->stop;
}

done_testing();
