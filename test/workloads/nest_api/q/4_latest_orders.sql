-- the office's list of orders, relations fetched one by one: 1 + N statements
\set customer random(1, int(60000 * :scale))
\set product random(1, int(8000 * :scale))
SELECT "order".id, "order"."userId", "order"."productId", "order"."totalAmount", "order".status, "order"."createdAt" FROM orders "order" ORDER BY "order"."createdAt" DESC LIMIT 20;
SELECT "user".* FROM users "user" WHERE "user".id = md5('user ' || :customer)::uuid;
SELECT product.* FROM products product WHERE product.id = md5('product ' || :product)::uuid;
SELECT "user".* FROM users "user" WHERE "user".id = md5('user ' || :customer / 2 + 1)::uuid;
SELECT product.* FROM products product WHERE product.id = md5('product ' || :product / 2 + 1)::uuid;
SELECT "user".* FROM users "user" WHERE "user".id = md5('user ' || :customer / 3 + 1)::uuid;
SELECT product.* FROM products product WHERE product.id = md5('product ' || :product / 3 + 1)::uuid;
