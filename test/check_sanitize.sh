#!/usr/bin/env bash
# check_sanitize.sh: the tests with perfadvisor compiled for gcc's sanitizers,
# of addresses and of undefined behaviour, on the server with assertions.
#
# What they find ends the server's process, and counts as a crash.  They see
# what perfadvisor's own code does; what it asks of PostgreSQL is the business
# of make check-assert and make check-valgrind.  Ends with a line "N passed, N
# failed".
#
# TESTS		as for check.sh
# FUZZ		statements of sqlsmith on it as well (check_fuzz.sh); default 0
# LIMIT		seconds that the tests may take; default 3000
set -u
cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
. test/count.sh
. test/source.sh
. test/assert.sh

trap end_ran EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# A server with NLS hangs when a sanitizer's library was loaded before it; the
# one with assertions has none.
enter_assert_server

# PostgreSQL wants int64 aligned to 8 bytes where it is not an on-disk datum,
# and lets pointers of varlena be anything: alignment is left out, as on its
# own build farm.
PADV_COPT="-O1 -g -fno-omit-frame-pointer \
-fsanitize=address,undefined,float-cast-overflow,float-divide-by-zero \
-fno-sanitize=alignment -fno-sanitize-recover=all"

# The libraries must be there before the server itself.
preloaded=
for library in libasan.so libubsan.so; do
	found=$(gcc -print-file-name=$library)
	if [ "$found" = "$library" ]; then
		skip "all: gcc has no $library here"
		closing
		exit 0
	fi
	preloaded=$preloaded${preloaded:+:}$found
done
PADV_LAUNCH="env LD_PRELOAD=$preloaded \
ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0:abort_on_error=1 \
UBSAN_OPTIONS=print_stacktrace=1:abort_on_error=1"
export PADV_COPT PADV_LAUNCH

check_and_fuzz "with sanitizers"
closing
