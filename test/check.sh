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
. test/suites.sh

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

# ---- all of it ----

ok "build without a warning"
static_check includes bash test/check_includes.sh
static_check map bash test/check_map.sh
static_check format perl test/format.pl --check
static_check runner bash test/check_runner.sh

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
		tap "$name" "test/t/$name.pl"
	done
elif [ -n "$(names_of 'test/t/*.pl' .pl)" ]; then
	skip "TAP tests: this PostgreSQL was built without support for them"
fi

closing
