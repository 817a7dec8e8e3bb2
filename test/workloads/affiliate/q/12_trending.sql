-- the list of what trends, and then "latest row per product", read one by
-- one: 1 + N statements
\set product random(1, int(60000 * :scale) - 5)
SELECT id, title, price, commission, "trendScore", "profitScore" FROM products WHERE status = 'active' ORDER BY "trendScore" DESC, "profitScore" DESC LIMIT 20;
SELECT views, clicks, conversions, revenue, "createdAt" FROM product_analytics WHERE "productId" = 'p' || substr(md5('product ' || :product), 1, 24) ORDER BY "createdAt" DESC LIMIT 1;
SELECT views, clicks, conversions, revenue, "createdAt" FROM product_analytics WHERE "productId" = 'p' || substr(md5('product ' || :product + 1), 1, 24) ORDER BY "createdAt" DESC LIMIT 1;
SELECT views, clicks, conversions, revenue, "createdAt" FROM product_analytics WHERE "productId" = 'p' || substr(md5('product ' || :product + 2), 1, 24) ORDER BY "createdAt" DESC LIMIT 1;
SELECT views, clicks, conversions, revenue, "createdAt" FROM product_analytics WHERE "productId" = 'p' || substr(md5('product ' || :product + 3), 1, 24) ORDER BY "createdAt" DESC LIMIT 1;
SELECT views, clicks, conversions, revenue, "createdAt" FROM product_analytics WHERE "productId" = 'p' || substr(md5('product ' || :product + 4), 1, 24) ORDER BY "createdAt" DESC LIMIT 1;
