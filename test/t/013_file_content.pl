# A statistics file whose checksum is right and whose content is not: refused
# with one line in the log, and recording starts empty.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('content');
$node->init(extra => [ '--encoding=UTF8', '--no-locale' ]);
$node->append_conf(
	'postgresql.conf', q{
shared_preload_libraries = 'perfadvisor'
autovacuum = off
perfadvisor.sample_rate = 1
});
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION perfadvisor');
$node->safe_psql('postgres', q{
	CREATE TABLE kept AS SELECT g AS a, g::text AS b, g AS c
	FROM generate_series(1, 500) g});

# The one that counts comes first, as the heaviest; it has every kind of blob.
sub run_some
{
	$node->safe_psql('postgres', q{
		SELECT perfadvisor_reset();
		PREPARE p(text, int) AS SELECT pg_sleep(1) FROM kept
			WHERE lower(b) = $1 AND a > $2 AND a + c > 5;
		EXECUTE p('7', 3);
		CREATE INDEX kept_c ON kept (c);
		EXECUTE p('8', 3);
		DROP INDEX kept_c;});
	return;
}

my $count = q{
SELECT count(*) FROM perfadvisor_queries WHERE query LIKE '%pg_sleep%FROM kept%'};

# ---- the file, taken apart ----

my $file = $node->data_dir . '/pg_stat/perfadvisor.stat';
my $header_size = 56;
# of the fixed part of an entry
my ($at_encoding, $at_sizes, $at_counters) = (24, 28, 64);
my @blobs = qw(text facts first recent slowest slow change);

my @crc_table = map {
	my $c = $_;
	$c = $c & 1 ? ($c >> 1) ^ 0x82F63B78 : $c >> 1 for 1 .. 8;
	$c
} 0 .. 255;

sub crc32c
{
	my $crc = 0xFFFFFFFF;

	$crc = ($crc >> 8) ^ $crc_table[($crc ^ $_) & 0xFF] foreach unpack('C*', $_[0]);
	return $crc ^ 0xFFFFFFFF;
}

sub signed_file
{
	my ($content) = @_;

	return $content . pack('L', crc32c($content));
}

run_some();
$node->stop;
my $good = slurp_file($file);
my $content = substr($good, 0, -4);
is(signed_file($content), $good, 'the checksum is understood');

