#!/usr/bin/env bash
# eviction.sh: more distinct statements than there is room for.
#
# STATEMENTS distinct statements run against a table of one row, so that
# nothing but parsing, planning and recording takes time.  One server has room
# for ENTRIES of them, another for all; a third does not record.  Each of
# TURNS turns forgets everything, runs a hundred heavier statements, then
#	once	every statement once: all are new, to either server
#	again	as many of them, drawn by chance: known to the server that has
#		room for all, most of them new again to the other
# and then looks whether the hundred heaviest statements are still recorded.
#
# STATEMENTS	50000
# ENTRIES	5000
# CLIENTS	connections (8)
# TURNS		5
# PG_CONFIG	the PostgreSQL to use
set -u
cd "$(dirname "$0")/.." || exit 1
. bench/lib.sh
on_stage

STATEMENTS=${STATEMENTS:-50000}
ENTRIES=${ENTRIES:-5000}
CLIENTS=${CLIENTS:-8}
TURNS=${TURNS:-5}
HEAVY=100
SERVERS="evicting roomy idle"
figures=$PADV_STAGE/eviction

make_servers() {
	local common='max_connections = 60' server

	new_server evicting perfadvisor "$common" \
		"perfadvisor.max_queries = $ENTRIES"
	new_server roomy perfadvisor "$common" \
		"perfadvisor.max_queries = $((STATEMENTS * 6 / 5))"
	new_server idle perfadvisor "$common" 'perfadvisor.enabled = off' \
		'compute_query_id = on'
	for server in $SERVERS; do
		start_server "$server"
		sql "$server" -c "CREATE EXTENSION perfadvisor" -c "CREATE TABLE item AS
			SELECT 0 AS c0, 1 AS c1, 2 AS c2, 3 AS c3, 4 AS c4, 5 AS c5,
				6 AS c6, 7 AS c7, 8 AS c8, 9 AS c9"
	done
}

# Six digits of the statement's number, a column each, make its select list.
# In the simple protocol, pgbench replaces variables wherever they stand.
make_scripts() {
	local digits='\set d1 :n % 10
\set d2 :n / 10 % 10
\set d3 :n / 100 % 10
\set d4 :n / 1000 % 10
\set d5 :n / 10000 % 10
\set d6 :n / 100000
SELECT c:d1, c:d2, c:d3, c:d4, c:d5, c:d6 FROM item WHERE c0 = 0;'

	printf '%s\n' '\set i :i + 1' "\\set n :client_id + :i * $CLIENTS" \
		"$digits" >"$PADV_STAGE/once.sql"
	printf '%s\n' "\\set n random(0, $((STATEMENTS - 1)))" \
		"$digits" >"$PADV_STAGE/again.sql"
	for ((i = 1; i <= HEAVY; i++)); do
		printf 'SELECT pg_sleep(0.01)%s AS heavy;\n' "$(printf ', 1%.0s' $(seq $i))"
	done >"$PADV_STAGE/heavy.sql"
}

run() {
	tps "$1" -f "$PADV_STAGE/$2.sql" -D i=-1 -c "$CLIENTS" -j 2 \
		-t $((STATEMENTS / CLIENTS))
}

take_turn() {
	local turn=$1 server load
	# shellcheck disable=SC2206
	local -a all=($SERVERS)

	for load in once again; do
		for ((i = 0; i < ${#all[@]}; i++)); do
			server=${all[(i + turn) % ${#all[@]}]}
			if [ $load = once ]; then
				sql "$server" -c "SELECT perfadvisor_reset()" >/dev/null
				sql "$server" -f "$PADV_STAGE/heavy.sql" >/dev/null
			fi
			echo "$turn $load $server $(run "$server" $load)" >>"$figures"
		done
	done
	sql evicting -c "SELECT count(*) FROM perfadvisor_queries
		WHERE query LIKE 'SELECT pg_sleep%AS heavy'" >>"$PADV_STAGE/survivors"
}

# ratios LOAD SERVER BASE: throughput turn by turn, in per cent
ratios() {
	awk -v l="$1" -v s="$2" -v b="$3" '
		$2 == l && $3 == s { tps[$1] = $4 }
		$2 == l && $3 == b { base[$1] = $4 }
		END { for (t in tps) print 100 * tps[t] / base[t] }' "$figures"
}

show() {
	local load server

	printf '%-8s %10s %14s %14s %20s\n' load server tps '% of idle' \
		'% without eviction'
	for load in once again; do
		for server in $SERVERS; do
			printf '%-8s %10s %14.0f %14.1f %20.1f\n' $load "$server" \
				"$(awk -v l=$load -v s="$server" \
					'$2 == l && $3 == s { print $4 }' "$figures" | median)" \
				"$(ratios $load "$server" idle | median)" \
				"$(ratios $load "$server" roomy | median)"
		done
	done
	printf '\n'
	sql evicting -c "SELECT format('%s entries, %s evictions in the last turn, %s calls dropped', entries_max, evictions, dropped) FROM perfadvisor_info()"
	say "of the $HEAVY heavy statements, recorded at the end of each turn:" \
		"$(tr '\n' ' ' <"$PADV_STAGE/survivors")"
}

title "$STATEMENTS distinct statements through $ENTRIES entries"
make_servers
make_scripts
for ((turn = 0; turn < TURNS; turn++)); do
	take_turn $turn
done
show
for server in $SERVERS; do stop_server "$server"; done
