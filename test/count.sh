# shellcheck shell=bash
# count.sh: how the scripts that check things count, and end.  Sourced, not
# run, after lib.sh.

passed=0
failed=0
skipped=0

# The lines at the end, of which the first is there if anything was skipped
SKIPPED='^[0-9]+ skipped$'
CLOSING='^[0-9]+ passed, [0-9]+ failed$'

ok() {
	passed=$((passed + 1))
	say "ok      $*"
}

not_ok() {
	failed=$((failed + 1))
	say "FAILED  $*"
}

# For what cannot be checked here, with the reason.
skip() {
	skipped=$((skipped + 1))
	say "skipped $*"
}

# holds WHAT COMMAND...: one check; what the command said is shown if it fails
holds() {
	local what=$1 said
	shift

	if said=$("$@" 2>&1); then
		ok "$what"
	else
		not_ok "$what"
		printf '%s\n' "$said" | tail -n 30 | narrow
	fi
}

# Logs may have lines of any length.
narrow() {
	cut -c 1-200
}

# regress_lines FILE: turns what pg_regress says, in the form of PostgreSQL 15 or
# of later ones, into "ok NAME MS" and "FAILED NAME".
regress_lines() {
	awk '
		/^(ok|not ok) +[0-9]+ +[-+] / {
			good = ($1 == "ok")
			name = good ? $4 : $5
			ms = $(NF - 1)
		}
		/^(test|  ) .* \.\.\. / {
			good = ($0 ~ /\.\.\. ok/)
			name = ($1 == "test") ? $2 : $1
			ms = $(NF - 1)
		}
		name != "" {
			print (good ? "ok" : "FAILED"), name, (good ? ms : "")
			name = ""
		}' "$1"
}

# The last lines, and the exit status.
closing() {
	[ "$skipped" = 0 ] || say "$skipped skipped"
	say "$passed passed, $failed failed"
	[ "$failed" = 0 ]
}

# ran NAME SECONDS COMMAND...: runs it, for no longer than that, and shows what
# it says as it comes.  Counts it as one, or as many as its own closing lines
# say, which are not repeated; exit status 77 is one that was skipped.  All of
# its output is left in $ran_log.  Where ran_short is 1, the time is not enough
# on a slow machine, and what is not done by then, with nothing failed, counts as
# skipped.
ran_log=
ran_child=
ran_short=0

ran() {
	local name=$1 limit=$2 rc closing started=$SECONDS
	shift 2

	[ -n "$ran_log" ] || ran_log=$(mktemp)
	: >"$ran_log"
	say "== $(date +%T) $name"
	timeout -k 60 "$limit" "$@" >"$ran_log" 2>&1 </dev/null &
	ran_child=$!
	tail -n +1 -f -s 0.5 --pid="$ran_child" "$ran_log" |
		grep --line-buffered -avE "$CLOSING|$SKIPPED" &
	# in the background, so that signals are heeded at once
	wait "$ran_child"
	rc=$?
	ran_child=
	wait
	closing=$(grep -aE "$CLOSING" "$ran_log" | tail -n 1)
	if [ "$ran_short" = 1 ] && [ -z "$closing" ] && { [ $rc = 124 ] || [ $rc = 137 ]; } &&
		! grep -qa '^FAILED' "$ran_log"
	then
		skip "$name: not done when the time was over, after $limit s"
		return 77
	fi
	count_closing "$rc" "$closing"
	case $rc in
		0) say "== $(date +%T) $name: ${closing:-passed}, $((SECONDS - started)) s" ;;
		77) ;;
		124 | 137) say "FAILED  $name: not done after $limit s" ;;
		*) say "FAILED  $name: ${closing:-exit status $rc}, $((SECONDS - started)) s" ;;
	esac
	return $rc
}

count_closing() {
	local rc=$1 closing=$2 skips

	if [ -n "$closing" ]; then
		# shellcheck disable=SC2086
		set -- $closing
		passed=$((passed + $1))
		failed=$((failed + $3))
		skips=$(grep -aE "$SKIPPED" "$ran_log" | tail -n 1)
		[ -z "$skips" ] || skipped=$((skipped + ${skips% *}))
		[ "$rc" = 0 ] || [ "$3" != 0 ] || failed=$((failed + 1))
	elif [ "$rc" = 0 ]; then
		passed=$((passed + 1))
	elif [ "$rc" = 77 ]; then
		skipped=$((skipped + 1))
	else
		failed=$((failed + 1))
	fi
}

# For a script that uses ran(): leaves nothing running, and no log.
end_ran() {
	[ -z "$ran_child" ] || kill -TERM "$ran_child" 2>/dev/null
	[ -z "$ran_log" ] || rm -f "$ran_log"
}
