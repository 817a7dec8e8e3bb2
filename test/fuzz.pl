#!/usr/bin/perl
#
# fuzz.pl SEED COUNT: calls of perfadvisor's functions with arguments that are
# nearly right, for check_fuzz.sh.
#
# Statements and index definitions over the tables of core's regression
# database, with pieces left out, repeated, exchanged and broken.

use strict;
use warnings;

my ($seed, $count) = @ARGV;

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

foreach (1 .. $count)
{
	my $which = int(rand(4));
	my $call =
	    $which == 0
	  ? sprintf('perfadvisor_advise(%s, %s, %s, %s)',
		list(\@statements, 'text[]'),
		one_of('NULL', "'{1}'", "'{1,2}'", "'{-1}'", "'{NaN}'", "'{{1},{2}}'"),
		number(), real())
	  : $which == 1
	  ? sprintf('perfadvisor_whatif(%s, %s, %s)',
		literal(broken(one_of(@statements))),
		list(\@indexes, 'text[]'),
		one_of("'{}'", 'NULL', "'{tenk1_unique1}'", "'{tenk1}'", "'{0}'", "'{4294967295}'"))
	  : $which == 2
	  ? sprintf('perfadvisor_evaluate(%s)', list(\@indexes, 'text[]'))
	  : sprintf('perfadvisor_recommendations(%s, %s)', number(), real());

	# recommendations are the slow ones
	next if $which == 3 && rand() > 0.02;
	print "SELECT count(*) FROM $call;\n";
}
