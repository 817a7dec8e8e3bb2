-- one order with its relations
\set number random(1, int(300000 * :scale))
SELECT "order".*, "user".email AS user_email, product.name AS product_name, product.price AS product_price FROM orders "order" LEFT JOIN users "user" ON "user".id = "order"."userId" LEFT JOIN products product ON product.id = "order"."productId" WHERE "order".id = md5('order ' || :number)::uuid;
