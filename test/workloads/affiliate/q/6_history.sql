-- a product's figures of the last ninety days
\set product random_exponential(1, int(60000 * :scale), 3.0)
SELECT views, clicks, conversions, revenue, "createdAt" FROM product_analytics WHERE "productId" = 'p' || substr(md5('product ' || :product), 1, 24) AND "createdAt" >= now() - interval '90 days' ORDER BY "createdAt";
