set -u
D=$PADV_STAGE/data
initdb -D $D -A trust -U postgres >/dev/null 2>&1
cat >> $D/postgresql.conf <<E
shared_preload_libraries = 'perfadvisor'
listen_addresses = ''
unix_socket_directories = '$TMPDIR'
fsync = off
E
pg_ctl -w -D $D -l $D/log start >/dev/null
cat > $TMPDIR/v.sql <<'E'
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION perfadvisor;
CREATE TABLE v (id int, a int, b text, g int GENERATED ALWAYS AS (a * 2) VIRTUAL, h text GENERATED ALWAYS AS (upper(b)) VIRTUAL, s int GENERATED ALWAYS AS (a + 1) STORED);
INSERT INTO v (id, a, b) SELECT i, i % 5000, 'n' || i FROM generate_series(1, 60000) i;
ANALYZE v;
SELECT count(*) FROM v WHERE g = 10;
SELECT count(*) FROM v WHERE g = 12;
SELECT count(*) FROM v WHERE h = 'N77';
SELECT count(*) FROM v WHERE s = 77;
SELECT g, count(*) FROM v GROUP BY g ORDER BY g LIMIT 1;
SELECT * FROM v ORDER BY g, id LIMIT 2;
UPDATE v SET a = a WHERE g = 14;
SELECT relation, target, operator, role FROM perfadvisor_predicates;
SELECT predicate FROM perfadvisor_seq_scans;
SELECT kind, ddl FROM perfadvisor_recommendations();
SELECT relation, predicate, code, reason FROM perfadvisor_why_not();
SELECT kind, ddl FROM perfadvisor_recommendations() WHERE kind = 'create_index' \gexec
SELECT ddl FROM perfadvisor_recommendations() WHERE kind = 'create_index' \gexec
SELECT kind, ddl, status FROM perfadvisor_recommendations();
SELECT cost_after > 0 FROM perfadvisor_whatif('select * from v where g = 5', ARRAY['CREATE INDEX ON v (g)']);
SELECT cost_after > 0 FROM perfadvisor_whatif('select * from v where g = 5', ARRAY['CREATE INDEX ON v (a) WHERE g > 5']);
SELECT cost_after > 0 FROM perfadvisor_whatif('select * from v where g = 5', ARRAY['CREATE INDEX ON v ((g + 1))']);
SELECT cost_after > 0 FROM perfadvisor_whatif('select * from v where g = 5', ARRAY['CREATE INDEX ON v (a) INCLUDE (g)']);
SELECT cost_after > 0, indexes_used FROM perfadvisor_whatif('select * from v where g = 10', ARRAY['CREATE INDEX ON v ((a * 2))']);
CREATE INDEX ON v (g);
E
psql -X -h $TMPDIR -U postgres -f $TMPDIR/v.sql postgres 2>&1
pg_ctl -D $D -m immediate stop >/dev/null
