-- a buyer's finished orders, and their items as Prisma includes them
\set buyer random_exponential(1, int(40000 * :scale), 3.0)
\set number random(1, int(150000 * :scale) - 3)
SELECT id, "userId", "sellerId", status, total, "createdAt" FROM orders WHERE "userId" = 'c' || substr(md5('user ' || :buyer), 1, 24) AND status = 'DELIVERED' ORDER BY "createdAt" DESC LIMIT 10;
SELECT id, "orderId", "productId", quantity, "unitPrice" FROM order_items WHERE "orderId" IN ('c' || substr(md5('order ' || :number), 1, 24), 'c' || substr(md5('order ' || :number + 1), 1, 24), 'c' || substr(md5('order ' || :number + 2), 1, 24), 'c' || substr(md5('order ' || :number + 3), 1, 24));
