-- a job looks for links that have run out
SELECT id, "sellerId" FROM share_links WHERE "isActive" = true AND "expiresAt" < now() ORDER BY "expiresAt" LIMIT 100;