my $entry_size = unpack('x12 L', $content);
my @sizes = unpack("x$header_size x$at_sizes L7", $content);
my %at;    # where the first entry's blobs begin
{
	my $at = $header_size + $entry_size;

	foreach my $i (0 .. $#blobs)
	{
		$at{ $blobs[$i] } = $at if $sizes[$i];
		$at += $sizes[$i];
	}
}
ok($at{$_}, "there are values or figures to spoil: $_")
  foreach qw(text facts first change);

# ---- spoiling it ----

my $log_end = 0;

sub complaints
{
	my $log = slurp_file($node->logfile, $log_end);

	$log_end = -s $node->logfile;
	return scalar(() = $log =~ /perfadvisor ignores statistics file/g);
}

sub start_with
{
	my ($what, $expected, $data) = @_;

	open(my $handle, '>:raw', $file) or die "could not write $file: $!";
	print $handle $data;
	close($handle);
	complaints();
	$node->start;
	is(complaints() . ' '
		  . $node->safe_psql('postgres', "SET perfadvisor.enabled = off; $count"),
		$expected, $what);
	$node->stop;
	return;
}

# refused WHAT, WHERE, BYTES: the file with these bytes there
sub refused
{
	my ($what, $where, $bytes) = @_;
	my $bad = $content;

	substr($bad, $where, length($bytes)) = $bytes;
	isnt($bad, $content, "$what: something is changed");
	start_with("$what: refused", '1 0', signed_file($bad));
	return;
}

sub int32 { return pack('l', $_[0]); }
sub int64 { return pack('q', $_[0]); }

my $entry = $header_size;
my $most = 2**31 - 1;

start_with('the file as it was', '0 1', $good);

refused('a foreign format', 4, int32(2));
refused('a foreign catalog version', 8, int32(200001011));
refused('entries of another size', 12, int32($entry_size + 8));
refused('a negative time', 16, int64(-1));
refused('a negative total', 24, int64(-1));

refused('no query identifier', $entry, int64(0));
refused('no database', $entry + 8, int32(0));
refused('an impossible level', $entry + 16, int32(7));
refused('an unknown encoding', $entry + $at_encoding, int32(1000));
refused('a negative encoding', $entry + $at_encoding, int32(-1));
refused('negative calls', $entry + $at_counters, int64(-5));
refused('a time that there is not', $entry + $at_counters + 136, int64(-2**63));
refused('a mean that is no number', $entry + $at_counters + 48, pack('d', 9**9**9));

foreach my $size (0, 1, $sizes[0] - 1, $sizes[0] + 8, $most, -1)
{
	refused("a text of $size bytes", $entry + $at_sizes, int32($size));
}
refused('an example beyond the file', $entry + $at_sizes + 4 * $_, int32($most))
  foreach 2 .. 6;

my $text = $at{text};
refused('a text that says another size', $text, int32($sizes[0] * 1000));
refused('a text that says a smaller size', $text, int32(4));
refused('a query longer than all', $text + 4, int32(-16));
refused('a source longer than all', $text + 8, int32($most));
refused('a path longer than all', $text + 12, int32(100000));
refused('settings longer than all', $text + 16, int32(70000));
refused('a negative number of parameters', $text + 20, int32(-1));
refused('too many parameters', $text + 20, int32(70000));
refused('a negative number of tables', $text + 24, int32(-4));
refused('too many tables', $text + 24, int32($most));
refused('no truth value', $text + 28, chr(7));
refused('no zero at the end', $text + $sizes[0] - 1, 'x');
refused('a zero inside', $text + $sizes[0] - 4, "\0");
refused('bytes that are no characters', $text + $sizes[0] - 4, "\xff");

my $facts = $at{facts};
refused('a negative number of scans', $facts + 4, int32(-1));
refused('too many scans', $facts + 4, int32(1000000));
refused('a negative number of predicates', $facts + 8, int32(-1));
refused('too many predicates', $facts + 8, int32($most));
refused('a negative pool', $facts + 12, int32(-100));
my $nscans = unpack('l', substr($content, $facts + 4, 4));
my $predicate = $facts + 24 + $nscans * 48;
refused('an unknown role', $predicate + 6, chr(200));
refused('an unknown test', $predicate + 7, chr(99));
refused('an expression beyond the pool', $predicate + 12, int32($most));
refused('an expression longer than the pool', $predicate + 16, int32(-1));
refused('negative rows', $predicate + 32, pack('d', -5));
{
	my ($npredicates, $pool) = unpack('l2', substr($content, $facts + 8, 8));
	my $size = ($sizes[1] - 24 - $nscans * 48 - $pool) / $npredicates;
	my ($with) = grep { unpack('L', substr($content, $_ + 16, 4)) > 0 }
	  map { $predicate + $_ * $size } 0 .. $npredicates - 1;
	my ($off, $len) = unpack('L2', substr($content, $with + 12, 8));
	my $begin = $facts + $sizes[1] - $pool + $off;

	is(substr($content, $begin, 1), '{', 'an expression is found');
	refused('an expression that is cut short', $with + 16, int32($len - 1));
	refused('an expression that begins later', $with + 12, int32($off + 1));
	refused('a zero in an expression', $begin + 5, "\0");
	refused('an expression that does not end', $begin + $len - 1, ' ');
	refused('an expression that ends too early', $begin + 5, '}');
}

my $example = $at{first};
refused('a negative number of values', $example + 4, int32(-5));
refused('too many values', $example + 4, int32(60000));
refused('a source beyond its example', $example + 8, int32(100000000));
refused('a value beyond its example', $example + 40 + 24, int64($most));
refused('a value at a negative place', $example + 40 + 24, int64(-8));
refused('a value longer than its example', $example + 40 + 16, int64(100000));
refused('a value of a negative length', $example + 40 + 16, int64(-1));

refused('an example of a time that there is not', $example + 32, int64(-2**63));

my $change = $at{change};
refused('a change at a time that there is not', $change + 32, int64(-2**63));
refused('more buckets than there are', $change + 4, int32($most));
refused('negative calls before a change', $change + 40, int64(-1));

start_with('bytes behind the last entry', '1 0', signed_file($content . 'x' x 100));
start_with('cut in the middle of an entry', '1 0',
	signed_file(substr($content, 0, length($content) - 30)));
start_with('nothing but a header', '0 0',
	signed_file(substr($content, 0, $header_size)));

$node->start;
run_some();
is($node->safe_psql('postgres', $count), '1', 'recording goes on');
$node->stop;
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|was terminated by signal/,
	'no crash');
done_testing();
