#!/usr/bin/env bash
# check_fuzz.sh: random statements, arguments and files.
#
# On core's regression database, with perfadvisor recording everything:
# perfadvisor's functions with arguments that are nearly right, sqlsmith's
# statements while advice is asked for, and the saved file with bytes changed.
# No crash, no failed assertion, and no internal error that the same statements
# do not raise without perfadvisor.  Ends with a line "N passed, N failed".
#
# STATEMENTS	of sqlsmith; default 20000
# CALLS		with random arguments; default 2000
# FILES		damaged ones that the server starts with; default 20
# SEED		default 1
# LIMIT		seconds that sqlsmith may take; default: a fifth of a second for
#		each statement, and ten minutes
# PG_CONFIG	the PostgreSQL to use; one with assertions finds more
set -u
cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
. test/count.sh
. test/server.sh
. test/coretests.sh

STATEMENTS=${STATEMENTS:-20000}
CALLS=${CALLS:-2000}
FILES=${FILES:-20}
SEED=${SEED:-1}
LIMIT=${LIMIT:-$((STATEMENTS / 5 + 600))}
CLIENTS=2

if [ -z "${PADV_STAGE-}" ]; then
	bash test/setup.sh sqlsmith || {
		say "0 passed, 1 failed"
		exit 1
	}
	on_core_stage bash test/check_fuzz.sh
fi

log=$PADV_STAGE/core.log

# ---- the database ----

# A copy of it is kept, as it is before the first random statement.
make_database() {
	build_helpers || return 1
	core_server core perfadvisor "log_min_error_statement = error" "jit = off" \
		"backtrace_functions = 'check_stack_depth'"
	suite regress core
	spare_core core || return 1
	DATABASE=regression sql core -c 'CREATE EXTENSION perfadvisor' -c 'CREATE ROLE smith LOGIN' \
		-c 'GRANT pg_read_all_data, pg_write_all_data, pg_monitor TO smith' \
		-c 'GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO smith' ||
		return 1
	say "log_line_prefix = '%m [%p] %q%u %e '" >>"$PADV_STAGE/core/postgresql.conf"
	stop_server core
	cp -R "$PADV_STAGE/core" "$PADV_STAGE/bare"
	mkdir -p "$TMPDIR/bare"
	say "shared_preload_libraries = ''
		unix_socket_directories = '$TMPDIR/bare'" \
		>>"$PADV_STAGE/bare/postgresql.conf"
	start_server core
}

# internal_errors ROLE FILE: each once, without its figures and names
internal_errors() {
	grep -aE "\] $1 XX[0-9A-Z]{3} (ERROR|FATAL|PANIC): " "$2" |
		sed -E 's/^.* (XX[0-9A-Z]{3}) [A-Z]+: +/\1 /; s/"[^"]*"/"?"/g; s/[0-9]+/?/g' |
		sort -u
}

# none_of ROLE WHAT: no internal errors of it
none_of() {
	internal_errors "$1" "$log" >"$PADV_STAGE/internal"
	if [ -s "$PADV_STAGE/internal" ]; then
		not_ok "$2: internal errors"
		head -n 20 "$PADV_STAGE/internal" | narrow
	else
		ok "$2: no internal error"
	fi
}

# ---- arguments ----

arguments() {
	local said=$PADV_STAGE/arguments answered

	{
		say "SET statement_timeout = '20s'; SET client_min_messages = error;"
		perl test/fuzz.pl "$SEED" "$CALLS"
		say "SELECT 'the end';"
	} | psql -X -q -At -h "$TMPDIR/core" -U postgres regression >"$said" 2>&1
	answered=$(grep -c '^[0-9]' "$said")
	if [ "$(tail -n 1 "$said")" = "the end" ] && [ "$answered" -gt 0 ]; then
		ok "$CALLS calls with random arguments: $answered \
answered, $(grep -c ERROR "$said") refused"
	else
		not_ok "calls with random arguments"
		tail -n 5 "$said" | narrow
	fi
	none_of postgres "calls with random arguments"
}

# ---- statements ----

smith() {
	local client=$1

	timeout -k 10 "$LIMIT" sqlsmith --verbose \
		--max-queries=$((STATEMENTS / CLIENTS)) --seed=$((SEED * 100 + client)) \
		--target="host=$TMPDIR/core dbname=regression user=smith" \
		>"$PADV_STAGE/smith.core.$client" 2>&1
}

smiths() {
	local client pids=''

	for client in $(seq "$CLIENTS"); do
		smith "$client" &
		pids="$pids $!"
	done
	# shellcheck disable=SC2086
	wait $pids
}

# Until the file is gone; each row of "asked" is one request that came.
ask_meanwhile() {
	while [ -e "$PADV_STAGE/asking" ]; do
		sql core -c "SELECT 'asked', count(*) FROM perfadvisor_recommendations()" \
			-c "SELECT 'asked', count(*), string_agg(DISTINCT queryids::text || ' ' || reason, ' ')
				FILTER (WHERE reason LIKE '%explained further%') FROM perfadvisor_why_not()" \
			-c "SELECT 'asked', count(*) FROM perfadvisor_predicates" \
			-c "SELECT 'asked', count(*) FROM perfadvisor_slow_queries"
		sleep 2
	done >"$PADV_STAGE/asked" 2>"$PADV_STAGE/asked.errors"
}

