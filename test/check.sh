#!/usr/bin/env bash
# check.sh: everything that "make check" checks, on a stage of its own.
#
# Counts each regression test, isolation test, TAP assertion and static check
# as one, prints what differs where one fails, and ends with a line
# "N passed, N failed".
#
# TESTS		names or patterns of the tests to run: TESTS='advise_* 001_*'
# ACCEPT	1: make the results of this run the expected ones
# PG_CONFIG	the PostgreSQL to use
# PADV_COPT, PADV_LAUNCH	as for stage.sh
set -u
cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
. test/count.sh

# ---- before the stage ----

if [ -z "${PADV_STAGE-}" ]; then
	PADV_KEEP=
	[ -z "${ACCEPT-}" ] || PADV_KEEP=$(mktemp -d)
	PADV_COPT="-Werror ${PADV_COPT-}" PADV_KEEP=$PADV_KEEP bash test/stage.sh \
		bash test/check.sh
	rc=$?
	if [ -n "$PADV_KEEP" ]; then
		cp "$PADV_KEEP"/*.out expected/ 2>/dev/null &&
			say "accepted: see what changed in expected/"
		rm -rf "$PADV_KEEP"
	fi
	# 3: it did not get as far as a test
	[ $rc -ne 3 ] || say "0 passed, 1 failed"
	exit $rc
fi

# ---- choosing ----

results=$PADV_STAGE/results
mkdir -p "$results"

# wanted NAME: does TESTS, if set, name it?
wanted() {
	local pattern

	[ -n "${TESTS-}" ] || return 0
	set -f
	for pattern in $TESTS; do
		# shellcheck disable=SC2254
		case $1 in $pattern) set +f; return 0 ;; esac
	done
	set +f
	return 1
}

# names_of GLOB SUFFIX: the wanted tests among those files
names_of() {
	local file name

	for file in $1; do
		[ -e "$file" ] || continue
		name=$(basename "$file" "$2")
		if wanted "$name"; then say "$name"; fi
	done
}

# ---- static checks ----

static_check() {
	local name=$1 rc log=$results/static.log
	shift

	wanted "$name" || return 0
	"$@" >"$log" 2>&1
	rc=$?
	case $rc in
		0) ok "$name" ;;
		77) skip "$name: $(tail -n 1 "$log")" ;;
		*)
			not_ok "$name"
			head -n 100 "$log" | narrow
			;;
	esac
}

# ---- pg_regress ----

# regress LABEL PROGRAM CONFIG NAME...: one run on a server of its own
regress() {
	local label=$1 program=$2 config=$3 out=$results/$1 rc verdict name ms bad=0
	shift 3

	[ $# -gt 0 ] || return 0
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
	regress_lines "$out/output" >"$out/lines"
	while read -r verdict name ms; do
		if [ "$verdict" = ok ]; then
			ok "$label/$name  $ms ms"
		else
			not_ok "$label/$name"
			bad=1
		fi
	done <"$out/lines"
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

# ---- TAP ----

tap() {
	local name=$1 log=$results/$1.log rc good bad

	mkdir -p "$results/tap/$name"
	TESTDIR=$results/tap/$name TESTDATADIR=$results/tap/$name/data \
		TESTLOGDIR=$results/tap/$name/log \
		PG_REGRESS=$PGXS_DIR/src/test/regress/pg_regress \
		prove -v -I "$PGXS_DIR/src/test/perl" -I test "test/t/$name.pl" \
		>"$log" 2>&1
	rc=$?
	good=$(grep -cE '^ok [0-9]' "$log")
	bad=$(grep -E '^not ok [0-9]' "$log" | grep -cv '# TODO')
	passed=$((passed + good))
	failed=$((failed + bad))
	if [ $rc = 0 ] && [ "$good" = 0 ]; then
		skip "tap/$name: $(sed -n 's/^1\.\.0 # SKIP *//p' "$log")"
	elif [ $rc = 0 ]; then
		say "ok      tap/$name  $good assertions"
	else
		[ "$bad" != 0 ] || failed=$((failed + 1))
		say "FAILED  tap/$name  $good assertions held, $bad did not"
		grep -vE '^ok [0-9]' "$log" | tail -n 60 | narrow
		find "$results/tap/$name" -name '*.log' \
			-exec grep -haE ' (WARNING|ERROR|FATAL|PANIC): ' {} + |
			tail -n 20 | narrow
	fi
}

# ---- all of it ----

ok "build without a warning"
static_check includes bash test/check_includes.sh
static_check map bash test/check_map.sh
static_check format perl test/format.pl --check

preloaded=$results/regress.conf
cp test/regress.conf "$preloaded"
[ ! -e "$("$PG_CONFIG" --pkglibdir)/pg_stat_statements.so" ] ||
	say "shared_preload_libraries = 'pg_stat_statements,perfadvisor'" \
		>>"$preloaded"

pg_regress=$PGXS_DIR/src/test/regress/pg_regress
pg_isolation=$PGXS_DIR/src/test/isolation/pg_isolation_regress
all=$(names_of 'test/sql/*.sql' .sql)
# shellcheck disable=SC2046,SC2086
{
	regress regress "$pg_regress" "$preloaded" \
		$(say "$all" | grep -v '^nopreload_')
	regress nopreload "$pg_regress" test/nopreload.conf \
		$(say "$all" | grep '^nopreload_')
	regress isolation "$pg_isolation" "$preloaded" \
		$(names_of 'test/specs/*.spec' .spec)
}
if [ -d "$PGXS_DIR/src/test/perl/PostgreSQL" ]; then
	for name in $(names_of 'test/t/*.pl' .pl); do
		tap "$name"
	done
elif [ -n "$(names_of 'test/t/*.pl' .pl)" ]; then
	skip "TAP tests: this PostgreSQL was built without support for them"
fi

closing
