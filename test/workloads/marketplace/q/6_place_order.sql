-- an order comes in: its items, the stock, the seller's wallet
\set buyer random_exponential(1, int(40000 * :scale), 3.0)
\set seller random_exponential(1, 1500, 3.0)
\set variant random(1, int(75000 * :scale))
\set number random(150000001, 2000000000)
BEGIN;
INSERT INTO orders (id, "userId", "sellerId", status, total, "updatedAt") VALUES ('c' || substr(md5('order ' || :number), 1, 24), 'c' || substr(md5('user ' || :buyer), 1, 24), 'c' || substr(md5('seller ' || :seller), 1, 24), 'PENDING', 25.50, now()) ON CONFLICT DO NOTHING;
INSERT INTO order_items (id, "orderId", "productId", "unitPrice") VALUES (gen_random_uuid()::text, 'c' || substr(md5('order ' || :number), 1, 24), 'c' || substr(md5('product ' || 1 + (:variant - 1) / 3), 1, 24), 12.50), (gen_random_uuid()::text, 'c' || substr(md5('order ' || :number), 1, 24), 'c' || substr(md5('product ' || 1 + (:variant - 1) / 3), 1, 24), 13.00);
UPDATE product_variants SET stock = stock - 1 WHERE id = 'c' || substr(md5('variant ' || :variant), 1, 24);
INSERT INTO wallet_transactions (id, "walletId", type, amount) VALUES (gen_random_uuid()::text, 'c' || substr(md5('wallet ' || 1 + :seller), 1, 24), 'SALE', 25.50);
END;
