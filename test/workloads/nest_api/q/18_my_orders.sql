-- a customer's orders; the relations are eager, so that each brings its user
-- and its product along
\set customer random_exponential(1, int(60000 * :scale), 3.0)
SELECT "order".*, "user".id AS user_id, "user".email AS user_email, "user".name AS user_name, product.* FROM orders "order" LEFT JOIN users "user" ON "user".id = "order"."userId" LEFT JOIN products product ON product.id = "order"."productId" WHERE "order"."userId" = md5('user ' || :customer)::uuid ORDER BY "order"."createdAt" DESC;
