#!/usr/bin/perl
#
# damage.pl SEED FILE: changes some bytes of perfadvisor's saved file, leaves some
# out, or puts some in; half of the times with a checksum that is right again, so
# that the content is looked at: then not within the texts of expressions, of which
# no more is looked at than that they are whole.  For check_fuzz.sh.

use strict;
use warnings;

my ($seed, $file) = @ARGV;

my @crc_table = map {
	my $c = $_;
	$c = $c & 1 ? ($c >> 1) ^ 0x82F63B78 : $c >> 1 for 1 .. 8;
	$c
} 0 .. 255;

sub crc32c
{
	my $crc = 0xFFFFFFFF;

	$crc = ($crc >> 8) ^ $crc_table[ ($crc ^ $_) & 0xFF ] foreach unpack('C*', $_[0]);
	return $crc ^ 0xFFFFFFFF;
}

# Often what numbers go wrong by
sub bytes
{
	my $which = rand();

	return pack('l', (0, -1, 1, 2**31 - 1, -2**31)[ rand 5 ]) if $which < 0.3;
	return pack('q', (0, -1, 2**63 - 1)[ rand 3 ]) if $which < 0.4;
	return pack('d', (9**9**9, -sin(9**9**9), -1, 1e308)[ rand 4 ]) if $which < 0.5;
	return chr(rand 256) if $which < 0.8;
	return join '', map { chr rand 256 } 1 .. rand 9;
}

srand($seed);
open(my $fh, '<:raw', $file) or die "$file: $!";
my $data = do { local $/; <$fh> };
close($fh);

my $sound = rand() < 0.5;
my $keeps_length = $sound && rand() < 0.8;
my $content = $sound ? substr($data, 0, -4) : $data;

# from where to where expressions are written out
my @texts;
push @texts, [ $-[0], $+[0] ] while $content =~ /\{[A-Z]+ :[ -~]*\}/g;

foreach (1 .. 1 + rand(4))
{
	my $at = int(rand() < 0.3 ? rand(300) : rand(length $content));
	my $new = bytes();

	# numbers have their places
	$at -= $at % 4 if rand() < 0.7;
	next if $at + length $new > length $content;
	next if $sound && grep { $at < $_->[1] && $at + 9 > $_->[0] } @texts;
	substr($content, $at, $keeps_length || rand() < 0.7 ? length $new : rand(9), $new);
}
$content .= pack('L', crc32c($content)) if $sound;
open($fh, '>:raw', $file) or die "$file: $!";
print $fh $content;
close($fh);
