# Some libraries do not pass on the hook by which shared memory is asked for.
# Preloaded after perfadvisor, such a one keeps the server from starting, with a
# message that tells what to do; before perfadvisor, it does no harm.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $dir = PostgreSQL::Test::Utils::tempdir;

append_to_file("$dir/selfish.c", q{
#include "postgres.h"
#include "fmgr.h"
#include "miscadmin.h"

PG_MODULE_MAGIC;

void _PG_init(void);

static void
selfish_request(void)
{
}

void
_PG_init(void)
{
	shmem_request_hook = selfish_request;
}
});

sub pg_config
{
	my $value = '';
	IPC::Run::run([ 'pg_config', "--$_[0]" ], '>', \$value);
	chomp $value;
	return $value;
}

my $cc = (split ' ', pg_config('cc'))[-1];
my $output = '';
my @command = ($cc, '-shared', '-fPIC', '-I' . pg_config('includedir-server'),
	'-I' . pg_config('includedir'), '-o', "$dir/selfish.so", "$dir/selfish.c");
my $built = eval { IPC::Run::run([@command], '>', \$output, '2>', \$output) };
plan skip_all => "cannot build a library: $output" if !$built;

my $node = PostgreSQL::Test::Cluster->new('selfish');
$node->init;
$node->append_conf('postgresql.conf',
	"shared_preload_libraries = 'perfadvisor,$dir/selfish.so'");
is($node->start(fail_ok => 1), 0, 'after perfadvisor: the server does not start');
my $log = slurp_file($node->logfile);
like($log, qr/FATAL:  perfadvisor could not ask for its shared memory/, '... and says why');
like($log, qr/HINT:  Put perfadvisor at the end of "shared_preload_libraries"/,
	'... and what to do');

$node->append_conf('postgresql.conf',
	"shared_preload_libraries = '$dir/selfish.so,perfadvisor'");
$node->start;
is($node->safe_psql('postgres', q{
CREATE EXTENSION perfadvisor;
SELECT preloaded FROM perfadvisor_info();}),
	't', 'before perfadvisor: all works');
$node->stop;

done_testing();
