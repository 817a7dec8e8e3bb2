# The life of an advice, over restarts, and in a dump; and what a standby uses.
#
# What an index brings is judged by times, and a machine may run ten times
# slower for a while, or halt a process.  So statements whose times matter sleep
# before their scan begins, for as long as the test says.
#
# Measures real times: it may be tried twice.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
# Few buffers, so that what reads more blocks takes longer.
$primary->append_conf(
	'postgresql.conf', q{
shared_preload_libraries = 'perfadvisor'
shared_buffers = 1MB
autovacuum = off
jit = off
max_parallel_workers_per_gather = 0
});
$primary->start;

# An extension in a schema that must be quoted; rows of rare kinds are the
# latest ones, and the times lie scattered over the table.
$primary->safe_psql(
	'postgres', q{
CREATE SCHEMA "Ops Team";
CREATE EXTENSION perfadvisor SCHEMA "Ops Team";
ALTER DATABASE postgres SET search_path = public, "Ops Team";
});
$primary->safe_psql(
	'postgres', q{
CREATE TABLE good AS SELECT g AS id, g % 2000 AS kind, repeat('x', 100) AS filler
	FROM generate_series(1, 60000) g;
CREATE TABLE useless AS SELECT g AS id, g % 2000 AS kind, repeat('x', 100) AS filler
	FROM generate_series(1, 20000) g;
CREATE TABLE lure AS SELECT p AS id, CASE WHEN p > 57000 THEN p % 20 ELSE 100 + p % 20 END AS kind,
	repeat('x', 100) AS filler, p AS at
	FROM (SELECT (g::bigint * 7919 % 60000)::int AS p FROM generate_series(1, 60000) g) x;
VACUUM ANALYZE good, useless, lure;
-- stable, so that it is a condition of all rows, looked at once
CREATE FUNCTION pace() RETURNS boolean STABLE LANGUAGE plpgsql AS
	'BEGIN PERFORM pg_sleep(current_setting($$test.pace$$)::float8 / 1000); RETURN true; END';
});

