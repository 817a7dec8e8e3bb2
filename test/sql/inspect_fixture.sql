--
-- Fifty indexes of every kind: what is said of each, that none is dropped
-- which something needs, and that each ddl and undo_ddl does what it says.
--
CREATE SCHEMA inspect_fixture;
SET search_path = inspect_fixture, public;
SET client_min_messages = warning;
SELECT perfadvisor_reset() >= 0 AS reset;

CREATE TABLE acct (id int PRIMARY KEY, email text UNIQUE, code int, ident int NOT NULL, name text, grp int);
CREATE TABLE room (id int PRIMARY KEY, during int4range, EXCLUDE USING gist (during WITH &&));
CREATE TABLE ord (
    id int PRIMARY KEY, acct int REFERENCES acct, a int, b int, c int, d int, e text, f int,
    g int, h int, i int, k int, m int, n text, o int, flag boolean, note text, doc jsonb);
CREATE TABLE line (id int PRIMARY KEY, ord int REFERENCES ord, qty int);
CREATE TABLE ev (id int, day int, kind int) PARTITION BY RANGE (day);
CREATE TABLE ev_1 PARTITION OF ev FOR VALUES FROM (0) TO (10);
CREATE TABLE ev_2 PARTITION OF ev FOR VALUES FROM (10) TO (20);
CREATE TABLE big (id int, v int, at int);
INSERT INTO acct SELECT g, 'e' || g, g, g, 'n' || g, g % 7 FROM generate_series(1, 1000) g;
INSERT INTO room SELECT g, int4range(g, g + 1) FROM generate_series(1, 20) g;
INSERT INTO ord SELECT g, g % 1000 + 1, g, g % 10, g, g, 'e' || g, g % 50, g, g, g, g, g, 'n' || g,
    g % 3000, g % 10 > 0, 'note ' || g, '{}' FROM generate_series(1, 20000) g;
INSERT INTO line SELECT g, g % 20000 + 1, g FROM generate_series(1, 40000) g;
INSERT INTO ev SELECT g, g % 20, g % 3 FROM generate_series(1, 2000) g;
INSERT INTO big SELECT g, g, g FROM generate_series(1, 320000) g;
CREATE MATERIALIZED VIEW mv AS SELECT id, kind FROM ev;

