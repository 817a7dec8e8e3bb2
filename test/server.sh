# shellcheck shell=bash
# server.sh: servers on the stage (test/stage.sh), for checks and for
# measurements.  Sourced, not run, after lib.sh.

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
	pg_ctl -D "$PADV_STAGE/$1" -l "$PADV_STAGE/$1.log" -t 900 -w start \
		>"$PADV_STAGE/$1.start" 2>&1 ||
		die "a server does not start: $(tail -n 5 "$PADV_STAGE/$1.start" \
			"$PADV_STAGE/$1.log")"
}

stop_server() {
	pg_ctl -D "$PADV_STAGE/$1" -m fast -t 900 -w stop >/dev/null
}

# What must be in no server's log: crashes, failed assertions, damage, leaks
bad_lines() {
	grep -aE 'PANIC:|TRAP:|was terminated by signal|stuck spinlock|corrupted|invalid page|ERROR:  could not read block|runtime error: |AddressSanitizer|WARNING:.*(reference leak|refcount leak|snapshot .* still active|resource was not closed)' "$@"
}

# sql SERVER [ARGUMENT...]: psql as a script has it, in the database DATABASE
sql() {
	local server=$1
	shift

	psql -X -q -At -v ON_ERROR_STOP=1 -h "$TMPDIR/$server" -U postgres \
		"$@" "${DATABASE:-postgres}"
}
