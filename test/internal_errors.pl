#!/usr/bin/perl
#
# internal_errors.pl ROLE LOG FOLDER: the internal errors that a role's
# statements raised, from a log with
#	log_line_prefix = '%m [%p] %q%u %e '
# for check_fuzz.sh.  Of each, told apart without figures and names, it leaves
# below FOLDER
#	text		what it says, the first time
#	heading		the same without figures and names
#	statements.sql	the statements that raised it, to be run again
#	stack		where it was raised, if the log tells
#	inside		its stack, if it was raised in perfadvisor's code, or
#			in what that called
#	unseen		if the log does not tell of all where they were raised
# and prints the headings.
#
# perfadvisor's hooks are below every statement: they call what core does without
# hooks, the functions standard_planner(), standard_ExecutorRun() and so on.
# What is raised in those, with no other code of perfadvisor's below them, is
# raised by core in executing the statement.

use strict;
use warnings;

my ($role, $log, $folder) = @ARGV;
my $standard = qr/^standard_(planner|Executor(Start|Run|Finish|End)|ProcessUtility)$/;

my %errors;			# by text: {text, statements, stack, inside, unseen}
my %raised;			# by process: the one whose statement comes next

# ["perfadvisor.so", ""], ["postgres", "standard_planner"], ...; the innermost
# first
sub frames
{
	my ($stack) = @_;

	return map { /^\t?(.*)\((\w*)\+0x[0-9a-f]+\) \[0x[0-9a-f]+\]$/ ? [ $1, $2 ] : () }
	  split /\n/, $stack;
}

sub is_ours
{
	return $_[0][0] =~ /perfadvisor\.so$/;
}

sub raised_inside
{
	my ($stack) = @_;
	my $called;

	foreach my $frame (frames($stack))
	{
		return 1 if is_ours($frame) &&
		  !(defined $called && (is_ours($called) || $called->[1] =~ $standard));
		$called = $frame;
	}
	return 0;
}

# Of an error that a parallel worker raised, the leader's stack says nothing.
sub is_seen
{
	my ($stack) = @_;

	return scalar(grep { $_->[1] ne '' } frames($stack)) > 0 &&
	  !grep { $_->[1] =~ /^(ThrowErrorData|HandleParallelMessages?)$/ } frames($stack);
}

sub heading
{
	my ($text) = @_;

	$text =~ s/\n.*//s;
	$text =~ s/"[^"]*"/"?"/g;
	$text =~ s/0x[0-9a-f]+|[0-9]+|[^[:print:]]+/?/g;
	return $text;
}

# One entry of the log, its lines without the tabs before them.
sub entry
{
	my ($process, $user, $state, $kind, $text) = @_;

	return if $user ne $role;
	if ($kind =~ /^(ERROR|FATAL|PANIC)$/)
	{
		delete $raised{$process};
		return if $state !~ /^XX/;
		my $heading = heading($text);
		my $error = $errors{$heading} //= { text => $text, statements => [] };
		$raised{$process} = { error => $error, seen => 0 };
	}
	elsif ($kind eq 'LOG' && $state =~ /^XX/)
	{
		my $error = $errors{ heading($text) } //= { text => $text, statements => [] };
		$error->{inside} //= '';
	}
	return unless my $last = $raised{$process};
	if ($kind eq 'BACKTRACE' && is_seen($text))
	{
		$last->{seen} = 1;
		$last->{error}{stack} //= $text;
		$last->{error}{inside} //= $text if raised_inside($text);
	}
	elsif ($kind eq 'STATEMENT')
	{
		push @{ $last->{error}{statements} }, $text;
		$last->{error}{unseen} = "$text\n" unless $last->{seen};
		delete $raised{$process};
	}
}

sub put
{
	my ($file, $text) = @_;

	open(my $fh, '>', $file) or die "$file: $!";
	print $fh $text;
	close($fh);
}

my @entry;
open(my $fh, '<', $log) or die "$log: $!";
while (my $line = <$fh>)
{
	chomp $line;
	if ($line =~ s/^\t// || $line !~ /^\d{4}-\d\d-\d\d /)
	{
		$entry[4] .= "\n$line" if @entry;
		next;
	}
	entry(@entry) if @entry;
	@entry = $line =~ /^\S+ \S+ \S+ \[(\d+)\] (\S+) (\w{5}) ([A-Z]+): +(.*)$/;
}
entry(@entry) if @entry;

my $number = 0;
foreach my $heading (sort keys %errors)
{
	my $error = $errors{$heading};
	my $place = sprintf("%s/%02d", $folder, ++$number);

	mkdir $place or die "$place: $!";
	put("$place/text", "$error->{text}\n");
	put("$place/heading", "$heading\n");
	put("$place/statements.sql",
		join('', map { "BEGIN;\n$_\n;\nROLLBACK;\n" } @{ $error->{statements} }));
	foreach my $what (qw(stack inside unseen))
	{
		put("$place/$what", $error->{$what}) if defined $error->{$what};
	}
	print "$heading\n";
}
