#!/usr/bin/env bash
# systems.sh [SYSTEM...]: advice against the indexes that people wrote by hand.
#
# The systems are those of test/workloads: data, a mix of statements, and the
# list of indexes of the team's own tuning guide.  For each there are three
# databases that are copies of one another, byte for byte: without an index,
# with the advice, with the hand-written list.  The mix runs on the first;
# perfadvisor is asked there, and what it prints is carried out, as it is
# printed, in the second.
#
# Then the two with indexes take turns: the same transactions in both, as many
# as the slower one does in the time of a turn.  What counts is the ratio of
# processor time (of the server's processes) and of mean latency within each
# turn, of which the median is told; so a machine that gets slower or faster
# favours neither.  A table shows each statement's median in both.
#
# Last the advice is carried out in the first database, too, and asked for
# again after more of the mix: nothing should be left to say, neither right
# away nor when recording starts anew.
#
# SYSTEMS	which (all); or as arguments of the script
# SCALE		of the data (1); 0.1 is a tenth
# DURATION	seconds that the mix is recorded (15)
# TURNS		of the comparison (6), each of
# TURN		seconds (4)
# CLIENTS	connections (4)
# FOLDER	another folder like test/workloads
# PG_CONFIG	the PostgreSQL to use
set -u
cd "$(dirname "$0")/.." || exit 1
. bench/lib.sh
SYSTEMS=${*:-${SYSTEMS-}}
export SYSTEMS
if [ -n "${FOLDER-}" ]; then
	FOLDER=$(cd "$FOLDER" && pwd) || exit 1
	export FOLDER
fi
on_stage

FOLDER=${FOLDER:-test/workloads}
SCALE=${SCALE:-1}
DURATION=${DURATION:-15}
TURNS=${TURNS:-6}
TURN=${TURN:-4}
CLIENTS=${CLIENTS:-4}
[ -n "$SYSTEMS" ] || SYSTEMS=$(cd "$FOLDER" && echo */)

# What the bench itself asks is not part of the traffic.
psql_in() {
	local database=$1
	shift

	PGOPTIONS='-c perfadvisor.enabled=off' psql -X -q -At -F '	' \
		-v ON_ERROR_STOP=1 -h "$TMPDIR/systems" -U postgres -d "$database" "$@"
}

table_in() {
	psql_in "$@" -P format=aligned -P tuples_only=off -P footer=off \
		-P null='' -P pager=off
}

start() {
	new_server systems perfadvisor 'shared_buffers = 256MB' \
		'effective_cache_size = 1GB' 'random_page_cost = 1.1'
	start_server systems
}

load() {
	psql_in postgres -c 'CREATE DATABASE bare' &&
		psql_in bare -v scale="$SCALE" -f "$FOLDER/$1/schema.sql" &&
		psql_in bare -c 'CREATE EXTENSION perfadvisor' &&
		psql_in postgres \
			-c 'CREATE DATABASE advised TEMPLATE bare STRATEGY file_copy' \
			-c 'CREATE DATABASE hand TEMPLATE bare STRATEGY file_copy'
}

unload() {
	psql_in postgres -c 'DROP DATABASE bare' -c 'DROP DATABASE advised' \
		-c 'DROP DATABASE hand'
}

# ---- the mix ----

# mix DATABASE ARGUMENT...: one run; each script has the weight that its name
# begins with
mix() {
	local database=$1 file name log=$PADV_STAGE/pgbench.log
	local -a scripts=()
	shift

	for file in "$FOLDER/$system"/q/*.sql; do
		name=${file##*/}
		scripts+=(-f "$file@${name%%_*}")
	done
	pgbench -n -M extended -c "$CLIENTS" -j 2 -D scale="$SCALE" \
		-h "$TMPDIR/systems" -U postgres "$@" "${scripts[@]}" "$database" \
		>"$log" 2>&1 || die "the mix failed: $(tail -n 5 "$log")"
	sed -n 's/^latency average = \([0-9.]*\) ms.*/latency \1/p
		s/^number of transactions actually processed: \([0-9]*\).*/count \1/p' \
		"$log"
}

