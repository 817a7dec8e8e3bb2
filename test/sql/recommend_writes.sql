-- An index that writes would pay more for than reads save is not advised, and
-- is named; what other advice serves is not said to fail by that.
CREATE SCHEMA recommend_writes;
SET search_path = recommend_writes, public;
CREATE TABLE entries (k int NOT NULL, state text NOT NULL, n int NOT NULL);
INSERT INTO entries
SELECT g % 2000, CASE WHEN g % 100 = 0 THEN 'rare' ELSE 'common' END, g FROM generate_series(1, 20000) g;
VACUUM ANALYZE entries;
CREATE VIEW advice AS
SELECT regexp_replace(ddl, '^.* USING ', '') AS index FROM perfadvisor_recommendations() WHERE kind = 'create_index';
CREATE VIEW rest AS
SELECT predicate, code FROM perfadvisor_why_not() WHERE relation = 'entries'::regclass ORDER BY 1;

SELECT perfadvisor_reset() \g /dev/null
SELECT count(n) FROM entries WHERE k = 5;
DO 'BEGIN FOR i IN 1..50000 LOOP INSERT INTO entries VALUES (i % 2000, ''common'', i); END LOOP; END';
SELECT * FROM advice;
SELECT * FROM rest;

-- an index of few rows is written seldom
DO
$$
BEGIN
    FOR i IN 1..100 LOOP
        PERFORM count(n) FROM entries WHERE state = 'rare' AND n < 500;
        PERFORM count(n) FROM entries WHERE state = 'rare' AND n > 19500;
    END LOOP;
END
$$;
SELECT * FROM advice;
SELECT * FROM rest;

-- what is changed a hundred times for each search by it gets no index, however
-- long the searches take
CREATE TABLE accounts (id int PRIMARY KEY, owner int NOT NULL, counter int NOT NULL, filler text);
INSERT INTO accounts SELECT g, g % 5000, g::bigint * 7919 % 30011, repeat('x', 60) FROM generate_series(1, 30000) g;
VACUUM ANALYZE accounts;
SELECT perfadvisor_reset() \g /dev/null
DO 'BEGIN FOR i IN 1..10 LOOP PERFORM count(filler) FROM accounts WHERE counter = i; END LOOP; END';
SELECT * FROM advice;
DO 'BEGIN FOR i IN 1..990 LOOP UPDATE accounts SET counter = counter + 1 WHERE id = i; END LOOP; END';
SELECT * FROM advice;
SELECT predicate, code, regexp_replace(reason, '[0-9]+ %', 'N %') AS reason
FROM perfadvisor_why_not() WHERE relation = 'accounts'::regclass AND predicate ~ 'counter';
SELECT index, verdict, regexp_replace(reason, '[0-9.]+ %', 'N %') AS reason
FROM perfadvisor_evaluate(ARRAY['CREATE INDEX ON accounts (counter)']);
-- updates of another column say nothing of this one
SELECT perfadvisor_reset() \g /dev/null
DO 'BEGIN FOR i IN 1..10 LOOP PERFORM count(filler) FROM accounts WHERE counter = i; END LOOP; END';
DO 'BEGIN FOR i IN 1..990 LOOP UPDATE accounts SET filler = NULL WHERE id = i; END LOOP; END';
SELECT * FROM advice;

SET client_min_messages = warning;
DROP SCHEMA recommend_writes CASCADE;
