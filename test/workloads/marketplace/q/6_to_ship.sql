-- what a seller has to ship, oldest first
\set seller random_exponential(1, 1500, 3.0)
SELECT id, "userId", total, "createdAt" FROM orders WHERE "sellerId" = 'c' || substr(md5('seller ' || :seller), 1, 24) AND status = 'PAID' ORDER BY "createdAt" LIMIT 50;
