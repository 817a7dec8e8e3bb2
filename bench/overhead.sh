#!/usr/bin/env bash
# overhead.sh: everything that recording costs, measured: instructions a
# statement, throughput under load, more statements than there is room for,
# memory.  Each part is a script beside this one, with choices of its own.
#
# See bench/README.md.  PG_CONFIG: the PostgreSQL to use
set -u
cd "$(dirname "$0")/.." || exit 1
. bench/lib.sh
TOOLS=valgrind
on_stage

started=$SECONDS
for part in instructions throughput eviction memory; do
	bash bench/$part.sh || die "$part.sh failed"
done
say "
took $((SECONDS - started)) s without the build"
