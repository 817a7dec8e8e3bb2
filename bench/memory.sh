#!/usr/bin/env bash
# memory.sh: shared memory at the defaults, and a backend's own memory over a
# million executions of a prepared statement.
#
# EXECUTIONS	1000000
# PG_CONFIG	the PostgreSQL to use
set -u
cd "$(dirname "$0")/.." || exit 1
. bench/lib.sh
on_stage

EXECUTIONS=${EXECUTIONS:-1000000}
BATCH=50						# in one round trip
STEPS=10						# looks at the memory

make_server() {
	new_server memory perfadvisor
	start_server memory
	sql memory <<-'SQL'
		CREATE EXTENSION perfadvisor;
		CREATE TABLE item (id int PRIMARY KEY, note text);
		INSERT INTO item SELECT g, md5(g::text) FROM generate_series(1, 1000) g;
		VACUUM ANALYZE item;
		CREATE TABLE look (executions bigint, contexts bigint, rss text);
		SELECT perfadvisor_reset();
	SQL
} >/dev/null

# The backend looks at itself: /proc/self is whoever asks.
make_script() {
	local i every=$((EXECUTIONS / BATCH / STEPS))

	printf '%s\n' '\set i :i + 1' '\set id random(1, 1000)' '\startpipeline'
	for ((i = 0; i < BATCH; i++)); do
		echo 'SELECT note FROM item WHERE id = :id;'
	done
	printf '%s\n' '\endpipeline' "\\if :i % $every = 0 or :i = 20"
	cat <<-SQL
		INSERT INTO look SELECT :i * $BATCH, sum(total_bytes),
			(regexp_match(pg_read_file('/proc/self/status', 0, 10000, true), 'RssAnon:\s*(\d+ kB)'))[1]
		FROM pg_backend_memory_contexts;
	SQL
	printf '%s\n' '\endif'
} >"$PADV_STAGE/memory.sql"

title "Shared memory at the defaults"
make_server
sql memory -c "SELECT format('%s statements: %s MB in all, of which texts, predicates and examples up to %s MB',
	entries_max, round(shared_bytes / 1048576.0, 1), round(text_bytes_max / 1048576.0, 1))
	FROM perfadvisor_info()"

title "A backend's own memory over $EXECUTIONS executions of a prepared statement"
make_script
tps memory -f "$PADV_STAGE/memory.sql" -M prepared -c 1 \
	-t $((EXECUTIONS / BATCH)) -D i=0 >/dev/null
printf '%12s %26s %20s\n' executions "memory contexts, bytes" "private memory"
sql memory -F ' ' -c "SELECT * FROM look ORDER BY executions" |
	while read -r executions contexts rss; do
		printf '%12d %26d %20s\n' "$executions" "$contexts" "$rss"
	done
printf '\n'
sql memory -c "SELECT format('calls recorded: %s', calls) FROM perfadvisor_queries
	WHERE query LIKE 'SELECT note FROM item%'"
stop_server memory
