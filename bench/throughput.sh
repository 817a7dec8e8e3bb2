#!/usr/bin/env bash
# throughput.sh: what recording costs under load, by pgbench -S.
#
# One server each with nothing preloaded, with perfadvisor and with
# pg_stat_statements, on equal data.  They take turns, a short run each, with
# the others idle; so a machine that is slower for a while is slower for all of
# them.  Each run is compared with the one of the bare server in the same turn,
# and the median of these ratios is printed.  Who begins changes from turn to
# turn, and all servers are restarted in between, as the places that memory
# comes to lie at matter, too.  Beside it stands the processor time that the
# server took for a transaction: it suffers less from what else the machine
# does.
#
# CLIENTS	numbers of connections: 1 2 8 32
# PROTOCOLS	extended prepared
# TURNS		runs of each server for each figure (9)
# DURATION	seconds a run (1)
# SCALE		of pgbench's tables (5)
# PG_CONFIG	the PostgreSQL to use
set -u
cd "$(dirname "$0")/.." || exit 1
. bench/lib.sh
on_stage

CLIENTS=${CLIENTS:-1 2 8 32}
PROTOCOLS=${PROTOCOLS:-extended prepared}
TURNS=${TURNS:-9}
DURATION=${DURATION:-1}
SCALE=${SCALE:-5}
RESTARTS=3						# turns between two restarts
figures=$PADV_STAGE/throughput

servers() {
	echo bare perfadvisor
	if have_pgss; then echo pgss; fi
}

libraries() {
	case $1 in
		perfadvisor) echo perfadvisor ;;
		pgss) echo pg_stat_statements ;;
	esac
}

make_servers() {
	local server

	for server in $(servers); do
		new_server "$server" "$(libraries "$server")" \
			'shared_buffers = 256MB' 'max_connections = 60'
		start_server "$server"
		pgbench -i -q -s "$SCALE" -h "$TMPDIR/$server" -U postgres postgres \
			>"$PADV_STAGE/init.log" 2>&1 ||
			die "pgbench -i failed: $(tail -n 3 "$PADV_STAGE/init.log")"
	done
}

# Fresh processes and fresh memory, with the tables in it.
restart_servers() {
	local server

	for server in $(servers); do
		stop_server "$server"
		start_server "$server"
		sql "$server" -c "SELECT sum(abalance) FROM pgbench_accounts" \
			-c "SET enable_seqscan = off" -c "SET enable_bitmapscan = off" \
			-c "SELECT count(abalance) FROM pgbench_accounts WHERE aid > 0" \
			>/dev/null
		tps "$server" -S -c 2 -T 1 >/dev/null
	done
}

# The servers in an order that differs from turn to turn.
in_turn() {
	local turn=$1 i
	local -a all
	read -r -a all <<<"$(servers | tr '\n' ' ')"

	for ((i = 0; i < ${#all[@]}; i++)); do
		echo "${all[(i + turn) % ${#all[@]}]}"
	done
}

# Processor time of all sessions of a server that have ended, in ticks; 0 where
# the system does not tell.
server_ticks() {
	local pid

	pid=$(head -n 1 "$PADV_STAGE/$1/postmaster.pid")
	awk '{ sub(/.*\) /, ""); print $14 + $15 }' "/proc/$pid/stat" \
		2>/dev/null || echo 0
}

# measure SERVER ARGUMENT...: transactions a second, transactions, ticks
measure() {
	local server=$1 before result after

	before=$(server_ticks "$server")
	result=$(tps "$@") || exit 1
	after=$(server_ticks "$server")
	echo "$result $(transactions "$server") $((after - before))"
}

take_turn() {
	local turn=$1 protocol clients server

	for protocol in $PROTOCOLS; do
		for clients in $CLIENTS; do
			for server in $(in_turn "$turn"); do
				echo "$turn $protocol $clients $server $(measure "$server" -S \
					-M "$protocol" -c "$clients" \
					-j $((clients < 2 ? clients : 2)) -T "$DURATION")" \
					>>"$figures"
			done
		done
	done
}

# ---- the result ----

# cell PROTOCOL CLIENTS: "SERVER MEASURE VALUE" lines.  Measures are "tps",
# "ratio" (to the bare server's throughput in the same turn, in per cent) and
# "cpu" (microseconds of processor time a transaction).
cell() {
	awk -v p="$1" -v c="$2" -v tick_us=$((1000000 / $(getconf CLK_TCK))) '
		$2 == p && $3 == c {
			tps[$1, $4] = $5
			cpu[$1, $4] = $7 * tick_us / $6
			turns[$1]; servers[$4]
		}
		END {
			for (s in servers) {
				for (t in turns) {
					print s, "tps", tps[t, s]
					print s, "cpu", cpu[t, s]
					if (tps[t, "bare"] > 0)
						print s, "ratio", 100 * tps[t, s] / tps[t, "bare"]
				}
			}
		}' "$figures"
}

# pick SERVER MEASURE: the values of one cell
pick() {
	awk -v s="$1" -v m="$2" '$1 == s && $2 == m { print $3 }' <<<"$values"
}

# Where the middle half of the values lies: how sure their median is.
middle() {
	sort -g | awk '{ v[NR] = $1 } END {
		printf "%.0f-%.0f", v[int((NR + 3) / 4)], v[int((3 * NR + 3) / 4)] }'
}

show() {
	local protocol clients server values

	printf '%-16s %12s %14s %9s %14s\n' '' server tps '% of bare' \
		'CPU us/trans.'
	for protocol in $PROTOCOLS; do
		for clients in $CLIENTS; do
			values=$(cell "$protocol" "$clients")
			for server in $(servers); do
				printf '%-9s %6d %12s %14.0f %9.1f %8s %14.1f\n' "$protocol" \
					"$clients" "$server" "$(pick "$server" tps | median)" \
					"$(pick "$server" ratio | median)" \
					"($(pick "$server" ratio | middle))" \
					"$(pick "$server" cpu | median)"
			done
		done
	done
}

title "pgbench -S: medians of $TURNS turns"
make_servers
for ((turn = 0; turn < TURNS; turn++)); do
	[ $((turn % RESTARTS)) != 0 ] || restart_servers
	take_turn $turn
done
show
for server in $(servers); do stop_server "$server"; done