# Processor time of all sessions that have ended, in ticks; 0 where the system
# does not tell.
server_ticks() {
	local pid

	pid=$(head -n 1 "$PADV_STAGE/systems/postmaster.pid")
	awk '{ sub(/.*\) /, ""); print $14 + $15 }' "/proc/$pid/stat" \
		2>/dev/null || echo 0
}

# A session's time counts when the postmaster has taken leave of its process,
# which on a busy machine comes later than the end of the connection.
await_end() {
	local pid tries

	pid=$(head -n 1 "$PADV_STAGE/systems/postmaster.pid")
	for ((tries = 0; tries < 600; tries++)); do
		ps --ppid "$pid" -o args= | grep -qE " $1 \\[local\\]|<defunct>" ||
			return 0
		sleep 0.1
	done
}

# turn DATABASE TRANSACTIONS SEED: mean latency in ms, and ticks
turn() {
	local before latency

	await_end "$1"
	before=$(server_ticks)
	latency=$(mix "$1" -t "$2" --random-seed="$3" |
		awk '$1 == "latency" { print $2 }')
	await_end "$1"
	echo "$latency $(($(server_ticks) - before))"
}

# How many transactions a client does in a turn, where that is slower.
transactions_of_turn() {
	local database

	for database in advised hand; do
		mix "$database" -T 2 --random-seed=1
	done | awk -v turn="$TURN" -v clients="$CLIENTS" '
		$1 == "count" && (least == "" || $2 < least) { least = $2 }
		END { print int(least / 2 * turn / clients) + 1 }'
}

take_turns() {
	local t n first second figure

	: >"$PADV_STAGE/turns"
	n=$(transactions_of_turn)
	psql_in postgres -c 'CHECKPOINT'
	psql_in bare -c 'SELECT perfadvisor_reset(0, oid, 0) FROM pg_database
		WHERE datname <> current_database()' >/dev/null
	for ((t = 1; t <= TURNS; t++)); do
		first=advised second=hand
		[ $((t % 2)) = 0 ] || { first=hand second=advised; }
		for database in $first $second; do
			figure=$(turn "$database" "$n" $((4711 + t)))
			echo "$t $database $figure" >>"$PADV_STAGE/turns"
		done
	done
}

# ratio COLUMN: the median of hand-written by advised
ratio() {
	awk -v column="$1" '{ v[$1, $2] = $column; turns[$1] }
		END {
			for (t in turns)
				if (v[t, "advised"] > 0)
					print v[t, "hand"] / v[t, "advised"]
		}' "$PADV_STAGE/turns" | median
}

# ---- indexes ----

index_bytes() {
	psql_in "$1" <<-'SQL'
		SELECT coalesce(sum(pg_relation_size(indexrelid)), 0)
		FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
		WHERE c.relnamespace = 'public'::regnamespace
			AND NOT EXISTS (SELECT FROM pg_constraint
				WHERE conindid = indexrelid);
	SQL
}

show_indexes() {
	psql_in "$1" <<-'SQL'
		SELECT '  ' || pg_size_pretty(pg_relation_size(indexrelid)) || E'\t'
			|| regexp_replace(pg_get_indexdef(indexrelid),
				'CREATE (UNIQUE )?INDEX \S+ ON (public\.)?', '\1')
		FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
		WHERE c.relnamespace = 'public'::regnamespace
			AND NOT EXISTS (SELECT FROM pg_constraint
				WHERE conindid = indexrelid)
		ORDER BY pg_get_indexdef(indexrelid);
	SQL
}

# The advice as it is printed, most valuable first.
advice() {
	psql_in bare -c "SELECT ddl || ';' FROM perfadvisor_recommendations()
		WHERE kind IN ('create_index', 'drop_index') AND status = 'open'"
}

show_judgement() {
	table_in bare -v list="$(grep -v '^--' "$FOLDER/$system/published.sql")" \
		<<-'SQL'
		SELECT regexp_replace(index, '\s+', ' ', 'g') AS "hand-written",
			verdict, round(improvement_pct::numeric, 1) AS "%", reason
		FROM perfadvisor_evaluate(
			regexp_split_to_array(rtrim(:'list', E'; \n'), ';\s*'));
	SQL
}

# ---- the result ----