# run_calls(N, FORMAT, PACE): so many calls, each of which sleeps so many ms if
# it asks pace()
sub run_calls
{
	my ($n, $format, $pace) = @_;

	$primary->safe_psql('postgres',
		sprintf('SET test.pace = %f;', $pace // 0)
		  . join('', map { sprintf($format, $_) . ';' } 1 .. $n));
	return;
}

my %id;

# Advice for each table, as far as it was given.
sub remember
{
	my $rows = $primary->safe_psql('postgres', q{
		SELECT relation, id FROM perfadvisor_recommendations()
		WHERE kind = 'create_index' AND status = 'open'});

	%id = map { split(/\|/, $_) } split(/\n/, $rows);
	return;
}

my $verdicts = q{
SELECT relation, index, verdict, calls_before, calls_after
FROM perfadvisor_outcomes ORDER BY relation::text};

# ---- verdicts ----

my $is_good = 'SELECT filler FROM good WHERE kind = %d AND pace()';
my $is_lured = 'SELECT filler FROM lure WHERE kind = %d AND pace() ORDER BY at LIMIT 5';

# 3 s in all, which 40 calls of next to nothing do not take
run_calls(15, $is_good, 200);
run_calls(15, 'SELECT id FROM useless WHERE kind = %d');
run_calls(15, 'SELECT filler FROM lure ORDER BY at LIMIT %d');
remember();
is(join(' ', sort keys %id), 'good lure useless', 'there is advice for each');
# what the advice does not know of
run_calls(15, $is_lured);

$primary->safe_psql('postgres', q{CREATE INDEX CONCURRENTLY by_hand ON good (kind)});
$primary->safe_psql('postgres', q{CREATE INDEX lured ON lure (at)});
$primary->safe_psql('postgres', q{CREATE INDEX in_vain ON useless (kind)});
is( $primary->safe_psql('postgres', $verdicts),
	"good|public.by_hand|applied|15|0\n"
	  . "lure|public.lured|applied|15|0\n"
	  . 'useless|public.in_vain|applied|15|0',
	'indexes are known to be advice, whatever their names');

run_calls(40, $is_good);
# nobody uses it: the statement runs as it did before
$primary->safe_psql('postgres',
	'SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off;'
	  . join('', map { "SELECT id FROM useless WHERE kind = $_;" } 1 .. 40));
run_calls(15, 'SELECT filler FROM lure ORDER BY at LIMIT %d');
# slower than any call was, and than what the other statement can have saved
run_calls(15, $is_lured, 50 + $primary->safe_psql('postgres', q{
	SELECT sum(2 * max_ms) FROM perfadvisor_queries WHERE query LIKE 'SELECT filler FROM lure %'}));
# sessions tell what they have counted when they end, or a little later
$primary->poll_query_until('postgres',
	q{SELECT idx_scan >= 30 FROM pg_stat_user_indexes WHERE indexrelname = 'lured'})
  or die 'the scans were not counted';
my $expected =
	"good|public.by_hand|verified_helped|15|40\n"
  . "lure|public.lured|verified_hurt|15|15\n"
  . 'useless|public.in_vain|verified_no_change|15|40';
is($primary->safe_psql('postgres', $verdicts), $expected,
	'a good index, one that hurts, and one that is useless')
  or diag($primary->safe_psql('postgres', 'SELECT * FROM perfadvisor_outcomes'));
like(
	$primary->safe_psql(
		'postgres', q{SELECT reason FROM perfadvisor_outcomes WHERE index = 'public.lured'}),
	qr/[12] slower, together .* more than it would have been .* undo_ddl takes it back\.$/,
	'what hurts says so with its figures');

# ---- restarts ----

$primary->safe_psql('postgres', q{DROP INDEX lured});
run_calls(2, 'SELECT filler FROM lure ORDER BY at LIMIT %d');
remember();
$primary->safe_psql('postgres', "SELECT perfadvisor_dismiss('$id{lure}', 'it lures the planner')");
my $snapshot = $primary->safe_psql('postgres', q{SELECT perfadvisor_snapshot('kept')});
my $dismissed = q{
SELECT id, detail ->> 'why_dismissed', detail ->> 'dismissed_by' = current_user
FROM perfadvisor_recommendations() WHERE status = 'dismissed'};
my $settled = "$id{lure}|it lures the planner|t";
is($primary->safe_psql('postgres', $dismissed), $settled, 'an advice is dismissed');

# judged anew from the figures of before and since, which the file keeps
my $good = q{SELECT verdict, calls_before, calls_after FROM perfadvisor_outcomes
WHERE index = 'public.by_hand'};
$primary->restart;
run_calls(60, $is_good);
is($primary->safe_psql('postgres', $good),
	'verified_helped|15|100', 'figures of before an index are kept over a restart');
is($primary->safe_psql('postgres', $dismissed), $settled, 'and dismissals');

# ---- dump and restore ----

my $dump = $primary->basedir . '/dump';
$primary->command_ok([ 'pg_dump', '-Fc', '-f', $dump, $primary->connstr('postgres') ], 'dump');
$primary->safe_psql('postgres', 'CREATE DATABASE restored');
$primary->command_ok(
	[ 'pg_restore', '-d', $primary->connstr('restored'), $dump ], 'restore');
$primary->safe_psql('postgres',
	'ALTER DATABASE restored SET search_path = public, "Ops Team"');
is($primary->safe_psql('restored', $dismissed), $settled, 'a dismissal is restored');
is($primary->safe_psql('restored', $good),
	'verified_helped|15|100', 'so is a verdict');
is( $primary->safe_psql('restored', q{SELECT id, label FROM perfadvisor_snapshots}),
	"$snapshot|kept", 'so is a snapshot');
is( $primary->safe_psql('restored', qq{
	SELECT change, calls_before, calls_after FROM perfadvisor_compare($snapshot)
	WHERE query LIKE 'SELECT filler FROM good %'}),
	'gone|55|0', 'which can be compared with');

# ---- a standby ----

$primary->safe_psql('postgres', q{CREATE INDEX replica_only ON useless (id)});
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;
$primary->wait_for_catchup($standby);
$standby->safe_psql('postgres', "SELECT filler FROM useless WHERE id = $_") foreach 1 .. 5;
$standby->poll_query_until('postgres', q{
	SELECT (e ->> 'scans')::int = 5
	FROM jsonb_array_elements(perfadvisor_export_usage() -> 'indexes') e
	WHERE e ->> 'index' = 'replica_only'})
  or die 'the scans were not counted';
is($standby->safe_psql('postgres', 'SELECT perfadvisor_export_usage() -> $$in_recovery$$'),
	'true', 'a standby tells what it uses');
my $usage = $standby->safe_psql('postgres', 'SELECT perfadvisor_export_usage()');
$usage =~ s/'/''/g;
cmp_ok($primary->safe_psql('postgres', "SELECT perfadvisor_import_usage('replica', '$usage')"),
	'>', '2', 'the primary takes it');
is( $primary->safe_psql('postgres', q{
	SELECT nodes, used_by, scans, last_used IS NOT NULL FROM padv_index_node_use
	WHERE indexrelid = 'replica_only'::regclass}),
	'{replica}|{replica}|5|t', 'and knows who uses an index');
is( $primary->safe_psql('postgres', q{
	SELECT scans, verdict FROM perfadvisor_unused_indexes WHERE index = 'replica_only'::regclass}),
	'0|keep', 'which is not to be dropped');

is($standby->safe_psql('postgres', $dismissed), $settled, 'the standby knows of dismissals');
my ($rc, $out, $err) = $standby->psql('postgres', "SELECT perfadvisor_undismiss('$id{lure}')");
like($err, qr/cannot execute perfadvisor_undismiss\(\) during recovery/, 'but makes none');
($rc, $out, $err) = $standby->psql('postgres', 'SELECT perfadvisor_snapshot()');
like($err, qr/cannot execute perfadvisor_snapshot\(\) during recovery/, 'nor snapshots');
like($standby->safe_psql('postgres', $verdicts), qr/^good\|public\.by_hand\|verified_helped/,
	'and tells the verdicts of the primary');

$standby->stop;

# ---- gone and come again ----

$primary->safe_psql('postgres', q{DROP EXTENSION perfadvisor; CREATE EXTENSION perfadvisor SCHEMA "Ops Team"});
is($primary->safe_psql('postgres', 'SELECT count(*) FROM perfadvisor_outcomes'),
	'0', 'a new extension knows nothing of the old one');
$primary->stop;
done_testing();
