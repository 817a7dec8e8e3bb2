-- figures of a product come in
\set product random_exponential(1, int(60000 * :scale), 3.0)
INSERT INTO product_analytics (id, "productId", views, clicks, conversions, revenue) VALUES (gen_random_uuid()::text, 'p' || substr(md5('product ' || :product), 1, 24), 10, 2, 0, 1.5);