statements() {
	local asker sent

	touch "$PADV_STAGE/asking"
	DATABASE=regression ask_meanwhile &
	asker=$!
	smiths
	rm -f "$PADV_STAGE/asking"
	wait "$asker"
	sent=$(for file in "$PADV_STAGE"/smith.core.*; do
		grep -aoE 'queries: [0-9]+' "$file" | tail -n 1
	done | awk '{ sum += $2 } END { print sum + 0 }')
	if [ "$sent" -gt 0 ]; then
		ok "$sent random statements of $STATEMENTS, $(grep -c asked "$PADV_STAGE/asked") \
requests meanwhile"
	else
		not_ok "sqlsmith sent nothing"
		tail -n 5 "$PADV_STAGE/smith.core.1" | narrow
	fi
	if [ -s "$PADV_STAGE/asked.errors" ]; then
		not_ok "requests meanwhile failed"
		sort "$PADV_STAGE/asked.errors" | uniq -c | head -n 20 | narrow
	else
		ok "every request meanwhile was answered"
	fi
	# no failure, as the reason says what was in the way, but worth a look
	grep -aE '^asked\|[0-9]+\|.' "$PADV_STAGE/asked" | sort -u | head -n 5 | narrow
	none_of postgres "requests meanwhile"
	compare_with_bare
}

# failing_statements ROLE FILE: those that raised internal errors, as SQL that
# raises them again
failing_statements() {
	awk -v role="$1" '
		/^[^\t]/ {
			if (printing)
				print ";\nROLLBACK;"
			printing = 0
		}
		index($0, "] " role " XX") && / (ERROR|FATAL|PANIC):  / { failed[$4] = 1 }
		/ STATEMENT:  / && failed[$4] {
			delete failed[$4]
			printing = 1
			sub(/^.* STATEMENT:  /, "BEGIN;\n")
		}
		printing
		END {
			if (printing)
				print ";\nROLLBACK;"
		}' "$2"
}

# Internal errors of random statements may be core's own: then the statement
# raises them without perfadvisor as well.
compare_with_bare() {
	internal_errors smith "$log" >"$PADV_STAGE/internal.core"
	: >"$PADV_STAGE/internal.bare"
	if [ -s "$PADV_STAGE/internal.core" ]; then
		start_server bare
		{
			say "SET statement_timeout = '60s';"
			failing_statements smith "$log"
		} | psql -X -q -h "$TMPDIR/bare" -U smith regression >/dev/null 2>&1
		stop_server bare
		internal_errors smith "$PADV_STAGE/bare.log" >"$PADV_STAGE/internal.bare"
	fi
	comm -23 "$PADV_STAGE/internal.core" "$PADV_STAGE/internal.bare" \
		>"$PADV_STAGE/internal.new"
	if [ -s "$PADV_STAGE/internal.new" ]; then
		not_ok "random statements: internal errors that are not there without perfadvisor"
		head -n 20 "$PADV_STAGE/internal.new" | narrow
	else
		ok "random statements: no internal error but $(wc -l \
			<"$PADV_STAGE/internal.bare") of core's own"
	fi
}

# ---- files ----

# Some bytes changed, some left out, or some put in.
damage_file() {
	# shellcheck disable=SC2016
	perl -e '
		my ($seed, $file) = @ARGV;
		srand($seed);
		local $/; open(F, "<:raw", $file) or die; my $data = <F>; close F;
		foreach (1 .. 1 + rand(5))
		{
			my $at = int(rand() < 0.3 ? rand(200) : rand(length $data));
			my $new = join "", map { chr rand 256 } 1 .. rand(9);
			substr($data, $at, rand() < 0.7 ? length $new : rand(9), $new)
				if $at < length $data;
		}
		open(F, ">:raw", $file) or die; print F $data; close F;' "$1" "$2"
}

files() {
	local saved=$PADV_STAGE/core/pg_stat/perfadvisor.stat i bad=0

	stop_server core
	cp "$saved" "$PADV_STAGE/good.stat" || {
		not_ok "there is no saved file"
		return
	}
	for i in $(seq "$FILES"); do
		cp "$PADV_STAGE/good.stat" "$saved"
		damage_file $((SEED * 1000 + i)) "$saved"
		start_server core
		DATABASE=regression sql core -c "SELECT count(*) FROM perfadvisor_queries" \
			-c "SELECT count(*) FROM perfadvisor_predicates" \
			>/dev/null 2>"$PADV_STAGE/said" || bad=$((bad + 1))
		stop_server core
	done
	if [ $bad = 0 ]; then
		ok "$FILES starts with a damaged file"
	else
		not_ok "$bad of $FILES starts with a damaged file"
		tail -n 5 "$PADV_STAGE/said" | narrow
	fi
}

# ---- all of it ----

make_database || die "no regression database: $(tail -n 3 "$log")"
arguments
statements
files
if bad_lines "$log" >"$PADV_STAGE/bad"; then
	not_ok "the server's log"
	head -n 20 "$PADV_STAGE/bad" | narrow
else
	ok "nothing amiss in the server's log"
fi
closing
