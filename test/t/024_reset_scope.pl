# A reset forgets one statement, one user, one database, or all, and nothing
# else, whatever database it is called in.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('reset');
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
CREATE DATABASE other;
CREATE ROLE one LOGIN;
CREATE ROLE two LOGIN;
});

my @users = qw(one two);
my @databases = qw(postgres other);
my @statements = ('SELECT 1 AS probe', 'SELECT 1, 2 AS probe');

sub run_all
{
	$node->safe_psql('postgres', 'SELECT perfadvisor_reset()');
	foreach my $user (@users)
	{
		foreach my $database (@databases)
		{
			$node->safe_psql($database, join(';', @statements),
				extra_params => [ '-U', $user ]);
		}
	}
	return;
}

# What is still there: user, database and number of columns.
sub left_over
{
	return $node->safe_psql(
		'postgres', q{
SELECT string_agg(format('%s/%s/%s', username, datname, length(query) - length(replace(query, '$', ''))),
	' ' ORDER BY username, datname, length(query))
FROM perfadvisor_queries WHERE query LIKE '%probe' AND query NOT LIKE '%perfadvisor%'});
}

# What there was, but for what matches.
sub all_but
{
	my ($pattern) = @_;
	my @left;

	foreach my $user (@users)
	{
		foreach my $database (sort @databases)
		{
			push @left, grep { $_ !~ $pattern } "$user/$database/1", "$user/$database/2";
		}
	}
	return join(' ', @left);
}

my $two_columns = q{(SELECT DISTINCT queryid FROM perfadvisor_queries
	WHERE query ~ '^SELECT \$1, \$2 AS probe')};
my $other = q{(SELECT oid FROM pg_database WHERE datname = 'other')};

foreach my $case (
	[ 'nothing yet', '', qr/none/, 0 ],
	[ 'one statement', "queryid => $two_columns", qr{/2$}, 4 ],
	[ 'one user', "userid => 'one'::regrole", qr{^one/}, 4 ],
	[ 'one database', "dbid => $other", qr{/other/}, 4 ],
	[ 'a user in a database', "userid => 'two'::regrole, dbid => $other", qr{^two/other/}, 2 ],
	[ 'a statement in a database', "queryid => $two_columns, dbid => $other", qr{/other/2$}, 2 ],
	[
		'a statement of a user in a database',
		"'one'::regrole, $other, $two_columns",
		qr{^one/other/2$}, 1
	],
	[ 'a statement that is not there', 'queryid => 4711', qr/none/, 0 ])
{
	my ($what, $arguments, $pattern, $count) = @$case;

	run_all();
	if ($arguments ne '')
	{
		is($node->safe_psql('postgres', "SELECT perfadvisor_reset($arguments)"),
			$count, "$what: as many as there are");
	}
	is(left_over(), all_but($pattern), "$what: the others stay");
}

run_all();
cmp_ok($node->safe_psql('postgres', 'SELECT perfadvisor_reset()'), '>=', 8, 'all: all');
is(left_over(), '', 'all: nothing stays');

$node->stop;
done_testing();
