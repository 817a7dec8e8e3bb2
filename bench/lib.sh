# shellcheck shell=bash
# lib.sh: what the measurements share.  Sourced from the top of the tree.
. test/lib.sh
. test/server.sh

# Runs the script on a stage (test/stage.sh), unless it is on one already.
# $TOOLS: programs that it needs beside those of the tests
on_stage() {
	[ -z "${PADV_STAGE-}" ] || return 0
	# shellcheck disable=SC2086
	bash test/setup.sh ${TOOLS-} || exit 1
	exec bash test/stage.sh bash "bench/$(basename "$0")"
}

title() {
	printf '\n== %s\n\n' "$*"
}

have_pgss() {
	[ -e "$(pg_config --pkglibdir)/pg_stat_statements.so" ]
}

# Numbers on standard input, one a line: the one in the middle.
median() {
	sort -g | awk '{ v[NR] = $1 } END {
		if (NR > 0)
			print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
	}'
}

# ---- pgbench ----

# tps SERVER [ARGUMENT...]: one run of pgbench; prints its transactions per
# second, without the time to connect
tps() {
	local server=$1 log=$PADV_STAGE/pgbench.$1
	shift

	pgbench -n -h "$TMPDIR/$server" -U postgres "$@" postgres >"$log" 2>&1 ||
		die "pgbench failed: $(tail -n 5 "$log")"
	sed -n 's/^tps = \([0-9.]*\) (without initial.*/\1/p' "$log"
}

# transactions SERVER: how many there were in the last such run
transactions() {
	sed -n 's/^number of transactions actually processed: \([0-9]*\).*/\1/p' \
		"$PADV_STAGE/pgbench.$1"
}
