# What is recorded agrees with pg_stat_statements, statement by statement, and
# with pg_stat_user_tables, table by table, whatever protocol is used.
#
# Measures real times: it may be tried twice.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my ($libdir) = run_command([ 'pg_config', '--pkglibdir' ]);
my $have_pgss = -e "$libdir/pg_stat_statements.so";

my $node = PostgreSQL::Test::Cluster->new('agreement');
$node->init;
$node->append_conf(
	'postgresql.conf',
	"shared_preload_libraries = '"
	  . ($have_pgss ? 'pg_stat_statements, ' : '')
	  . "perfadvisor'\n"
	  . ($have_pgss ? "pg_stat_statements.track = all\n" : '')
	  . q{
autovacuum = off
jit = off
max_parallel_workers = 4
max_parallel_workers_per_gather = 0
});
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION perfadvisor');
$node->safe_psql('postgres', 'CREATE EXTENSION pg_stat_statements')
  if $have_pgss;
$node->safe_psql(
	'postgres', q{
CREATE TABLE item AS
	SELECT g AS id, g % 100 AS kind, md5(g::text) AS note FROM generate_series(1, 20000) g;
ALTER TABLE item ADD PRIMARY KEY (id);
CREATE TABLE small AS SELECT g AS id, g % 10 AS kind FROM generate_series(1, 500) g;
CREATE TABLE part (id int, kind int) PARTITION BY HASH (id);
CREATE TABLE part_0 PARTITION OF part FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE part_1 PARTITION OF part FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO part SELECT g, g % 10 FROM generate_series(1, 2000) g;
CREATE TABLE owner (id int PRIMARY KEY);
INSERT INTO owner SELECT g FROM generate_series(1, 20) g;
CREATE TABLE owned (id int, owner_id int REFERENCES owner ON DELETE CASCADE);
INSERT INTO owned SELECT g, g % 20 + 1 FROM generate_series(1, 200) g;
CREATE FUNCTION count_kind(k int) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
	DECLARE n bigint; BEGIN SELECT count(*) INTO n FROM small WHERE kind = k; RETURN n; END $$;
CREATE FUNCTION sql_kind(k int) RETURNS bigint LANGUAGE sql VOLATILE AS $$
	SELECT count(*) FROM small WHERE kind = k AND random() >= 0 $$;
VACUUM ANALYZE;
});

# A view of the statements on these tables.
my $recorded = q{
	SELECT * FROM perfadvisor_queries
	WHERE datname = current_database() AND query ~ '\m(item|small|part|own)'
		AND query !~ 'perfadvisor_|pg_stat_'};

# Sessions that end tell what they have counted, which must not come after the
# reset.
sub reset_all
{
	$node->poll_query_until('postgres', q{
		SELECT count(*) = 0 FROM pg_stat_activity WHERE pid <> pg_backend_pid()
			AND backend_type IN ('client backend', 'parallel worker')})
	  or die 'sessions do not end';
	$node->safe_psql('postgres', 'SELECT pg_stat_reset()');
	$node->safe_psql('postgres', 'SELECT pg_stat_statements_reset()')
	  if $have_pgss;
	$node->safe_psql('postgres', 'SELECT perfadvisor_reset()');
	return;
}

sub bench
{
	my ($name, $protocol, $clients, $script) = @_;

	$node->pgbench(
		"-n -M $protocol -c $clients -t 30",
		0,
		[qr{processed: \d+/}],
		[qr{^$}],
		"pgbench $protocol",
		{ "001_bench_$name" => $script });
	return;
}

