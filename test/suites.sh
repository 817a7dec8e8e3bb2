# shellcheck shell=bash
# suites.sh: how check.sh runs regression, isolation and TAP tests, and counts
# what came out.  Sourced, not run, after lib.sh and count.sh.
#
# Some tests compare times, which a machine that halts a process can spoil,
# however generous they are.  These say so in their heading, and are given a
# second try when they fail, which is told.  All others have one.
#
# PADV_STAGE, PGBIN, PGXS_DIR	as stage.sh has them
# results			the folder for what tests leave behind
# shellcheck disable=SC2154

TIMED='^(#|--) Measures real times: it may be tried twice\.$'

# Does the heading of this file, its lines of comment at the top, say so?
is_timed() {
	awk '!/^(#|--)/ { exit } { print }' "$1" | grep -qE "$TIMED"
}

again() {
	say "again   $*: it measures real times, and is tried a second time"
}

# ---- pg_regress ----

# regress LABEL PROGRAM CONFIG NAME...: one run on a server of its own, and one
# more of what may be tried twice
regress() {
	local label=$1 program=$2 config=$3 twice='' TRY=first
	shift 3

	[ $# -gt 0 ] || return 0
	regress_once "$results/$label" "$@"
	[ -n "$twice" ] || return 0
	TRY=second
	# shellcheck disable=SC2086
	regress_once "$results/$label.second" $twice
}

# regress_once OUT NAME...: with label, program and config of the caller; the
# failed ones that may be tried again are left in "twice", and not counted
regress_once() {
	local out=$1 name rc bad=0
	shift

	mkdir -p "$out"
	# a new test without its expected output fails, and does not end the run
	for name in "$@"; do
		[ -e "expected/$name.out" ] || : >"expected/$name.out"
	done
	"$program" --inputdir=test --outputdir="$out" --bindir="$PGBIN" \
		--temp-instance="$out/instance" --temp-config="$config" \
		--no-locale --encoding=UTF8 --dbname=contrib_regression \
		--load-extension=perfadvisor "$@" >"$out/output" 2>&1
	rc=$?
	count_regress "$out"
	[ ! -d "$out/results" ] || cp "$out/results"/*.out "$PADV_STAGE/keep/" 2>/dev/null
	if [ $bad = 1 ]; then
		head -n 200 "$out/regression.diffs" | narrow
	elif [ $rc != 0 ]; then
		not_ok "$label: the run did not end well"
		tail -n 20 "$out/output" "$out/log/postmaster.log" | narrow
	fi
	# a crash is a failure, whatever the tests made of it
	if grep -aE -A 12 'PANIC:|TRAP:|was terminated by signal|runtime error:|AddressSanitizer' \
		"$out/log/postmaster.log" >"$out/crash"
	then
		not_ok "$label: the server crashed"
		head -n 60 "$out/crash" | narrow
	fi
}

# What pg_regress says of each test; "bad" is whether one failed.
count_regress() {
	local out=$1 verdict name ms when=

	[ $TRY = first ] || when=", the second time"
	regress_lines "$out/output" >"$out/lines"
	while read -r verdict name ms; do
		if [ "$verdict" = ok ]; then
			ok "$label/$name$when  $ms ms"
			continue
		fi
		bad=1
		if [ $TRY = first ] && [ -e "test/sql/$name.sql" ] &&
			is_timed "test/sql/$name.sql"
		then
			again "$label/$name"
			twice="$twice $name"
		else
			not_ok "$label/$name$when"
		fi
	done <"$out/lines"
}

# ---- TAP ----

# tap NAME FILE
tap() {
	local name=$1 file=$2 rc good bad log=$results/$1.log when=

	tap_once
	if [ $rc != 0 ] && is_timed "$file"; then
		again "tap/$name"
		show_tap
		when=", the second time"
		rm -rf "${results:?}/tap/$name"
		tap_once
	fi
	passed=$((passed + good))
	failed=$((failed + bad))
	if [ $rc = 0 ] && [ "$good" = 0 ]; then
		skip "tap/$name: $(sed -n 's/^1\.\.0 # SKIP *//p' "$log")"
	elif [ $rc = 0 ]; then
		say "ok      tap/$name$when  $good assertions"
	else
		[ "$bad" != 0 ] || failed=$((failed + 1))
		say "FAILED  tap/$name$when  $good assertions held, $bad did not"
		show_tap
	fi
}

# Sets rc, good and bad of tap().
tap_once() {
	local dir=$results/tap/$name

	mkdir -p "$dir"
	TESTDIR=$dir TESTDATADIR=$dir/data TESTLOGDIR=$dir/log \
		TEMP_CONFIG=$PWD/test/tap.conf \
		PG_REGRESS=$PGXS_DIR/src/test/regress/pg_regress \
		prove -v -I "$PGXS_DIR/src/test/perl" -I test "$file" >"$log" 2>&1
	rc=$?
	good=$(grep -cE '^ok [0-9]' "$log")
	bad=$(grep -E '^not ok [0-9]' "$log" | grep -cv '# TODO')
}

# What failed, and what the servers of the test said.
show_tap() {
	grep -vE '^ok [0-9]' "$log" | tail -n 60 | narrow
	find "$results/tap/$name" -name '*.log' \
		-exec grep -haE ' (WARNING|ERROR|FATAL|PANIC): ' {} + |
		tail -n 20 | narrow
}
