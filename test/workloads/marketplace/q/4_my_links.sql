-- a seller's links that work
\set seller random_exponential(1, 1500, 3.0)
SELECT id, code, clicks, "productId", "expiresAt" FROM share_links WHERE "sellerId" = 'c' || substr(md5('seller ' || :seller), 1, 24) AND "isActive" = true ORDER BY "createdAt" DESC LIMIT 50;
