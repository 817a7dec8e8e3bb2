--
-- Advice for statements whose texts are hard to read
--
CREATE SCHEMA recommend_text;
SET search_path = recommend_text, public;
CREATE TABLE "Bücher" (id int PRIMARY KEY, "Käufer" int, titel text, filler text);
INSERT INTO "Bücher"
SELECT g, g % 3000, CASE WHEN g % 3000 = 7 THEN '$1' ELSE '本 ' || g % 3000 END, repeat('f', 80)
FROM generate_series(1, 20000) g;
VACUUM ANALYZE "Bücher";

-- what was recorded of these tables, what is advised for it, and what not
CREATE VIEW texts AS
    SELECT query, calls FROM perfadvisor_queries
    WHERE query ~ 'Bücher' AND query !~ 'perfadvisor|string_agg'
    ORDER BY query COLLATE "C";
CREATE VIEW advice AS
    SELECT regexp_replace(ddl, '^.* ON ', '') AS index, calls
    FROM perfadvisor_recommendations() WHERE kind = 'create_index' ORDER BY ddl COLLATE "C";
CREATE VIEW rest AS
    SELECT relation, predicate, code FROM perfadvisor_why_not()
    WHERE predicate !~ 'pg_|perfadvisor' ORDER BY predicate COLLATE "C";
\pset format unaligned
\pset tuples_only on

-- comments with line breaks, and constants in them
SELECT perfadvisor_reset() > 0;
SELECT /* a comment = 5
over 'two lines' */ count(*) -- and "Käufer" = 6
FROM "Bücher" -- ' $1
WHERE "Käufer" = 4711;
SELECT * FROM texts;
SELECT * FROM advice;
SELECT * FROM rest;

-- multi-byte text before, between and after the constants
SELECT perfadvisor_reset() > 0;
SELECT 'ä日本' AS "größe", count(*) AS "数" FROM "Bücher" WHERE titel = '本 5' AND filler <> '本';
SELECT 'ö日本語' AS "größe", count(*) AS "数" FROM "Bücher" WHERE titel = '本 6' AND filler <> '語';
SELECT * FROM texts;
SELECT * FROM advice;
SELECT * FROM rest;

-- several statements in one string
SELECT perfadvisor_reset() > 0;
SELECT 'ü', 1 \; SELECT count(*) FROM "Bücher" WHERE "Käufer" = 1 \; SELECT count(*) FROM "Bücher" WHERE titel = '本 1' \; SELECT 3;
SELECT * FROM texts;
SELECT * FROM advice;
SELECT * FROM rest;

-- $1 inside a literal, a comment and an identifier is no parameter
SELECT perfadvisor_reset() > 0;
SELECT count(*) AS "$1" FROM "Bücher" WHERE titel = '$1' /* $1 */ AND filler <> $$$1$$;
PREPARE p(int) AS SELECT count(*) AS "$1" FROM "Bücher" WHERE "Käufer" = $1 AND titel <> '$1';
EXECUTE p(7);
EXECUTE p(8);
SELECT * FROM texts;
SELECT * FROM advice;
SELECT * FROM rest;
DEALLOCATE p;

-- 30 kB, as from an object-relational mapper
SELECT perfadvisor_reset() > 0;
DO $$
BEGIN
    EXECUTE (SELECT format('SELECT %s FROM "Bücher" AS t0 WHERE t0."Käufer" = 5 AND t0.titel IN (%s) ORDER BY t0.id LIMIT 20',
            string_agg(format('t0.titel AS "t0_titel_größe_%s"', g), ', '),
            string_agg(quote_literal('本 ' || g), ', '))
        FROM generate_series(1, 850) g);
END
$$;
SELECT octet_length(query) > 30000, calls,
    query ~ '^SELECT t0\.titel AS "t0_titel_größe_1", ', query ~ ' ORDER BY t0\.id LIMIT \$852$',
    query ~ '"Käufer" = \$1 AND t0\.titel IN \(\$2, ?\$3' FROM texts;
SELECT * FROM advice;
SELECT * FROM rest;

-- 150 kB, most of it constants
SELECT perfadvisor_reset() > 0;
DO $$
BEGIN
    EXECUTE (SELECT format('SELECT count(*) FROM "Bücher" WHERE "Käufer" = 5 AND filler NOT IN (%s)',
            string_agg(quote_literal(repeat('長', 100) || g), ', '))
        FROM generate_series(1, 500) g);
END
$$;
SELECT octet_length(query) < 15000, query ~ '\$501\)$', calls FROM texts;
SELECT * FROM advice;
SELECT * FROM rest;

\pset format aligned
\pset tuples_only off
SET client_min_messages = warning;
DROP SCHEMA recommend_text CASCADE;
RESET client_min_messages;
