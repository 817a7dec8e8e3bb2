-- one product
\set product random_exponential(1, int(60000 * :scale), 3.0)
SELECT * FROM products WHERE id = 'p' || substr(md5('product ' || :product), 1, 24) LIMIT 1;
