# shellcheck shell=bash
# coretests.sh: PostgreSQL's own tests on a server of the stage.  Sourced, not
# run, after server.sh.
#
# CORE		PostgreSQL's sources (test/source.sh)

# What core's tests load beside contrib's modules.
build_helpers() {
	local file

	mkdir -p "$PADV_STAGE/dl"
	for file in src/test/regress/regress.c contrib/spi/refint.c \
		contrib/spi/autoinc.c
	do
		gcc -O1 -fPIC -w -shared -DREFINT_VERBOSE \
			-I"$(pg_config --includedir-server)" -I"$CORE/src/include" \
			-o "$PADV_STAGE/dl/$(basename "$file" .c).so" "$CORE/$file" ||
			return 1
	done
}

schedule() {
	case $1 in
		regress) say parallel_schedule ;;
		isolation) say isolation_schedule ;;
	esac
}

# suite NAME SERVER [TEST...]: runs it, or these of its tests, and leaves the
# verdicts in SERVER.NAME/lines
suite() {
	local name=$1 server=$2 out=$PADV_STAGE/$2.$1 program
	shift 2

	program=$PGXS_DIR/src/test/$name/pg_$name
	[ "$name" = regress ] || program=${program}_regress
	mkdir -p "$out/testtablespace" "$out/sql" "$out/expected"
	# the tests write beside their sources
	cp -R "$CORE/src/test/$name" "$out/input"
	[ $# -gt 0 ] || set -- --schedule="$out/input/$(schedule "$name")"
	(cd "$out" && "$program" --bindir="$PGBIN" --host="$TMPDIR/$server" \
		--user=postgres --inputdir="$out/input" --outputdir="$out" \
		--dlpath="$PADV_STAGE/dl" --max-concurrent-tests=20 "$@") \
		>"$out/output" 2>&1
	regress_lines "$out/output" >"$out/lines"
}

# core_server NAME LIBRARIES [SETTING...]: with perfadvisor, it records all
core_server() {
	local name=$1 libraries=$2
	shift 2

	new_server "$name" "$libraries" "compute_query_id = regress" \
		"autovacuum = on" "max_prepared_transactions = 2" \
		"wal_level = logical" "logical_decoding_work_mem = 64kB" \
		"log_min_messages = warning" "restart_after_crash = on" \
		"log_line_prefix = '%m [%p] %q%a %e '" "$@"
	[ -z "$libraries" ] || printf '%s\n' "perfadvisor.track = all" \
		"perfadvisor.sample_rate = 1" "perfadvisor.slow_query_ms = 0" \
		"perfadvisor.progress_interval = 0" \
		>>"$PADV_STAGE/$name/postgresql.conf"
	start_server "$name"
}

# spare_core SERVER: takes out of the database "regression" what makes core fail
# an assertion of its own.  It takes statistics of dependencies on expressions
# for a sign that no two clauses are on the same expression; with an index on
# upper(b), "(a * 2 = 2 OR upper(b) = '1') AND upper(b) = '1'" has two.
spare_core() {
	DATABASE=regression sql "$1" -c 'DROP STATISTICS IF EXISTS func_deps_stat'
}

# on_core_stage COMMAND...: runs it on a stage, with PostgreSQL's sources
on_core_stage() {
	local rc

	. test/source.sh
	CORE=$(core_source)
	rc=$?
	if [ $rc = 77 ]; then
		skip "all: PostgreSQL's sources are not to be had"
		closing
		exit 0
	elif [ $rc != 0 ]; then
		say "0 passed, 1 failed"
		exit 1
	fi
	export CORE
	bash test/stage.sh "$@"
	rc=$?
	[ $rc -ne 3 ] || say "0 passed, 1 failed"
	exit $rc
}
