# The five systems of test/workloads, a tenth of their size: the advice names
# the indexes that each cannot do without, what was built of it is used, and
# the hand-written list's superfluous members are found.  Beside that list in a
# copy of the data, the advice takes no more bytes, and its mix touches no more
# pages, which unlike time come out the same on any machine.  What is advised
# depends on what each statement took.
#
# Measures real times: it may be tried twice.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $scale = 0.1;
my $transactions = 500;

# Samples of ANALYZE and random numbers differ from run to run.
my $slack = 1.05;

# essential: pairs of table and leading columns, of which an index is advised.
# superfluous: hand-written indexes that are not said to help; where a pattern
# names several, one of them.  incomplete: the list lacks indexes, so that the
# advice may be larger.
my %systems = (
	nest_api => {
		essential => [
			['orders', qr/"userId"/],
			['orders', qr/"stripeSessionId"/],
			['orders', qr/"createdAt"/],
			['users', qr/email/]
		],
		superfluous => ['products_is_active'],
	},
	marketplace => {
		essential => [
			['order_items', qr/"orderId"/],
			['product_variants', qr/"productId"/],
			['share_links', qr/code/],
			['orders', qr/"userId"/],
			['wallet_transactions', qr/"walletId"/]
		],
		superfluous => [
			'products_is_active', 'product_variants_is_active',
			'share_links_(is_active|seller_active_created_at)'
		],
		incomplete => 1,
	},
	ticketing => {
		essential => [
			['seats', qr/event_id|section_id/],
			['seats', qr/booking_id/],
			['bookings', qr/user_id/],
			['bookings', qr/booking_reference/],
			['bookings', qr/event_id/],
			['reservations', qr/session_id/],
			['reservations', qr/user_id/]
		],
		superfluous => [],
	},
	bounty => {
		essential => [
			['bounties', qr/to_tsvector\('english'::regconfig, title\)/],
			['bounties', qr/to_tsvector\('english'::regconfig, description\)/],
			['bounties', qr/user_id/],
			['wallet_transactions', qr/user_id/],
			['wallet_transactions', qr/bounty_id/],
			['messages', qr/conversation_id/]
		],
		superfluous => [
			'bounties_status', 'bounties(_status)?_created_at',
			'wallet_transactions_created_at', 'messages_created_at'
		],
	},
	affiliate => {
		essential => [
			['product_analytics', qr/"productId"/],
			['platform_analytics', qr/platform|"createdAt"/],
			['products', qr/status|"trendScore"/]
		],
		superfluous => [],
	});

my $node = PostgreSQL::Test::Cluster->new('systems');
$node->init;
$node->append_conf(
	'postgresql.conf', q{
shared_preload_libraries = 'perfadvisor'
autovacuum = off
jit = off
random_page_cost = 1.1
max_parallel_workers_per_gather = 0
fsync = off
});
$node->start;

# What the test itself asks is not part of the traffic.
$ENV{PGOPTIONS} = '-c perfadvisor.enabled=off';

sub run_mix
{
	my ($system, $what, $database) = @_;
	my @scripts;

	foreach my $file (glob "test/workloads/$system/q/*.sql")
	{
		my ($weight) = $file =~ m{/(\d+)_[^/]+$};
		push @scripts, '-f', "$file\@$weight";
	}
	local $ENV{PGOPTIONS} = '';
	$node->command_ok(
		[
			'pgbench', '-n', '-M', 'extended', '-t', $transactions, '-D', "scale=$scale",
			'--random-seed=4711', @scripts, $database // $system
		],
		"$system: $what");
	return;
}

sub hand_written
{
	my ($system) = @_;

	return grep { /CREATE/ } split /;\s*/,
	  slurp_file("test/workloads/$system/published.sql") =~ s/^--.*\n//gmr;
}

