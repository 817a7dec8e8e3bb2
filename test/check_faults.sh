#!/usr/bin/env bash
# check_faults.sh: what goes wrong with servers, while statements run, are
# recorded, and advice is asked for: nothing that was saved is lost, and
# everything works afterwards.
#
# Kills backends and the postmaster, stops at once and fast, cancels and
# terminates at random, lets time run out in the middle of advising, fills the
# disk, damages the saved file in every way, and uses up shared memory.
# Ends with a line "N passed, N failed".
#
# ROUNDS	how often everything is killed; default 3
# LOAD_SECONDS	how long a load runs before that; default 3
# PG_CONFIG	the PostgreSQL to use
set -u
cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
. test/count.sh
. test/server.sh

ROUNDS=${ROUNDS:-3}
LOAD_SECONDS=${LOAD_SECONDS:-3}

if [ -z "${PADV_STAGE-}" ]; then
	bash test/stage.sh bash test/check_faults.sh
	rc=$?
	[ $rc -ne 3 ] || say "0 passed, 1 failed"
	exit $rc
fi

data=$PADV_STAGE/faulty
log=$PADV_STAGE/faulty.log
saved=$data/pg_stat/perfadvisor.stat
load_pids=

# ---- the server and its load ----

# Statements of several kinds, many of them new, advice, and saving.
write_load() {
	cat >"$PADV_STAGE/work.sql" <<-'SQL'
		\set v random(1, 2000)
		SELECT count(*) FROM item WHERE a = :v AND b < 50;
		UPDATE item SET c = c + 1 WHERE id = :v;
		SELECT * FROM item i JOIN other o ON o.id = i.b WHERE i.c > :v LIMIT 5;
		DO $$ BEGIN EXECUTE 'SELECT ' || repeat('a + ', (random() * 200)::int)
			|| '1 FROM item WHERE id = 1'; END $$;
		DO $$ BEGIN PERFORM 1 / 0;
			EXCEPTION WHEN division_by_zero THEN NULL; END $$;
	SQL
	cat >"$PADV_STAGE/ask.sql" <<-'SQL'
		SELECT count(*) FROM perfadvisor_recommendations();
		SELECT count(*) FROM perfadvisor_queries;
		SELECT count(*) FROM perfadvisor_why_not();
		SELECT count(*) FROM perfadvisor_advise(
			ARRAY['SELECT * FROM item WHERE a = 5 ORDER BY c LIMIT 3']);
		SELECT perfadvisor_save();
	SQL
}

make_server() {
	new_server faulty perfadvisor "restart_after_crash = on" \
		"perfadvisor.max_queries = 200" "max_connections = 50" \
		"perfadvisor.sample_rate = 1" "perfadvisor.track = all" \
		"log_line_prefix = '%m [%p] %q%a %e '" "log_min_messages = warning"
	start_server faulty
	sql faulty <<-'SQL'
		CREATE EXTENSION perfadvisor;
		CREATE TABLE item AS SELECT g AS id, g % 300 AS a, g % 200 AS b, 0 AS c,
			repeat('x', 100) AS filler FROM generate_series(1, 20000) g;
		CREATE TABLE other AS SELECT g AS id, g::text AS t
		FROM generate_series(1, 200) g;
		CREATE TABLE marked AS SELECT 0.5::float8 AS nap;
		ALTER TABLE item ADD PRIMARY KEY (id);
		VACUUM ANALYZE;
	SQL
}

# The load comes back as long as it is not stopped.
load() {
	local script=$1 clients=$2

	while [ -e "$PADV_STAGE/loading" ]; do
		pgbench -n -h "$TMPDIR/faulty" -U postgres -c "$clients" -T 600 \
			-f "$PADV_STAGE/$script.sql" postgres &
		say $! >"$PADV_STAGE/$script.pid"
		wait
		sleep 0.2
	done >>"$PADV_STAGE/$script.load" 2>&1
}

start_load() {
	touch "$PADV_STAGE/loading"
	load work 6 &
	load_pids=$!
	load ask 2 &
	load_pids="$load_pids $!"
	sleep "$LOAD_SECONDS"
}

stop_load() {
	local pid

	rm -f "$PADV_STAGE/loading"
	for pid in $load_pids; do
		while kill -0 "$pid" 2>/dev/null; do
			# shellcheck disable=SC2046
			kill -KILL $(cat "$PADV_STAGE/work.pid" "$PADV_STAGE/ask.pid") \
				2>/dev/null
			sleep 0.1
		done
		wait "$pid" 2>/dev/null
	done
	load_pids=
}

