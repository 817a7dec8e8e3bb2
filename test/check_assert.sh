#!/usr/bin/env bash
# check_assert.sh: the tests on a server that was built with assertions, and
# that frees and poisons memory at once: what it finds is in the server's log
# as a failed assertion, and counts as a crash.
#
# Builds that server from Debian's sources the first time (test/source.sh),
# which takes some eight minutes.  Ends with a line "N passed, N failed".
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

enter_assert_server
check_and_fuzz "with assertions"
closing
