-- a seller's delivered orders, all columns and no page limit
\set seller random_exponential(1, 1500, 3.0)
SELECT * FROM orders WHERE "sellerId" = 'c' || substr(md5('seller ' || :seller), 1, 24) AND status = 'DELIVERED' ORDER BY "createdAt" DESC;
