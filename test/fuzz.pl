#!/usr/bin/perl
#
# fuzz.pl SEED COUNT FILE: calls of perfadvisor's functions with arguments that
# are nearly right, for check_fuzz.sh.
#
# The advising ones get statements and index definitions over the tables of core's
# regression database, with pieces left out, repeated, exchanged and broken.
# FILE names all functions, a line each, as regprocedure shows them: these get
# values of their arguments' types, among them what other functions return.

use strict;
use warnings;

my ($seed, $count, $file) = @ARGV;

open(my $fh, '<', $file) or die "$file: $!";
my @functions = map { /^"?(\w+)"?\((.*)\)$/ ? [ $1, split /,/, $2 ] : () } <$fh>;
close($fh);
die "no functions in $file" unless @functions;

srand($seed);

my @statements = (
	q{SELECT * FROM tenk1 WHERE unique1 = 5 AND two IN (1, 2, 3)},
	q{SELECT count(*) FROM onek o JOIN tenk1 t ON o.unique1 = t.hundred WHERE o.stringu1 LIKE 'A%' GROUP BY t.ten ORDER BY 1 DESC LIMIT 3},
	q{UPDATE tenk1 SET two = $1 WHERE unique2 BETWEEN $2 AND $3},
	q{DELETE FROM onek WHERE lower(stringu1) = 'x' OR hundred IS NULL},
	q{SELECT a, sum(b) OVER (PARTITION BY a ORDER BY b) FROM (VALUES (1, 2)) v(a, b)},
	q{WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 9) SELECT * FROM r JOIN int4_tbl i ON i.f1 = r.n},
	q{SELECT * FROM test_tsvector WHERE a @@ 'wr|qh'},
	q{SELECT * FROM testjsonb WHERE j @> '{"wait":null}'},
	q{INSERT INTO int4_tbl SELECT unique1 FROM tenk1 WHERE four = 1},
	q{SELECT DISTINCT ON (ten) * FROM tenk1 t, LATERAL (SELECT * FROM onek o WHERE o.ten = t.ten ORDER BY unique1 LIMIT 1) l},
	q{SELECT * FROM pg_class c WHERE EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid)},
	q{SELECT * FROM array_index_op_test WHERE i && '{32}' AND t @> '{AAA}'},
	q{SELECT * FROM box_tbl WHERE f1 <@ box '(0,0,5,5)' ORDER BY f1 <-> point '(1,1)'},
	q{MERGE INTO onek o USING tenk1 t ON o.unique1 = t.unique1 WHEN MATCHED THEN DELETE},
	q{CREATE TABLE t (a int)}, q{}, q{;}, q{--}, q{SELECT 1; SELECT 2},
	q{EXPLAIN SELECT 1}, q{COPY tenk1 TO stdout}, q{SELECT $1 + $2}, "\x01");

my @indexes = (
	q{CREATE INDEX ON tenk1 (unique1, two DESC NULLS LAST) INCLUDE (ten) WHERE four > 1},
	q{CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "a b" ON public.onek USING btree (lower(stringu1::text) text_pattern_ops)},
	q{CREATE INDEX ON test_tsvector USING gin (a)},
	q{CREATE INDEX ON testjsonb USING gin (j jsonb_path_ops)},
	q{CREATE INDEX ON tenk1 USING brin (unique1) WITH (pages_per_range = 4)},
	q{CREATE INDEX ON tenk1 USING hash (hundred)},
	q{CREATE INDEX ON box_tbl USING gist (f1)},
	q{CREATE INDEX ON prt1 (a, b)},
	q{CREATE INDEX ON pg_class (relname)}, q{CREATE INDEX ON nowhere (x)},
	q{CREATE INDEX ON tenk1 (random())}, q{CREATE INDEX ON tenk1 ((1 / 0))},
	q{CREATE INDEX ON tenk1 ((SELECT 1))}, q{DROP TABLE tenk1}, q{});

