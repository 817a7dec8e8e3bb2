#!/usr/bin/env bash
# check_valgrind.sh: regression tests in a server under valgrind's memcheck.
#
# Each test counts as one, and so does the absence of errors.  Some forty times
# slower than without; on a server that was built for it (make check-assert
# builds one, and says where), memory contexts are checked as well.  Ends with a
# line "N passed, N failed".
#
# TESTS		names or patterns; default: those of recording, advice, what-if
# PG_CONFIG	the PostgreSQL to use
set -u
cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
. test/count.sh
. test/server.sh
. test/coretests.sh

TESTS=${TESTS:-collect_* store_* whatif_* advise_kinds advise_shapes recommend_recorded}

if [ -z "${PADV_STAGE-}" ]; then
	bash test/setup.sh valgrind || {
		say "0 passed, 1 failed"
		exit 1
	}
	on_core_stage bash test/check_valgrind.sh
fi

# In place of the server's program: valgrind around it, where it is to serve.
wrap_server() {
	mv "$PGBIN/postgres" "$PGBIN/postgres.bin"
	cat >"$PGBIN/postgres" <<-SH
		#!/bin/sh
		case "\$*" in
			*"-D"*) exec valgrind --quiet --leak-check=no --error-limit=no \\
				--fullpath-after= --suppressions="$CORE/src/tools/valgrind.supp" \\
				--suppressions="$PWD/test/valgrind.supp" \\
				--log-file="$PADV_STAGE/valgrind/%p" "$PGBIN/postgres.bin" "\$@" ;;
		esac
		exec "$PGBIN/postgres.bin" "\$@"
	SH
	chmod +x "$PGBIN/postgres"
	mkdir -p "$PADV_STAGE/valgrind"
}

tests_wanted() {
	local pattern file

	set -f
	for pattern in $TESTS; do
		set +f
		# shellcheck disable=SC2231
		for file in test/sql/$pattern.sql; do
			[ ! -e "$file" ] || basename "$file" .sql
		done
		set -f
	done
	set +f
}

run_tests() {
	local out=$PADV_STAGE/results verdict name ms

	mkdir -p "$out"
	# shellcheck disable=SC2046
	"$PGXS_DIR/src/test/regress/pg_regress" --inputdir=test \
		--outputdir="$out" --bindir="$PGBIN" --host="$TMPDIR/watched" \
		--user=postgres --dbname=contrib_regression --encoding=UTF8 \
		--load-extension=perfadvisor $(tests_wanted) >"$out/output" 2>&1
	regress_lines "$out/output" >"$out/lines"
	[ -s "$out/lines" ] || {
		not_ok "the tests did not run"
		tail -n 10 "$out/output" | narrow
	}
	while read -r verdict name ms; do
		if [ "$verdict" = ok ]; then
			ok "$name  $ms ms"
		else
			not_ok "$name"
		fi
	done <"$out/lines"
	[ ! -s "$out/regression.diffs" ] || head -n 60 "$out/regression.diffs" | narrow
}

# Errors that have perfadvisor's sources or library among their callers.  What
# is core's own has names that core's suppressions know only where the server's
# symbols were kept.
no_errors() {
	find "$PADV_STAGE/valgrind" -type f -size +0 -exec cat {} + |
		awk -v stage="$PADV_STAGE/src/src/" '
			/^==[0-9]+== *$/ { if (ours) printf "%s\n", text; text = ours = "" }
			{ text = text $0 "\n" }
			index($0, stage) || /perfadvisor\.so/ { ours = 1 }
			END { if (ours) printf "%s\n", text }' >"$PADV_STAGE/errors"
	head -n 60 "$PADV_STAGE/errors"
	[ ! -s "$PADV_STAGE/errors" ]
}

new_server watched perfadvisor "jit = off" "max_prepared_transactions = 4" \
	"max_parallel_workers_per_gather = 0" "wal_level = logical" \
	"perfadvisor.progress_interval = 0" "perfadvisor.planning_timeout = 0" \
	"log_line_prefix = '%m [%p] %q%a %e '" "fsync = off"
wrap_server
start_server watched
run_tests
holds "the server stops" stop_server watched
holds "memcheck: no errors of perfadvisor" no_errors
if bad_lines "$PADV_STAGE/watched.log" >"$PADV_STAGE/bad"; then
	not_ok "the server's log"
	head -n 20 "$PADV_STAGE/bad" | narrow
else
	ok "nothing amiss in the server's log"
fi
closing
