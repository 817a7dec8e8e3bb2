#!/usr/bin/env bash
# instructions.sh: what recording costs a statement, in instructions.
#
# callgrind counts the instructions of a server in single-user mode, for two
# runs of different length; the difference, divided by the statements between
# them, is what one statement takes.  Start and end of the server and the first
# executions of a statement cancel out, and there is no noise: the same build
# gives the same figure, to within a few instructions.
#
# KINDS		statements to run: point filter scan join prepared
# SHORT, LONG	statements in the two runs (1100, 2100: of those between, one is
#		closely watched, which is the share of them in the long run)
# JOBS		runs at the same time (as many as there are processors)
# PG_CONFIG	the PostgreSQL to use
set -u
cd "$(dirname "$0")/.." || exit 1
. bench/lib.sh
TOOLS=valgrind
on_stage

KINDS=${KINDS:-point filter scan join prepared}
SHORT=${SHORT:-1100}
LONG=${LONG:-2100}
JOBS=${JOBS:-$(nproc 2>/dev/null || echo 1)}
out=$PADV_STAGE/instructions
mkdir -p "$out"

# ---- the servers ----

# What is preloaded in each configuration, and its settings.
config() {
	local pgss='' both=perfadvisor

	if have_pgss; then
		pgss=pg_stat_statements
		both=pg_stat_statements,perfadvisor
	fi
	case $1 in
		none) echo "-c compute_query_id=auto" ;;
		queryid) echo "-c compute_query_id=on" ;;
		pgss) echo "-c shared_preload_libraries=$pgss" ;;
		pgss_planning) echo "-c shared_preload_libraries=$pgss" \
			"-c pg_stat_statements.track_planning=on" ;;
		perfadvisor) echo "-c shared_preload_libraries=perfadvisor" ;;
		both) echo "-c shared_preload_libraries=$both" ;;
		watched) echo "-c shared_preload_libraries=perfadvisor" \
			"-c perfadvisor.sample_rate=1" ;;
	esac
}

configs() {
	if have_pgss; then
		echo none queryid pgss pgss_planning perfadvisor both watched
	else
		echo none queryid perfadvisor watched
	fi
}

# 20,000 rows with a primary key, and a table that is always read whole.
make_data() {
	make_template
	postgres --single -D "$PADV_STAGE/template" postgres \
		>"$out/data.log" 2>&1 <<-'SQL' || die "$(tail -n 5 "$out/data.log")"
		create table acc (aid int primary key, bid int, abalance int, filler char(84));
		insert into acc select g, g % 10, 0, md5(g::text) from generate_series(1, 20000) g;
		create table branch (bid int, name text);
		insert into branch select g, 'branch ' || g from generate_series(1, 50) g;
		vacuum analyze acc;
		vacuum analyze branch;
	SQL
}

# statements KIND N: N statements that differ in their constants only
statements() {
	awk -v kind="$1" -v n="$2" 'BEGIN {
		if (kind == "prepared") {
			print "SET plan_cache_mode = force_generic_plan;"
			print "PREPARE p (int) AS SELECT abalance FROM acc WHERE aid = $1;"
		}
		for (i = 0; i < n; i++) {
			a = (i * 7919) % 20000 + 1
			if (kind == "point")
				printf "SELECT abalance FROM acc WHERE aid = %d;\n", a
			else if (kind == "filter")
				printf "SELECT count(*) FROM acc WHERE aid BETWEEN %d AND %d AND bid = %d AND filler LIKE '\''a%%'\'';\n", a, a + 20, i % 10
			else if (kind == "scan")
				printf "SELECT name FROM branch WHERE bid = %d;\n", a % 50
			else if (kind == "join")
				printf "SELECT x.abalance FROM acc x JOIN acc y ON y.aid = x.bid + 1 JOIN acc z ON z.aid = y.bid + 2 WHERE x.aid = %d;\n", a
			else
				printf "EXECUTE p (%d);\n", a
		}
	}'
}

# ---- counting ----

# count WORKER KIND CONFIG N: instructions of one run
count() {
	local dir=$PADV_STAGE/worker$1 input=$out/$2.$4.sql log=$out/log.$1

	# shellcheck disable=SC2046
	nice valgrind --tool=callgrind --callgrind-out-file=/dev/null \
		postgres --single -D "$dir" $(config "$3") postgres \
		<"$input" >"$log" 2>&1 || return 1
	sed -n 's/.*Collected : *\([0-9]*\).*/\1/p' "$log"
}

# worker I: every JOBS-th of the figures
worker() {
	local i=0 kind config few many

	rm -rf "$PADV_STAGE/worker$1"
	cp -R "$PADV_STAGE/template" "$PADV_STAGE/worker$1"
	for kind in $KINDS; do
		for config in $(configs); do
			i=$((i + 1))
			[ $((i % JOBS)) = "$1" ] || continue
			if ! few=$(count "$1" "$kind" "$config" "$SHORT") ||
				! many=$(count "$1" "$kind" "$config" "$LONG")
			then
				tail -n 5 "$out/log.$1" >&2
				return 1
			fi
			echo "$kind $config $(((many - few) / (LONG - SHORT)))" \
				>>"$out/figures"
		done
	done
}

# ---- the result ----

# figure KIND CONFIG
figure() {
	awk -v k="$1" -v c="$2" '$1 == k && $2 == c { print $3 }' "$out/figures"
}

# row LABEL CONFIG [MINUS]: the figures, or how much they are above others
row() {
	local kind

	printf '%-42s' "$1"
	for kind in $KINDS; do
		if [ -n "${3-}" ]; then
			printf ' %+9d' $(($(figure "$kind" "$2") - $(figure "$kind" "$3")))
		else
			printf ' %9d' "$(figure "$kind" "$2")"
		fi
	done
	printf '\n'
}

show() {
	printf '%-42s' ''
	# shellcheck disable=SC2086
	printf ' %9s' $KINDS
	printf '\n'
	row "nothing preloaded" none
	row "  and core's query ids" queryid none
	if have_pgss; then
		row "  and pg_stat_statements" pgss none
		row "  and pg_stat_statements, with planning" pgss_planning none
	fi
	row "  and perfadvisor" perfadvisor none
	if have_pgss; then
		row "  and both" both none
		row "perfadvisor on top of pg_stat_statements" both pgss
	fi
	row "an execution that is closely watched" watched none
}

title "Instructions per statement, $(postgres --version)"
make_data
for kind in $KINDS; do
	for n in "$SHORT" "$LONG"; do
		statements "$kind" "$n" >"$out/$kind.$n.sql"
	done
done
pids=
for ((i = 0; i < JOBS; i++)); do
	worker $i &
	pids="$pids $!"
done
for pid in $pids; do
	wait "$pid" || die "a run under callgrind failed"
done
show