my @pieces = (
	qw{( ) ' " $$ $1 $99999 :: . * NULL - -- /* ARRAY[ ] WHERE ORDER BY USING
	  gin hash tenk1 unique1 ctid tableoid xmin 1e400 0 -1 99999999999999999999
	  ~~ && <@ IS NOT DISTINCT FROM text[] name oid INCLUDE DESC NULLS FIRST},
	',', ';', "\t", "\n", "\xc3\xa4", 'a' x 100, '(' x 50);

sub one_of
{
	return $_[ int(rand(@_)) ];
}

sub broken
{
	my ($text) = @_;
	my @tokens = split /(\s+|\b)/, $text;

	foreach (1 .. int(rand(4)))
	{
		my $at = int(rand(@tokens + 1));
		my $how = int(rand(4));

		if ($how == 0) { splice(@tokens, $at, 1 + int(rand(3))) if $at < @tokens }
		elsif ($how == 1) { splice(@tokens, $at, 0, ' ', one_of(@pieces), ' ') }
		elsif ($how == 2) { splice(@tokens, $at, 0, @tokens[ 0 .. int(rand(@tokens)) ]) if @tokens }
		else { $tokens[$at] = one_of(@pieces) if $at < @tokens }
	}
	return join('', grep { defined } @tokens);
}

sub literal
{
	my ($text) = @_;

	return 'NULL' if rand() < 0.02;
	$text =~ s/'/''/g;
	$text =~ s/\\/\\\\/g;
	return "E'$text'";
}

sub list
{
	my ($from, $type) = @_;

	return "NULL::$type" if rand() < 0.03;
	return 'ARRAY['
	  . join(', ', map { literal(broken(one_of(@$from))) } 1 .. int(rand(4)))
	  . "]::$type";
}

sub number
{
	return one_of('NULL', '0', '-1', '1', '100000', '9223372036854775807');
}

sub real
{
	return one_of('NULL', '0', '-1', '5', '100', "'NaN'", "'Infinity'", '1e308');
}

# What another node told, with something changed in it
sub usage
{
	my $told = "perfadvisor_export_usage()";
	my $path = one_of('{indexes}', '{indexes,0}', '{indexes,0,scans}', '{indexes,0,index}',
		'{indexes,0,schema}', '{indexes,0,rows_read}', '{indexes,0,last_scan}',
		'{indexes,-1,scans}', '{exported_at}', '{stats_since}', '{database}',
		'{perfadvisor_usage}', '{system_identifier}', '{other}', '{}');
	my $value = one_of('null', '-1', '1e400', '0.5', '99999999999999999999', '""', '"x"',
		'"9999999-99-99 99:00"', '"2026-13-45 10:00"', '"2020-01-01 10:00+99"',
		'"2001-02-03 04:05:06"', '"infinity"', '[]', '{}', '[[]]', '[null]', '[{}]', 'true',
		'"' . ('x' x 100) . '"');

	return $told if rand() < 0.1;
	return "$told - 'indexes'" if rand() < 0.05;
	return "$told #- '$path'" if rand() < 0.2;
	return "'$value'::jsonb" if rand() < 0.1;
	return "jsonb_set($told, '$path', '$value')";
}

sub figures
{
	return sprintf('(SELECT figures FROM padv_read_statements() OFFSET %d LIMIT 1)',
		rand(20))
	  if rand() < 0.5;
	return sprintf("ROW(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, now(), %s, %s)::padv_figures",
		number(), real(), real(), real(), real(), real(), number(), number(), number(),
		number(), one_of("'infinity'", "'-infinity'", 'now()', 'NULL'), histogram());
}

sub histogram
{
	return one_of('NULL', "'{}'", "'{1}'", "'{NULL}'", "'{{1,2},{3,4}}'", "'[5:6]={1,2}'",
		"'{9223372036854775807,9223372036854775807,-1}'",
		'array_fill(1::bigint, ARRAY[5000])');
}