# Of which table and with which first column is an index among these?
sub has_index
{
	my ($advice, $table, $column) = @_;

	return grep { /ON public\.$table USING \w+ \((\()?$column/ } split /\n/, $advice;
}

sub check_judgement
{
	my ($system) = @_;
	my $list = join ', ', map { "\$index\$$_\$index\$" } hand_written($system);
	my $verdicts =
	  $node->safe_psql($system, "SELECT verdict, index FROM perfadvisor_evaluate(ARRAY[$list])");
	my @helping = $verdicts =~ /^helps\|/mg;

	foreach my $name (@{ $systems{$system}{superfluous} })
	{
		like($verdicts, qr/^(redundant|unused|harmful)\|CREATE INDEX $name /m,
			"$system: $name is not needed");
	}
	cmp_ok(scalar @helping, '>=', hand_written($system) / 3,
		"$system: others of the list help");
	return;
}

sub check_advice
{
	my ($system) = @_;
	my $advice = $node->safe_psql($system,
		"SELECT ddl FROM perfadvisor_recommendations() WHERE kind = 'create_index'");

	foreach my $essential (@{ $systems{$system}{essential} })
	{
		my ($table, $column) = @$essential;

		ok(has_index($advice, $table, $column), "$system: an index on $table ($column)")
		  or diag($advice);
	}
	$node->safe_psql($system,
		"SELECT ddl FROM perfadvisor_recommendations() WHERE kind = 'create_index' \\gexec");
	$node->safe_psql($system, 'VACUUM ANALYZE');
	return;
}

# What was built is not to be replaced, neither by what was recorded before nor
# by what comes after.
sub check_peace
{
	my ($system, $when) = @_;

	is( $node->safe_psql($system,
			"SELECT ddl FROM perfadvisor_recommendations() WHERE kind = 'drop_index'"),
		'',
		"$system: nothing to drop $when");
	cmp_ok(
		$node->safe_psql(
			$system,
			q{SELECT count(*) FROM perfadvisor_recommendations()
				WHERE kind = 'create_index' AND status = 'open'}),
		'<=', 2, "$system: hardly anything to create $when");
	return;
}

# Every index that was built is read by the same traffic; where several have the
# same rows, one of them may be read in place of another.
sub check_use
{
	my ($system) = @_;
	my $unused = q{
		SELECT string_agg(indexrelname, ' ') FROM pg_stat_user_indexes s
		WHERE idx_scan = 0 AND NOT EXISTS (
				SELECT FROM pg_constraint WHERE conindid = s.indexrelid)
			AND NOT EXISTS (
				SELECT FROM pg_index i JOIN pg_index o USING (indrelid)
					JOIN pg_stat_user_indexes u ON u.indexrelid = o.indexrelid
				WHERE i.indexrelid = s.indexrelid AND u.idx_scan > 0
					AND pg_get_expr(i.indpred, i.indrelid) = pg_get_expr(o.indpred, o.indrelid))};

	$node->safe_psql($system, 'SELECT pg_stat_reset()');
	run_mix($system, 'the mix with the advice');
	# sessions tell what they have counted when they end
	$node->poll_query_until('postgres',
		"SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = '$system'")
	  or die "sessions stay in $system";
	is($node->safe_psql($system, $unused), '', "$system: what was built is used");
	return;
}

# What the indexes take and what the mix touches, without the keys.
sub bytes_and_pages
{
	my ($database) = @_;

	return map { $node->safe_psql($database, $_) } (
		q{SELECT sum(pg_relation_size(indexrelid)) FROM pg_index i
			JOIN pg_class c ON c.oid = i.indrelid
			WHERE c.relnamespace = 'public'::regnamespace
				AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)},
		q{SELECT sum(shared_blks_hit + shared_blks_read) FROM perfadvisor_queries
			WHERE datname = current_database() AND toplevel});
}

# The advice against the list that people wrote: bytes as they are when built,
# then the pages of the same transactions in both.
sub check_against_hand
{
	my ($system) = @_;
	my $hand = "${system}_hand";

	return if $systems{$system}{incomplete};
	$node->safe_psql($hand, join(';', hand_written($system)));
	$node->safe_psql($hand, 'VACUUM ANALYZE');
	run_mix($system, 'the mix with the list', $hand);
	my ($bytes, $pages) = bytes_and_pages($system);
	my ($hand_bytes, $hand_pages) = bytes_and_pages($hand);
	cmp_ok($bytes, '<=', $slack * $hand_bytes, "$system: no more bytes than the list");
	cmp_ok($pages, '<=', $slack * $hand_pages, "$system: no more pages than with the list");
	return;
}

foreach my $system (sort keys %systems)
{
	$node->safe_psql('postgres', "CREATE DATABASE $system");
	$node->command_ok(
		[
			'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-v', "scale=$scale", '-f',
			"test/workloads/$system/schema.sql", $system
		],
		"$system: its data");
	$node->safe_psql($system, 'CREATE EXTENSION perfadvisor');
	$node->safe_psql('postgres', "CREATE DATABASE ${system}_hand TEMPLATE $system");
	run_mix($system, 'the mix');
	check_judgement($system);
	check_advice($system);
	check_peace($system, 'after the advice was carried out');
	$node->safe_psql($system, 'SELECT perfadvisor_reset()');
	check_use($system);
	check_peace($system, 'when recording began anew');
	check_against_hand($system);
}

$node->stop;
done_testing();