postmaster() {
	head -n 1 "$data/postmaster.pid"
}

# until_true SECONDS COMMAND...: polls
until_true() {
	local tries=$(($1 * 10))
	shift

	while ! "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.1
	done
}

answers() {
	sql faulty -c 'SELECT 1'
}

# Kills a session of the load, any of them that is still there when its number is
# known, and leaves that in the file "victim".
kill_session() {
	sql faulty -c "SELECT pid FROM pg_stat_activity
		WHERE application_name = 'pgbench' ORDER BY random() LIMIT 1" |
		grep . >"$PADV_STAGE/victim" &&
		kill -KILL "$(cat "$PADV_STAGE/victim")"
}

# Has the postmaster seen that this process was killed, and ended all others?
has_begun_anew() {
	sed "1,/server process (PID $1) was terminated by signal 9/d" "$log" |
		grep -q 'all server processes terminated; reinitializing'
}

# Does no process work in the data directory?
deserted() {
	local process

	for process in /proc/[0-9]*; do
		[ "$(readlink "$process/cwd" 2>/dev/null)" != "$data" ] || return 1
	done
}

# A process that has ended, but whose parent has not looked yet, still counts:
# a new postmaster would take the old one for alive.
gone() {
	! kill -0 "$1" 2>/dev/null
}

# Where nobody will ever look, as in a container without an init, the lock file
# has to go.
forget_postmaster() {
	until_true 20 gone "$1" || ! deserted || rm -f "$data/postmaster.pid"
}

# ---- what must hold ----

marker_calls() {
	sql faulty -c "SELECT coalesce(sum(calls), 0) FROM perfadvisor_queries
		WHERE query = 'SELECT pg_sleep(nap) FROM marked'"
}

# A statement that ran as often as this, in as many sessions, and is by far the
# heaviest: however slow the machine is, and however long the load runs, it is
# not what makes room for others.
mark() {
	sql faulty -c "SELECT perfadvisor_reset()" >/dev/null
	say 'SELECT pg_sleep(nap) FROM marked;' >"$PADV_STAGE/mark.sql"
	pgbench -n -h "$TMPDIR/faulty" -U postgres -c "$1" -t 1 \
		-f "$PADV_STAGE/mark.sql" postgres >/dev/null 2>&1
	[ "$(marker_calls)" = "$1" ]
}

# The marked statement again, as many more times as it is then counted more.
counts_on() {
	local before after

	before=$(marker_calls)
	sql faulty -c 'SELECT pg_sleep(nap) FROM marked' >/dev/null || return 1
	after=$(marker_calls)
	[ "$after" = $((before + 1)) ] || { say "$before, then $after"; return 1; }
}

works() {
	counts_on && sql faulty <<-'SQL'
		SELECT count(*) FROM perfadvisor_slow_queries;
		SELECT count(*) FROM perfadvisor_predicates;
		SELECT count(*) FROM perfadvisor_seq_scans;
		SELECT count(*) FROM perfadvisor_recommendations();
		SELECT count(*) FROM item WHERE a = 7;
		SELECT perfadvisor_save();
		SELECT 1 / (entries_used <= entries_max AND entries_used > 0)::int
		FROM perfadvisor_info();
	SQL
}

# after WHAT CALLS: the server is up, has the marked statement, and works
after() {
	local what=$1 calls=$2 seen

	if ! until_true 600 answers; then
		not_ok "$what: the server is not up"
		tail -n 5 "$log" | narrow
		return 1
	fi
	seen=$(marker_calls)
	if [ "$seen" -ge "$calls" ]; then
		ok "$what: what was saved is there"
	else
		not_ok "$what: $seen calls of $calls are left"
	fi
	holds "$what: everything works" works
}

save_marked() {
	mark 20 && sql faulty -c 'SELECT perfadvisor_save()' >/dev/null
}

# ---- killing ----

kill_backend() {
	local what="a backend killed" start pid

	save_marked || { not_ok "$what: not prepared"; return; }
	start=$(sql faulty -c "SELECT pg_postmaster_start_time()")
	start_load
	until_true 300 kill_session || not_ok "$what: there is no load"
	pid=$(cat "$PADV_STAGE/victim")
	until_true 300 has_begun_anew "$pid" ||
		not_ok "$what: the postmaster did not notice"
	stop_load
	after "$what" 20
	[ "$(sql faulty -c "SELECT pg_postmaster_start_time()")" = "$start" ] ||
		not_ok "$what: the server did not come up by itself"
}

