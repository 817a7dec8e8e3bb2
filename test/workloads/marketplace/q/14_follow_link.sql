-- somebody follows a shared link
\set number random_exponential(1, int(60000 * :scale), 2.0)
\set number int(60000 * :scale) + 1 - :number
SELECT id, "sellerId", "productId", "isActive", "expiresAt" FROM share_links WHERE code = substr(md5('code ' || :number), 1, 10) LIMIT 1;
UPDATE share_links SET clicks = clicks + 1 WHERE id = 'c' || substr(md5('link ' || :number), 1, 24);