# Runs it, and reads and compares what both have counted.  The two stop their
# clocks one after the other.  A machine that halts the process in between makes
# the times differ by as long, which says nothing of either, so that what was run
# is run again, until the times of each statement have agreed once.
sub agrees
{
	my ($what, $run) = @_;
	my %differing;

	foreach my $try (1 .. 10)
	{
		reset_all();
		$run->($try);
		return if !$have_pgss;
		is( $node->safe_psql(
				'postgres', qq{
SELECT p.toplevel, p.calls, q.calls, p.rows, q.rows, q.query
FROM ($recorded) q JOIN pg_stat_statements p USING (queryid, toplevel, dbid, userid)
WHERE p.calls <> q.calls OR p.rows <> q.rows}),
			'',
			"$what: calls and rows agree");
		my $times = $node->safe_psql(
			'postgres', qq{
SELECT q.queryid, p.toplevel,
	abs(p.total_exec_time - q.total_ms) <= 0.05 * q.total_ms + 0.05 * q.calls,
	p.calls, p.total_exec_time, q.total_ms
FROM ($recorded) q JOIN pg_stat_statements p USING (queryid, toplevel, dbid, userid)});
		foreach my $line (split(/\n/, $times))
		{
			my ($queryid, $toplevel, $good) = split(/\|/, $line);
			my $statement = "$queryid|$toplevel";

			$differing{$statement} = $good eq 't' ? '' : $line
			  if ($differing{$statement} // 'new') ne '';
		}
		last if !grep { $_ ne '' } values %differing;
		note("try $try: ", join(' ', grep { $_ ne '' } values %differing));
	}
	is(join(' ', grep { $_ ne '' } values %differing), '', "$what: times agree");
	is( $node->safe_psql(
			'postgres', qq{
SELECT p.query, p.toplevel
FROM pg_stat_statements p LEFT JOIN ($recorded) q USING (queryid, toplevel, dbid, userid)
WHERE p.query ~* '^(select|insert|update|delete|merge|with)'
	AND p.query ~ '\\m(item|small|part|own)' AND p.query !~ 'perfadvisor_|pg_stat_'
	AND p.calls > 0 AND q.queryid IS NULL}),
		'',
		"$what: nothing is missing");
	return;
}

# Rows by table, where partitions count for their parent.
sub rows_agree
{
	my ($what) = @_;
	my $tables = q{
SELECT string_agg(name || ' ' || rows, ', ' ORDER BY name COLLATE "C") FROM (
	SELECT coalesce(i.inhparent, s.relid)::regclass::text, sum(seq_tup_read)
	FROM pg_stat_user_tables s LEFT JOIN pg_inherits i ON i.inhrelid = s.relid
	WHERE seq_tup_read > 0 GROUP BY 1) t (name, rows)};
	my $ours = q{
SELECT string_agg(name || ' ' || rows, ', ' ORDER BY name COLLATE "C") FROM (
	SELECT relation::text, sum(rows_read)
	FROM perfadvisor_seq_scans GROUP BY 1) t (name, rows)};
	my $expected = $node->safe_psql('postgres', $ours);

	# other backends report when they end, or a little later
	$node->poll_query_until('postgres', $tables, $expected);
	is($node->safe_psql('postgres', $tables),
		$expected, "$what: rows of sequential scans agree");
	is( $node->safe_psql(
			'postgres', "SELECT sum(seq_rows_read) FROM ($recorded) q"),
		$node->safe_psql(
			'postgres', 'SELECT sum(rows_read) FROM perfadvisor_seq_scans'),
		"$what: and add up by statement");
	return;
}

# ---- protocols ----

foreach my $protocol (qw(simple extended prepared))
{
	my $script = q{
\set id random(1, 20000)
\set kind random(0, 9)
SELECT note FROM item WHERE id = :id;
SELECT count(*) FROM small WHERE kind = :kind;
UPDATE item SET kind = kind + 1 WHERE id = :id;
SELECT s.id, i.note FROM small s JOIN item i ON i.id = s.id WHERE s.kind = :kind ORDER BY s.id LIMIT 5;
INSERT INTO small SELECT id, 10 FROM small WHERE id = 1 AND kind = :kind;
};

	agrees($protocol, sub { bench("${protocol}_$_[0]", $protocol, 2, $script) });
	rows_agree($protocol);
	is( $node->safe_psql(
			'postgres', "SELECT DISTINCT calls FROM ($recorded) q"),
		'60',
		"$protocol: every call is counted");
}

# ---- nested statements ----

my $script = q{
SELECT count_kind(kind), sql_kind(kind) FROM small WHERE id < 20;
SELECT count(*) FROM small WHERE count_kind(kind) > 5 AND id < 30;
DELETE FROM owner WHERE id < 5;
DO $$ DECLARE r record; BEGIN
	FOR r IN SELECT * FROM small WHERE id < 60 LOOP PERFORM count(*) FROM small WHERE kind = r.kind; END LOOP;
END $$;
DO $$ DECLARE r record; BEGIN
	FOR r IN SELECT * FROM part WHERE kind = 3 LOOP PERFORM count_kind(r.kind); COMMIT; END LOOP;
END $$;
WITH gone AS (DELETE FROM small WHERE id > 490 RETURNING *) SELECT count(*) FROM gone;
WITH added AS (INSERT INTO small SELECT id + 1000, kind FROM small WHERE id > 480) SELECT 1;
SELECT (SELECT count(*) FROM small s2 WHERE s2.kind = s1.kind) FROM small s1 WHERE s1.id < 12;
SELECT count(*) FROM small TABLESAMPLE BERNOULLI (100);
SELECT count(*) FROM part WHERE kind = 3;
SELECT id FROM part ORDER BY id LIMIT 3;
};
agrees('nested', sub { $node->safe_psql('postgres', $script) });
rows_agree('nested');

# ---- cursors, and errors caught ----

$script = q{
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM small;
FETCH 10 FROM c;
SELECT count(*) FROM small;
FETCH 20 FROM c;
SELECT count_kind(1);
CLOSE c;
COMMIT;
DO $$ BEGIN
	FOR i IN 1..5 LOOP
		BEGIN
			PERFORM count_kind(i);
			PERFORM 1 / (i - 3);
		EXCEPTION WHEN division_by_zero THEN
			PERFORM count(*) FROM small WHERE kind = i + 1;
		END;
	END LOOP;
END $$;
};
agrees('cursors', sub { $node->safe_psql('postgres', $script) });
rows_agree('cursors');

# ---- parallel queries ----

$script = q{
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT count(*) FROM item WHERE kind = 5;
SELECT count(*) FROM item JOIN small USING (kind) WHERE item.id < 1000;
SELECT count(*), count_kind(1) FROM item WHERE note <> '';
SET parallel_leader_participation = off;
SELECT count(*) FROM item WHERE kind = 6 AND note <> '';
};
agrees('parallel', sub { $node->safe_psql('postgres', $script) });
rows_agree('parallel');
is( $node->safe_psql(
		'postgres', qq{
SELECT calls, rows, seq_scans, seq_rows_read FROM ($recorded) q
WHERE query = 'SELECT count(*) FROM item WHERE kind = \$1'}),
	'1|1|1|20000',
	'a parallel scan is one call and one scan with all rows');

$node->stop;
done_testing();
