-- a search with a word anywhere in the name: no btree serves that
\set word random(1000, 9999)
SELECT id, name FROM products WHERE name ILIKE '%lamp ' || :word || '%' AND "isActive" = true LIMIT 20;
