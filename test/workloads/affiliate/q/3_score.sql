-- a product is scored anew
\set product random_exponential(1, int(60000 * :scale), 3.0)
\set score random(0, 1000)
UPDATE products SET "trendScore" = power(:score / 1000.0, 2) * 100, "updatedAt" = now() WHERE id = 'p' || substr(md5('product ' || :product), 1, 24);