kill_postmaster() {
	local pid

	save_marked || { not_ok "the postmaster killed: not prepared"; return; }
	start_load
	pid=$(postmaster)
	kill -KILL "$pid"
	stop_load
	holds "the postmaster killed: all others end" until_true 300 deserted
	forget_postmaster "$pid"
	start_server faulty
	after "the postmaster killed" 20
}

stop_at_once() {
	save_marked || { not_ok "an immediate stop: not prepared"; return; }
	start_load
	pg_ctl -D "$data" -m immediate -t 900 -w stop >/dev/null
	stop_load
	start_server faulty
	after "an immediate stop" 20
}

# What was recorded before, but not saved, is kept.
stop_fast() {
	mark 20 || { not_ok "a fast stop: not prepared"; return; }
	start_load
	pg_ctl -D "$data" -m fast -t 900 -w stop >/dev/null
	stop_load
	start_server faulty
	after "a fast stop under load" 20
}

# Any backend at any moment, also those that advise and save.
interrupt() {
	local end pid count=0 before

	save_marked || { not_ok "interrupts: not prepared"; return; }
	before=$(postmaster)
	start_load
	end=$((SECONDS + LOAD_SECONDS * 2))
	while [ $SECONDS -lt $end ]; do
		for pid in $(sql faulty -c "SELECT pid FROM pg_stat_activity
			WHERE application_name = 'pgbench' ORDER BY random() LIMIT 3")
		do
			if [ $((RANDOM % 4)) = 0 ]; then
				kill -TERM "$pid" 2>/dev/null
			else
				kill -INT "$pid" 2>/dev/null
			fi
			count=$((count + 1))
		done
	done
	stop_load
	after "$count cancels and terminations" 20
	[ "$(postmaster)" = "$before" ] || not_ok "interrupts: the server restarted"
}

# In one session: after each attempt, plans are as they were, and it works.  The
# limit goes with the transaction, for a busy machine can exceed it in a command
# that takes it back as well; several ROLLBACKs, for that may be one of them.
run_out_of_time() {
	local statement ms

	for ms in 1 2 3 5 8 13 21 34 55 89 144; do
		for statement in "perfadvisor_recommendations()" \
			"perfadvisor_why_not()" "perfadvisor_evaluate(ARRAY[
				'CREATE INDEX ON item (a)', 'CREATE INDEX ON item (b, c)'])"
		do
			say "BEGIN;
				SET LOCAL statement_timeout = $ms;
				SELECT count(*) FROM $statement;
				ROLLBACK;
				ROLLBACK;
				ROLLBACK;
				ROLLBACK;
				SELECT 'usable' FROM item WHERE id = 1;
				EXPLAIN (COSTS OFF) SELECT * FROM item WHERE a = 5;"
		done
	done | psql -X -q -At -h "$TMPDIR/faulty" -U postgres postgres \
		>"$PADV_STAGE/timeout.out" 2>"$PADV_STAGE/timeout.err"
	[ "$(grep -c usable "$PADV_STAGE/timeout.out")" = 33 ] &&
		[ "$(grep -c '^Seq Scan on item' "$PADV_STAGE/timeout.out")" = 33 ] &&
		! grep 'ERROR: ' "$PADV_STAGE/timeout.err" |
			grep -v 'canceling statement due to statement timeout'
}

# ---- the file ----

# The device that is always full, in place of the file that is written first
fill_disk() {
	ln -sf /dev/full "$saved.tmp"
}

full_disk() {
	local said

	save_marked || { not_ok "a full disk: not prepared"; return; }
	fill_disk
	said=$(sql faulty -c 'SELECT perfadvisor_save()' 2>&1)
	case $said in
		*"ERROR:  could not write file"*"No space left on device"*)
			ok "a full disk: saving says so" ;;
		*) not_ok "a full disk: saving says $said" ;;
	esac
	holds "a full disk: the file of before is kept" test -s "$saved"
	after "a full disk" 20
	fill_disk
	holds "a full disk: the server stops" stop_server faulty
	rm -f "$saved.tmp"
	start_server faulty
	after "a full disk when the server stopped" 20
}

