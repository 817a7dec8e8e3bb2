# shellcheck shell=bash
# assert.sh: make check and make check-fuzz on the server with assertions.
# Sourced, not run, after lib.sh, count.sh and source.sh.

# Builds that server the first time; ends the script where there is none.
enter_assert_server() {
	local config rc

	config=$(assert_server)
	rc=$?
	if [ "$rc" = 77 ]; then
		skip "a server with assertions: it cannot be built here"
		closing
		exit 0
	elif [ "$rc" != 0 ]; then
		say "0 passed, 1 failed"
		exit 1
	fi
	# the sources are those of the installed version
	PGSOURCE=$(core_source)
	PG_CONFIG=$config
	export PGSOURCE PG_CONFIG
}

# check_and_fuzz HOW: the tests, and as many statements of sqlsmith as FUZZ says
check_and_fuzz() {
	ran "make check, $1" "${LIMIT:-3000}" bash test/check.sh
	[ "${FUZZ:-0}" -gt 0 ] || return 0
	unset LIMIT
	STATEMENTS=$FUZZ ran "make check-fuzz, $1" $((FUZZ + 3600)) \
		bash test/check_fuzz.sh
}