# Each statement's median in both; the copies have the same query ids.
show_statements() {
	table_in bare <<-'SQL'
		SELECT left(regexp_replace(a.query, '\s+', ' ', 'g'), 70) AS statement,
			a.calls, round(a.p50_ms::numeric, 3) AS "advised, ms",
			round(h.p50_ms::numeric, 3) AS "hand-written, ms",
			round((h.p50_ms / a.p50_ms)::numeric, 2) AS ratio,
			CASE WHEN a.p50_ms > 1.25 * h.p50_ms
				AND a.p50_ms > h.p50_ms + 0.02 THEN 'SLOWER' END AS remark
		FROM perfadvisor_queries a JOIN perfadvisor_queries h
			USING (queryid, toplevel, username)
		WHERE a.datname = 'advised' AND h.datname = 'hand' AND toplevel
			AND a.p50_ms > 0
		ORDER BY a.total_ms DESC;
	SQL
}

# How many times as much the list takes as the advice: pages that the mix
# touches, and time, as the median of each statement has it.
show_ratios() {
	psql_in bare <<-'SQL'
		SELECT round((sum(h.shared_blks_hit + h.shared_blks_read)
				/ sum(a.shared_blks_hit + a.shared_blks_read))::numeric, 2),
			round((sum(h.calls * h.p50_ms) / sum(a.calls * a.p50_ms))::numeric, 2)
		FROM perfadvisor_queries a JOIN perfadvisor_queries h
			USING (queryid, toplevel, username)
		WHERE a.datname = 'advised' AND h.datname = 'hand' AND toplevel;
	SQL
}

# again TEXT: what is said now
again() {
	local said

	said=$(advice) || die "no answer"
	if [ -n "$said" ]; then
		say "$1:"
		say "$said" | sed 's/^/  /'
	else
		say "$1: nothing"
	fi
}

show_again() {
	again "Advice right after it was carried out"
	mix bare -T "$DURATION" --random-seed=4712 >/dev/null
	again "After more of the same"
	psql_in bare -c 'SELECT perfadvisor_reset()' >/dev/null
	mix bare -T "$DURATION" --random-seed=4713 >/dev/null
	again "After a new start of recording"
}

compare() {
	local advised hand pages median

	title "$system: $(postgres --version), scale $SCALE"
	load "$system" || die "the data of $system could not be loaded"
	mix bare -T "$DURATION" --random-seed=4711 >"$PADV_STAGE/recorded"
	say "recorded $(sed -n 's/^count //p' "$PADV_STAGE/recorded") transactions \
in $DURATION s"
	advice >"$PADV_STAGE/advice.sql" || die "no advice came"
	psql_in advised -f "$PADV_STAGE/advice.sql" ||
		die "the advice could not be carried out"
	psql_in hand -f "$FOLDER/$system/published.sql" ||
		die "the hand-written indexes could not be created"
	# sizes are of indexes freshly built on the same rows
	advised=$(index_bytes advised) hand=$(index_bytes hand)
	say "advised:"
	show_indexes advised
	say "hand-written:"
	show_indexes hand
	say
	show_judgement
	for database in advised hand; do
		psql_in "$database" -c 'VACUUM ANALYZE'
	done
	take_turns
	show_statements
	read -r pages median < <(show_ratios)
	psql_in bare -f "$PADV_STAGE/advice.sql"
	psql_in bare -c 'VACUUM ANALYZE'
	show_again
	printf '%-12s %8.2f %8.2f %8.2f %8.2f %10.1f %10.1f %6.0f %%\n' \
		"$system" "$(ratio 4)" "$(ratio 3)" "$median" "$pages" \
		"$(awk "BEGIN { print $advised / 1e6 }")" \
		"$(awk "BEGIN { print $hand / 1e6 }")" \
		"$(awk "BEGIN { print 100 * $advised / $hand }")" \
		>>"$PADV_STAGE/summary"
	unload
}

start
for system in $SYSTEMS; do
	system=${system%/}
	[ -d "$FOLDER/$system/q" ] || die "there is no system \"$system\""
	compare
done
title "How many times as much the hand-written list takes, and bytes"
printf '%-12s %8s %8s %8s %8s %10s %10s %8s\n' '' processor latency medians \
	pages 'advised MB' 'by hand MB' bytes
cat "$PADV_STAGE/summary"
stop_server systems