# damaged WHAT COMMAND...: the server starts with the file as the command, that
# gets its name, leaves it; empty, but for what can be read
damaged() {
	local what=$1
	shift

	rm -rf "$saved"
	cp "$PADV_STAGE/good.stat" "$saved"
	"$@" "$saved" || not_ok "the file $what: not prepared"
	if pg_ctl -D "$data" -l "$log" -t 900 -w start >/dev/null; then
		[ ! -d "$saved" ] || rm -rf "$saved"
		holds "the file $what: the server starts, and works" works
		stop_server faulty
	else
		not_ok "the file $what: the server does not start"
		tail -n 5 "$log" | narrow
	fi
}

shorten() {
	truncate -s "$1" "$2"
}

scribble() {
	head -c "$1" /dev/urandom | dd of="$3" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

append_much() {
	head -c 30000000 /dev/urandom >>"$1"
}

replace_by_directory() {
	rm -f "$1" && mkdir "$1" && touch "$1/file"
}

damage() {
	local size

	save_marked || not_ok "damaged files: not prepared"
	stop_server faulty
	cp "$saved" "$PADV_STAGE/good.stat"
	size=$(wc -c <"$saved")
	damaged "empty" shorten 0
	damaged "ten bytes long" shorten 10
	damaged "halved" shorten $((size / 2))
	damaged "of random bytes" scribble "$size" 0
	damaged "with some bytes changed" scribble 8 $((size / 3))
	damaged "with 30 MB more" append_much
	damaged "unreadable" chmod 000
	damaged "replaced by a directory" replace_by_directory
	cp "$PADV_STAGE/good.stat" "$saved"
	start_server faulty
	after "the file as it was" 20
}

# ---- memory ----

# Statements of 30 kB, more than there is room for.
fill_text_area() {
	local i

	for i in $(seq 1 400); do
		say "SELECT $(printf 'a + %.0s' $(seq 1 $((2000 + i)))) 1 FROM item
			WHERE id = 1;"
	done | sql faulty >/dev/null || return 1
	sql faulty -c "SELECT 1 / (text_bytes_used <= text_bytes_max
		AND evictions > 0)::int FROM perfadvisor_info()"
}

# More partitions than there are locks: an error, and a session that goes on
fill_lock_table() {
	sql faulty >/dev/null <<-'SQL' || return 1
		CREATE TABLE wide (k int, v int) PARTITION BY RANGE (k);
		DO $$ BEGIN
			FOR i IN 1 .. 1000 LOOP
				EXECUTE format('CREATE TABLE wide_%s PARTITION OF wide
					FOR VALUES FROM (%s) TO (%s)', i, i * 10, i * 10 + 10);
				COMMIT;
			END LOOP;
		END $$;
	SQL
	stop_server faulty
	say "max_locks_per_transaction = 10
		max_connections = 10
		superuser_reserved_connections = 1" >>"$data/postgresql.conf"
	start_server faulty
	psql -X -q -At -h "$TMPDIR/faulty" -U postgres postgres \
		>"$PADV_STAGE/locks" 2>&1 <<-'SQL'
		SELECT count(*) FROM perfadvisor_advise(ARRAY[
			'SELECT * FROM wide WHERE v = 5', 'SELECT * FROM item WHERE a = 5']);
		SELECT count(*) FROM wide WHERE v = 5;
		SELECT count(*) FROM perfadvisor_recommendations();
		SELECT 'usable' FROM item WHERE id = 1;
	SQL
	grep -q '^usable$' "$PADV_STAGE/locks" &&
		! grep 'ERROR: ' "$PADV_STAGE/locks" | grep -v 'out of shared memory'
}

# ---- all of it ----

trap stop_load EXIT
write_load
make_server || die "no server to do things to"
for round in $(seq "$ROUNDS"); do
	say "round $round"
	kill_backend
	kill_postmaster
	stop_at_once
	stop_fast
	interrupt
done
holds "time runs out while advising" run_out_of_time
full_disk
damage
holds "more long statements than there is room for" fill_text_area
holds "everything works after them" works
holds "more partitions than locks" fill_lock_table
holds "everything works without locks" works
holds "the server stops" stop_server faulty
holds "no process is left" until_true 300 deserted
if bad_lines "$log" | grep -v 'was terminated by signal 9' >"$PADV_STAGE/bad"
then
	not_ok "the server's log"
	head -n 20 "$PADV_STAGE/bad" | narrow
else
	ok "nothing amiss in the server's log"
fi
if grep -a ' XX[0-9]* ' "$log" >"$PADV_STAGE/internal"; then
	not_ok "internal errors"
	head -n 10 "$PADV_STAGE/internal" | narrow
else
	ok "no internal error"
fi
closing
