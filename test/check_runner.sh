#!/usr/bin/env bash
# check_runner.sh: who gets a second try of suites.sh, and what that counts; whose
# internal errors are (internal_errors.pl).
set -u
cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
. test/count.sh
. test/suites.sh

results=$(mktemp -d) || exit 1
trap 'rm -rf "$results"' EXIT
PGXS_DIR=${PGXS_DIR:-$results}
wrong=0

# A TAP file of two assertions, of which the second one is as said; $0 tries
# are left in the file "tries".
write_file() {
	local name=$1 heading=$2 second=$3

	cat >"$results/$name.pl" <<-PERL
		# A test of the runner.
		$heading
		use strict;
		use warnings;
		use Test::More;
		open(my \$tries, '>>', '$results/$name.tries') or die;
		print \$tries 'x';
		close(\$tries);
		my \$try = -s '$results/$name.tries';
		pass('good');
		ok($second, 'second');
		done_testing();
	PERL
}

# expect NAME TRIES PASSED FAILED LINE
expect() {
	local name=$1 seen

	passed=0
	failed=0
	tap "$name" "$results/$name.pl" >"$results/said" 2>&1
	seen="$(wc -c <"$results/$name.tries") $passed $failed"
	if [ "$seen" != "$2 $3 $4" ] || ! grep -qE "$5" "$results/said"; then
		say "$name: tries, passed and failed are $seen instead of $2 $3 $4"
		cat "$results/said"
		wrong=1
	fi
}

timed='# Measures real times: it may be tried twice.'
write_file good "$timed" 1
# shellcheck disable=SC2016
write_file once "$timed" '$try == 2'
write_file bad "$timed" 0
write_file untimed '# Measures nothing.' 0
write_file inside "use strict; $timed" 0

expect good 1 2 0 '^ok      tap/good  2 assertions$'
expect once 2 2 0 '^ok      tap/once, the second time  2 assertions$'
expect bad 2 1 1 '^FAILED  tap/bad, the second time  1 assertions held, 1 did not$'
expect untimed 1 1 1 '^FAILED  tap/untimed  1 assertions held, 1 did not$'
expect inside 1 1 1 '^FAILED  tap/inside  1 assertions held, 1 did not$'

# the same of pg_regress, as far as its verdicts go
label=regress
TRY=first
twice=
bad=0
passed=0
failed=0
mkdir "$results/out"
for name in $(grep -lE "$TIMED" test/sql/*.sql | head -n 1) test/sql/store_info.sql; do
	name=$(basename "$name" .sql)
	say "not ok 1     - $name      100 ms"
done >"$results/out/output"
count_regress "$results/out" >"$results/said"
if [ "$(say "$twice" | wc -w) $passed $failed $bad" != "1 0 1 1" ]; then
	say "regress: '$twice', passed $passed, failed $failed"
	wrong=1
fi
TRY=second
count_regress "$results/out" >"$results/said"
if [ "$(say "$twice" | wc -w) $passed $failed" != "1 0 3" ]; then
	say "regress, the second time: '$twice', passed $passed, failed $failed"
	wrong=1
fi

# a script within another one: what it counts, and the last line
inner='. test/lib.sh; . test/count.sh; ok one; skip two "with, 7 failed"; skip three; closing'
said=$(bash -c '. test/lib.sh; . test/count.sh; trap end_ran EXIT
	ran outer 60 bash -c "$1"; skip four; closing' - "$inner")
if [ "$(say "$said" | tail -n 2 | paste -sd /)" != "3 skipped/1 passed, 0 failed" ] ||
	[ "$(say "$said" | grep -c 'passed, 0 failed$')" != 1 ]
then
	say "one within another says: $said"
	wrong=1
fi

# raised TEXT FRAME...: an internal error in a log, with its stack
raised() {
	local frame at='2026-01-01 00:00:00.000 UTC [7] smith XX000'

	say "$at ERROR:  $1"
	shift
	[ $# = 0 ] || say "$at BACKTRACE:  "
	for frame in "$@"; do
		case $frame in
			ours) say "	/lib/perfadvisor.so(+0x27a25) [0x7f1fa8fb1a25]" ;;
			*) say "	postgres: smith regression [local] SELECT($frame+0x4e) [0x563b3e6419]" ;;
		esac
	done
	say "$at STATEMENT:  select 1,"
	say "	  2"
}

# found NUMBER TEXT [MARK...]: what internal_errors.pl has left of one
found() {
	local number=$1 place=$results/errors/$1 text=$2 seen
	shift 2

	seen=$(cd "$place" && for mark in inside unseen; do
		[ ! -e $mark ] || say $mark
	done | paste -sd ' ')
	if [ "$(cat "$place/text")" != "$text" ] || [ "$seen" != "$*" ]; then
		say "internal error $number, '$text', is '$(cat "$place/text")', $seen instead of $*"
		wrong=1
	fi
}

{
	raised 'a: of core, below the hooks' '' int8_avg standard_ExecutorRun ours '' PortalRun
	raised 'b: of core, in a function of ours that plans' int8_avg standard_planner ours ours \
		planner ours '' standard_ExecutorRun ours PortalRun
	raised 'c: of ours' ours '' standard_ExecutorRun ours PortalRun
	raised 'd: of what ours calls' get_attname ours standard_ExecutorRun ours
	raised 'e: with a "name", 12 times'
	raised 'e: with a "noun", 7 times' parse standard_ProcessUtility ours ours PortalRun
	raised 'f: in a worker' ThrowErrorData HandleParallelMessages standard_ExecutorRun ours
	say '2026-01-01 00:00:00.000 UTC [7] smith XX000 LOG:  g: caught'
	say '2026-01-01 00:00:00.000 UTC [8] postgres XX000 ERROR:  h: of another role'
	say '2026-01-01 00:00:00.000 UTC [7] smith 22012 ERROR:  i: division by zero'
	say '2026-01-01 00:00:00.000 UTC [7] smith 22012 STATEMENT:  select 1/0'
} >"$results/log"
mkdir "$results/errors"
perl test/internal_errors.pl smith "$results/log" "$results/errors" >"$results/said"
[ "$(wc -l <"$results/said")" = 7 ] || { cat "$results/said"; wrong=1; }
found 01 'a: of core, below the hooks'
found 02 'b: of core, in a function of ours that plans' inside
found 03 'c: of ours' inside
found 04 'd: of what ours calls' inside
found 05 'e: with a "name", 12 times' unseen
found 06 'f: in a worker' unseen
found 07 'g: caught' inside
if [ "$(cat "$results/errors/05/statements.sql")" != "$(printf \
	'BEGIN;\nselect 1,\n  2\n;\nROLLBACK;\n%.0s' 1 2)" ]
then
	say "the statements are $(cat "$results/errors/05/statements.sql")"
	wrong=1
fi
[ $wrong = 0 ] && say "the runner counts right"
