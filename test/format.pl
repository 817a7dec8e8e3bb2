#!/usr/bin/perl
#
# format.pl [--check] [FILE...]: PostgreSQL's formatting for src/.
#
# PostgreSQL's sources are formatted by pgindent, a wrapper of pg_bsd_indent
# with a list of the typedefs.  Debian packages the latter (as pg-bsd-indent
# or, from PostgreSQL 17 on, with the server's development files); this is the
# wrapper.  With --check nothing is written, and the differences are shown.
#
# Exit status: 0 formatted, 1 not (or failed), 77 pg_bsd_indent is not there.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Find qw(find);
use File::Temp qw(tempdir);

my $check = @ARGV && $ARGV[0] eq '--check' && shift @ARGV;
my $tmp = tempdir(CLEANUP => 1);

# The flags that PostgreSQL uses.
my @style = qw(-bad -bap -bbb -bc -bl -cli1 -cp33 -cdb -nce -d0 -di12 -nfc1
  -i4 -l79 -lp -lpl -nip -npro -sac -tpg -ts4);

sub indent_program
{
	my @places = split /:/, $ENV{PATH};

	push @places, sort { $b cmp $a } glob('/usr/lib/postgresql/*/bin');
	foreach my $place (@places)
	{
		return "$place/pg_bsd_indent" if -x "$place/pg_bsd_indent";
	}
	print "pg_bsd_indent is not installed\n";
	exit 77;
}

sub read_file
{
	my ($name) = @_;

	open(my $handle, '<', $name) or die "could not open $name: $!\n";
	local $/ = undef;
	return scalar <$handle>;
}

sub write_file
{
	my ($name, $text) = @_;

	open(my $handle, '>', $name) or die "could not open $name: $!\n";
	print $handle $text;
	close($handle) or die "could not write $name: $!\n";
	return;
}

# pg_bsd_indent rewraps every comment that stands alone on its lines, but for
# those that begin with a dash: hide the space before "---" from it.  After
# it, "type *" of a function on a line of its own has one space.
sub formatted
{
	my ($program, $text) = @_;

	$text =~ s{/\* +---}{/*---KEEP}g;
	write_file("$tmp/x.c", $text);
	my $said = `cd $tmp && $program @style -Utypedefs.list x.c 2>&1`;
	die $said if $? != 0 || $said ne '';
	$text = read_file("$tmp/x.c");
	$text =~ s{/\*---KEEP}{/* ---}g;
	$text =~ s{^([A-Za-z_]\S*)[ \t]+\*$}{$1 *}gm;

	# before 2.1.3 it took the space between designated initializers
	$text =~ s{,(?=\.[A-Za-z_]\w* = )}{, }g;
	return indent_initializers($text);
}

# Version 2.1.1 does not indent the further lines of an initializer that is not
# in brackets, later versions do.
sub indent_initializers
{
	my ($text) = @_;
	my @lines = split /^/, $text;
	my $indent;

	foreach my $line (@lines)
	{
		$line =~ s/^$indent(?=\S)/$indent\t/ if defined $indent;
		if (defined $indent)
		{
			$indent = undef if $line =~ /;/;
		}
		elsif ($line =~ /^(\t+)(?!return|else)\w[\w\s]*\s\**\w+(\[.*\])?\s=\s[^;{]+$/)
		{
			$indent = $1;
		}
	}
	return join('', @lines);
}

my $program = indent_program();

chdir dirname(abs_path($0)) . '/..' or die;
write_file("$tmp/typedefs.list", read_file('typedefs.list'));

my @files = @ARGV;
find(sub { push @files, $File::Find::name if /\.[ch]$/ }, 'src') if !@files;

my $off = 0;
foreach my $file (sort @files)
{
	my $before = read_file($file);
	my $after = eval { formatted($program, $before) };

	if (!defined $after)
	{
		print "$file: $@";
		$off++;
	}
	elsif ($after ne $before)
	{
		$off++;
		if ($check)
		{
			write_file("$tmp/formatted.c", $after);
			print `diff -u --label $file --label "$file, formatted" $file $tmp/formatted.c`;
		}
		else
		{
			write_file($file, $after);
			print "$file\n";
		}
	}
}
print "$off of " . @files . " files want formatting: make format\n"
  if $check && $off;
exit($check && $off ? 1 : 0);
