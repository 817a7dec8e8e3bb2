--
-- Columns under other names than those of their table: by the alias of a join,
-- as OLD and NEW of a rule, through views.  What is told of them, and advised,
-- is as for the table's own names.
--
SET client_min_messages = warning;
CREATE SCHEMA recommend_renamed;
SET search_path = recommend_renamed, public;
CREATE TABLE person (id int, name text, born int, died int, state text);
INSERT INTO person SELECT g, 'n' || g, g, CASE WHEN g % 500 = 0 THEN g - 1 ELSE g + 1 END, CASE WHEN g % 400 = 0 THEN 'odd' ELSE 'even' END FROM generate_series(1, 20000) g;
CREATE TABLE house (id int, owner int, street text);
INSERT INTO house SELECT g, g, 's' || g FROM generate_series(1, 20000) g;
VACUUM ANALYZE person, house;
CREATE VIEW lives AS SELECT j.n AS known_as, j.b AS since, j.d AS until, j.s AS street, j.st
FROM (person JOIN house ON person.id = house.owner) AS j(i, n, b, d, st, h, o, s);

-- is the advice the same, and some?
CREATE FUNCTION same_advice(plain text, renamed text) RETURNS boolean LANGUAGE sql AS
$$
    SELECT array_agg(a.ddl ORDER BY a.ddl) = (SELECT array_agg(b.ddl ORDER BY b.ddl) FROM perfadvisor_advise(ARRAY[renamed]) b)
    FROM perfadvisor_advise(ARRAY[plain]) a
$$;
SELECT regexp_replace(ddl, '^.* ON ', '') AS index FROM perfadvisor_advise(ARRAY[
    'SELECT s FROM (person JOIN house ON person.id = house.owner) AS j(i, n, b, d, st, h, o, s) WHERE lower(n) = $1'])
WHERE relation = 'person'::regclass;
SELECT same_advice('SELECT street FROM person JOIN house ON person.id = owner WHERE lower(name) = $1',
    'SELECT s FROM (person JOIN house ON person.id = house.owner) AS j(i, n, b, d, st, h, o, s) WHERE lower(n) = $1');
SELECT same_advice('SELECT street FROM person JOIN house ON person.id = owner WHERE lower(name) = $1',
    'SELECT street FROM lives WHERE lower(known_as) = $1');
SELECT same_advice('SELECT street FROM person JOIN house USING (id) WHERE lower(name) = $1',
    'SELECT street FROM (person JOIN house USING (id)) AS j WHERE lower(j.name) = $1');
SELECT same_advice('SELECT street FROM person JOIN house USING (id) WHERE id = 5 AND lower(name) = $1',
    'SELECT street FROM person JOIN house USING (id) AS k WHERE k.id = 5 AND lower(name) = $1');
-- columns that are compared, words that few rows have, an order
SELECT same_advice('SELECT name FROM person JOIN house ON person.id = owner WHERE born > died',
    'SELECT n FROM (person JOIN house ON person.id = house.owner) AS j(i, n, b, d, st, h, o, s) WHERE b > d');
SELECT same_advice('SELECT name FROM person JOIN house ON person.id = owner WHERE born > died',
    'SELECT known_as FROM lives WHERE since > until');
SELECT same_advice($$SELECT name FROM person JOIN house ON person.id = owner WHERE state = 'odd' AND lower(name) > $1 ORDER BY lower(name) LIMIT 5$$,
    $$SELECT n FROM (person JOIN house ON person.id = house.owner) AS j(i, n, b, d, st, h, o, s) WHERE st = 'odd' AND lower(n) > $1 ORDER BY lower(n) LIMIT 5$$);

-- what is recorded, and what no index serves
CREATE TABLE log (name text, born int);
CREATE RULE noted AS ON UPDATE TO person WHERE NEW.born <> OLD.born DO INSERT INTO log VALUES (OLD.name, NEW.born);
SELECT perfadvisor_reset() > 0 AS reset;
UPDATE person SET name = name WHERE lower(name) = 'n5';
SELECT count(*) FROM (person JOIN house ON person.id = house.owner) AS j(i, n, b, d, st, h, o, s) WHERE d <> b AND lower(n) IN ('n6', 'n7');
SELECT count(*) FROM lives WHERE since <> until AND known_as || st = 'n7odd';
SELECT regexp_replace(ddl, '^.* ON ', '') AS index FROM perfadvisor_recommendations()
WHERE relation = 'person'::regclass AND ddl LIKE '%lower%';
SELECT DISTINCT relation, predicate, code FROM perfadvisor_why_not()
WHERE relation = 'person'::regclass AND predicate LIKE '%<>%' ORDER BY 2;
SELECT count(*) AS not_explained FROM perfadvisor_why_not() WHERE reason LIKE '%explained further%';
SELECT DISTINCT target FROM perfadvisor_predicates
WHERE relation = 'person'::regclass AND target ~ '<>|lower' ORDER BY 1;

RESET search_path;
DROP SCHEMA recommend_renamed CASCADE;
SELECT perfadvisor_reset() > 0 AS reset;