-- needed without a scan
CREATE UNIQUE INDEX acct_code ON acct (code);
CREATE UNIQUE INDEX acct_ident ON acct (ident);
ALTER TABLE acct REPLICA IDENTITY USING INDEX acct_ident;
CREATE INDEX acct_name ON acct (name);
ALTER TABLE acct CLUSTER ON acct_name;
CREATE INDEX ord_acct ON ord (acct);
CREATE INDEX ord_length ON ord (length(note));
CREATE INDEX ev_id ON ev (id);
-- used, here or elsewhere
CREATE INDEX big_v ON big (v);
CREATE INDEX big_at ON big (at);
CREATE INDEX ord_standby ON ord (n);
-- used by a recorded statement, although no scan is counted any more
CREATE INDEX ord_recorded ON ord (o);
-- of no use
CREATE INDEX acct_grp ON acct (grp);
CREATE INDEX ev_kind ON ev (kind) WHERE id > 0;
CREATE INDEX ev_2_alone ON ev_2 (kind, id);
CREATE INDEX mv_kind ON mv (kind);
CREATE INDEX "ord Hash" ON ord USING hash (k) WITH (fillfactor = 60);
CREATE INDEX ord_brin ON ord USING brin (id);
CREATE INDEX ord_gin ON ord USING gin (doc);
COMMENT ON INDEX ord_gin IS 'will be lost';
-- pairs of which one covers the other
CREATE INDEX ord_a ON ord (a);
CREATE INDEX ord_a_b ON ord (a, b);
CREATE INDEX ord_c ON ord (c);
CREATE INDEX ord_c_desc ON ord (c DESC);
CREATE INDEX ord_d ON ord (d);
CREATE INDEX ord_d_most ON ord (d) WHERE flag;
CREATE INDEX ord_d_few ON ord (d) WHERE NOT flag;
CREATE INDEX ord_lower_1 ON ord (lower(e));
CREATE INDEX ord_lower_2 ON ord (lower(e));
CREATE INDEX ord_f_1 ON ord (f);
CREATE INDEX ord_f_2 ON ord (f);
CREATE INDEX ord_g ON ord (g) INCLUDE (h);
CREATE INDEX ord_g_more ON ord (g) INCLUDE (h, i);
CREATE UNIQUE INDEX ord_m_unique ON ord (m);
CREATE INDEX ord_m ON ord (m);
CREATE UNIQUE INDEX ord_id_again ON ord (id);
-- alike, and each of its own use
CREATE INDEX ord_e ON ord (e);
CREATE INDEX ord_e_pattern ON ord (e text_pattern_ops);
CREATE INDEX ord_e_c ON ord (e COLLATE "C");
CREATE INDEX ord_h_i ON ord (h, i DESC);
CREATE INDEX ord_h_i_asc ON ord (h, i);
CREATE INDEX ord_i_first ON ord (i NULLS FIRST);
CREATE INDEX ord_i_last ON ord (i);
-- left over
\set VERBOSITY terse
CREATE UNIQUE INDEX CONCURRENTLY line_half ON line ((qty % 100));
CREATE FUNCTION fails(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('inspect.fail', true) = 'on' AND $1 = 50 THEN
        RAISE EXCEPTION 'failed on purpose';
    END IF;
    RETURN $1;
END $$;
SET inspect.fail = on;
CREATE INDEX CONCURRENTLY line_broken ON line (fails(qty));
SET inspect.fail = off;
-- every row is in the sample, so that all runs have the same statistics
SET default_statistics_target = 1100;
ANALYZE acct;
ANALYZE room;
ANALYZE line;
ANALYZE ev, mv;
VACUUM ANALYZE ord;
VACUUM ANALYZE big;

-- 8 scans of all rows, which are 2.5 million; and 2 of one row
SET enable_seqscan = off;
SET enable_bitmapscan = off;
DO $$
BEGIN
    FOR n IN 1..8 LOOP
        PERFORM sum(v) FROM big WHERE v > 0;
    END LOOP;
    PERFORM FROM big WHERE at = 5;
    PERFORM FROM big WHERE at = 6;
    PERFORM FROM ev_1 WHERE id = 3;
    PERFORM id FROM ord WHERE o = 17;
END $$;
RESET enable_seqscan;
RESET enable_bitmapscan;
SELECT pg_stat_force_next_flush();
SELECT pg_stat_reset_single_table_counters('ord_recorded'::regclass);
-- as a standby would tell it
SELECT perfadvisor_import_usage('replica', e || jsonb_build_object('indexes',
        (SELECT jsonb_agg(x || CASE WHEN x ->> 'index' = 'ord_standby'
                THEN '{"scans": 77, "rows_read": 80}'::jsonb ELSE '{"scans": 0}' END)
         FROM jsonb_array_elements(e -> 'indexes') x
         WHERE x ->> 'schema' = 'inspect_fixture'))) > 40 AS told
FROM perfadvisor_export_usage() e;

--
-- The verdicts: what is unused, of any age, and what another one covers, when
-- nothing is old enough to be unused
--
CREATE TABLE mine AS SELECT i.indexrelid::regclass AS index, i.indrelid::regclass AS relation
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE c.relnamespace = 'inspect_fixture'::regnamespace;
SELECT count(*) FROM mine;
CREATE FUNCTION plain(reason text) RETURNS text LANGUAGE sql RETURN
    regexp_replace(regexp_replace(regexp_replace(regexp_replace(reason,
        ',? (since|last on|as of) \d{4}-\d\d-\d\d \d\d:\d\d', '', 'g'),
        ' \(\d+ (seconds|minutes|hours|days)\)', '', 'g'),
        '\d+ (bytes|kB|MB)', 'SIZE', 'g'),
        '[0-9,]+ (inserts|scans?|rows)', 'N \1', 'g');
SET perfadvisor.unused_min_age = 0;
CREATE TABLE unused AS SELECT u.* FROM perfadvisor_unused_indexes u JOIN mine USING (index);
SET perfadvisor.unused_min_age = '7d';
CREATE TABLE young AS SELECT u.* FROM perfadvisor_unused_indexes u JOIN mine USING (index);
CREATE TABLE redundant AS SELECT r.* FROM perfadvisor_redundant_indexes r JOIN mine USING (index);
CREATE TABLE invalid AS SELECT v.* FROM perfadvisor_invalid_indexes v JOIN mine USING (index);
SELECT m.index, coalesce(u.verdict, 'used') AS unused, r.verdict AS redundant, r.covered_by,
    left(v.ddl, 7) AS invalid, plain(u.reason) AS reason
FROM mine m
LEFT JOIN unused u USING (index) LEFT JOIN redundant r USING (index) LEFT JOIN invalid v USING (index)
ORDER BY m.index::text COLLATE "C";
SELECT scans BETWEEN 8 AND 16 AS few FROM unused WHERE index = 'big_v'::regclass;
-- a week must have passed, or it is not known
SELECT y.verdict, count(*) FROM young y JOIN unused u USING (index)
WHERE u.verdict = 'drop' GROUP BY 1;

--
-- What may not go
--
SELECT index FROM (SELECT index FROM unused WHERE verdict = 'drop'
    UNION ALL SELECT index FROM redundant WHERE verdict = 'drop'
    UNION ALL SELECT index FROM young WHERE verdict = 'drop') d
WHERE index::text IN ('acct_pkey', 'acct_email_key', 'acct_code', 'acct_ident', 'acct_name',
    'room_pkey', 'room_during_excl', 'ord_pkey', 'ord_acct', 'ord_length', 'ev_id', 'ev_1_id_idx',
    'ev_2_id_idx', 'big_v', 'big_at', 'ord_standby', 'line_pkey', 'ord_m_unique');

--
-- The recorded workload is planned again without each
--
SET perfadvisor.unused_min_age = 0;
CREATE TABLE advice AS
    SELECT row_number() OVER (ORDER BY ddl COLLATE "C") AS n, r.* FROM perfadvisor_recommendations() r
    WHERE relation IN (SELECT relation FROM mine) AND kind <> 'create_index';
SELECT kind, count(*) FROM advice GROUP BY kind ORDER BY kind COLLATE "C";
SELECT ddl FROM advice WHERE kind = 'drop_index' ORDER BY ddl COLLATE "C";
SELECT verdict FROM unused WHERE index = 'ord_recorded'::regclass;
SELECT count(*) FROM advice WHERE ddl ~ 'ord_recorded';
-- of two that cover each other, and are needed, one stays
SELECT count(*) FROM advice WHERE ddl ~ 'ord_lower_';

--
-- There and back: after each ddl and its undo_ddl the catalogs are as before
--
CREATE VIEW state AS
    SELECT format('%s|%s|%s|%s|%s', pg_get_indexdef(i.indexrelid),
        (to_jsonb(i) - '{indexrelid,indexprs,indpred,indcheckxmin}'::text[]), c.reltablespace,
        c.reloptions, (SELECT conname FROM pg_constraint WHERE conindid = i.indexrelid AND contype <> 'f')) AS line
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE c.relnamespace = 'inspect_fixture'::regnamespace
        -- what is not valid is mended or made again
        AND c.relname NOT IN ('line_half', 'line_broken')
    UNION ALL
    SELECT pg_get_statisticsobjdef(oid) FROM pg_statistic_ext
    WHERE stxnamespace = 'inspect_fixture'::regnamespace;
CREATE TABLE before AS SELECT line FROM state;
CREATE TABLE gone (n bigint, lines bigint);
CREATE TABLE differs (n bigint, line text);
-- so that the unique one can be made again
UPDATE line SET qty = id % 100 WHERE id <= 100;
DELETE FROM line WHERE id > 100;
SET search_path = public;
SELECT s.statement
FROM inspect_fixture.advice a,
    LATERAL (VALUES (1, a.ddl),
        (2, format('INSERT INTO inspect_fixture.gone SELECT %s, count(*) FROM (TABLE inspect_fixture.before EXCEPT ALL TABLE inspect_fixture.state) x', a.n)),
        (3, a.undo_ddl),
        (4, format('INSERT INTO inspect_fixture.differs SELECT %s, line FROM ((TABLE inspect_fixture.before EXCEPT ALL TABLE inspect_fixture.state) UNION ALL (TABLE inspect_fixture.state EXCEPT ALL TABLE inspect_fixture.before)) x', a.n))
    ) s (step, statement)
ORDER BY a.n, s.step
\set ECHO none
\set QUIET on
\o /dev/null
\gexec
\o
\set QUIET off
\set ECHO all
SET search_path = inspect_fixture, public;
SELECT count(DISTINCT g.n) = (SELECT count(*) FROM advice) AS all_run,
    bool_and(a.kind <> 'drop_index' OR g.lines > 0 OR a.ddl ~ 'line_half') AS all_dropped
FROM gone g JOIN advice a USING (n);
SELECT * FROM differs;
-- and what was left over is valid
SELECT indexrelid::regclass, indisvalid FROM pg_index
WHERE indexrelid IN ('line_half'::regclass, 'line_broken'::regclass) ORDER BY 1;

SELECT perfadvisor_import_usage('replica', NULL);
RESET perfadvisor.unused_min_age;
DROP SCHEMA inspect_fixture CASCADE;
