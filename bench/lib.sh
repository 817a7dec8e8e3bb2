# shellcheck shell=bash
# lib.sh: what the measurements share.  Sourced from the top of the tree.
. test/lib.sh

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

# ---- servers ----

# A cluster to copy from: initializing one takes a while.
make_template() {
	[ ! -d "$PADV_STAGE/template" ] || return 0
	initdb -D "$PADV_STAGE/template" -U postgres -A trust --no-sync \
		--locale=C -E UTF8 >"$PADV_STAGE/initdb.log" 2>&1 ||
		die "initdb failed: $(tail -n 3 "$PADV_STAGE/initdb.log")"
}

# new_server NAME LIBRARIES [SETTING...]: a cluster of that name, not started
new_server() {
	local name=$1 libraries=$2 dir=$PADV_STAGE/$1 setting
	shift 2

	make_template
	cp -R "$PADV_STAGE/template" "$dir"
	mkdir -p "$TMPDIR/$name"
	{
		echo "shared_preload_libraries = '$libraries'"
		echo "listen_addresses = ''"
		echo "unix_socket_directories = '$TMPDIR/$name'"
		echo "fsync = off"
		echo "autovacuum = off"
		echo "max_wal_size = 4GB"
		for setting in "$@"; do echo "$setting"; done
	} >>"$dir/postgresql.conf"
}

start_server() {
	pg_ctl -D "$PADV_STAGE/$1" -l "$PADV_STAGE/$1.log" -w start >/dev/null ||
		die "a server does not start: $(tail -n 5 "$PADV_STAGE/$1.log")"
}

stop_server() {
	pg_ctl -D "$PADV_STAGE/$1" -m fast -w stop >/dev/null
}

# sql SERVER [ARGUMENT...]: psql as a script has it
sql() {
	local server=$1
	shift

	psql -X -q -At -v ON_ERROR_STOP=1 -h "$TMPDIR/$server" -U postgres \
		"$@" postgres
}

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
