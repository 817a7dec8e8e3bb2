# What core calls an internal error, raised while a recorded statement is looked
# at, is told to whoever asks, and in the server's log.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('internal');
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
CREATE TABLE item AS SELECT g AS id, g % 100 AS a FROM generate_series(1, 10000) g;
ANALYZE item;
CREATE FUNCTION broken(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
	IF current_setting('test.state', true) <> '' THEN
		RAISE EXCEPTION 'the wheel has come off' USING ERRCODE = current_setting('test.state');
	END IF;
	RETURN $1;
END $$;
SELECT count(*) FROM item WHERE a = broken(5);
SELECT count(*) FROM item WHERE id = 77;
});

sub reason
{
	my ($state) = @_;

	return $node->safe_psql(
		'postgres', qq{
SET test.state = '$state';
SELECT reason FROM perfadvisor_why_not() WHERE predicate LIKE '%broken%'});
}

my $told = 'The statement cannot be planned: the wheel has come off.';
is(reason('22012'), $told, 'another error is told');
unlike(slurp_file($node->logfile), qr/LOG:  internal error/, 'and not logged');
is(reason('XX000'), $told, 'an internal one is told');
like(
	slurp_file($node->logfile),
	qr/LOG:  internal error while a statement was looked at for advice: the wheel has come off/,
	'and logged');
is( $node->safe_psql(
		'postgres', q{
SET test.state = 'XX000';
SELECT count(*) FROM perfadvisor_recommendations()
WHERE relation = 'item'::regclass AND ddl LIKE '%(id)%'}),
	'1',
	'the others are advised on');

$node->stop;
done_testing();