my %values = (
	'text' => sub {
		return rand() < 0.3
		  ? q{(SELECT id FROM perfadvisor_advise(ARRAY['SELECT * FROM tenk1 WHERE stringu1 = $1']) LIMIT 1)}
		  : literal(broken(one_of(@statements, @indexes, 'node', 'padv_advice')));
	},
	'text[]' => sub { return list(\@indexes, 'text[]') },
	'name' => sub { return one_of("'postgres'", "'smith'", "'nobody'", "''") },
	'name[]' => sub { return one_of("'{postgres}'", "'{NULL}'", "'{}'", "'{{a,b}}'") },
	'jsonb' => \&usage,
	'bigint' => sub { return rand() < 0.5 ? int(rand(9)) : number() },
	'bigint[]' => \&histogram,
	'integer' => sub { return one_of('0', '1', '-1', '7', '2147483647', '-2147483648') },
	'smallint[]' => sub { return one_of("'{}'", "'{1}'", "'{0,-1,-32768}'", "'{NULL,32767}'", "'{{1}}'") },
	'numeric' => sub { return one_of('0', '-1', "'NaN'", "'Infinity'", '1e300', '0.00001') },
	'interval' => sub { return one_of("'0'", "'-1 day'", "'178000000 years'", "'1 month -1 day'") },
	'pg_node_tree' => sub {
		return one_of('(SELECT indexprs FROM pg_index WHERE indexprs IS NOT NULL LIMIT 1)',
			'(SELECT ev_action FROM pg_rewrite LIMIT 1)',
			'(SELECT adbin FROM pg_attrdef LIMIT 1)');
	},
	'boolean' => sub { return one_of('true', 'false', 'NULL') },
	'oid' => sub { return one_of('0', '1', '10', '4294967295', q{'tenk1'::regclass}, q{'tenk1_unique1'::regclass}, 'NULL') },
	'oid[]' => sub { return one_of("'{}'", "'{0,10}'", "'{NULL}'", "'{{1},{2}}'") },
	'regclass' => sub { return one_of("'tenk1'", "'tenk1_unique1'", "'prt1'", "'pg_class'", "'0'", "'4294967295'", 'NULL') },
	'double precision' => \&real,
	'double precision[]' => sub { return one_of('NULL', "'{1}'", "'{}'", "'{NaN,-1}'", "'{{1},{2}}'", "'{NULL}'") },
	'timestamp with time zone' => sub { return one_of("'infinity'", "'-infinity'", 'now()', 'NULL') },
	'padv_figures' => \&figures,
	'padv_figures[]' => sub { return 'ARRAY[' . join(', ', map { figures() } 1 .. int(rand(4))) . ']' });

sub value
{
	my ($type) = @_;
	my $make = $values{$type};

	return rand() < 0.05 || !$make ? "NULL::$type" : '(' . $make->() . ")::$type";
}

sub any_function
{
	my ($name, @types) = @{ one_of(@functions) };

	return "$name(" . join(', ', map { value($_) } @types) . ')';
}

sub advising
{
	my $which = rand();

	# the slow ones
	return sprintf('perfadvisor_recommendations(%s, %s)', number(), real())
	  if $which < 0.005;
	return sprintf('perfadvisor_evaluate(%s)', list(\@indexes, 'text[]'))
	  if $which < 0.1;
	return sprintf('perfadvisor_whatif(%s, %s, %s)',
		literal(broken(one_of(@statements))),
		list(\@indexes, 'text[]'),
		one_of("'{}'", 'NULL', "'{tenk1_unique1}'", "'{tenk1}'", "'{0}'", "'{4294967295}'"))
	  if $which < 0.5;
	return sprintf('perfadvisor_advise(%s, %s, %s, %s)',
		list(\@statements, 'text[]'),
		one_of(('NULL') x 5, "'{1}'", "'{1,2}'", "'{-1}'", "'{NaN}'", "'{{1},{2}}'"),
		number(), real());
}

foreach (1 .. $count)
{
	my $call = rand() < 0.6 ? advising() : any_function();

	print "SELECT count(*) FROM $call;\n";
}
