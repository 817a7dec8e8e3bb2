-- what a product brought in
\set product random_exponential(1, int(8000 * :scale), 2.0)
SELECT count(*) AS sold, sum("order"."totalAmount") AS turnover FROM orders "order" WHERE "order"."productId" = md5('product ' || :product)::uuid AND "order".status IN ('PAID', 'SHIPPED');
