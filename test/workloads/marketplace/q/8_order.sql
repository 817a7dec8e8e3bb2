-- one order with what was bought
\set number random(1, int(150000 * :scale))
SELECT id, "userId", "sellerId", status, total, "createdAt" FROM orders WHERE id = 'c' || substr(md5('order ' || :number), 1, 24) LIMIT 1;
SELECT i.id, i.quantity, i."unitPrice", p.name FROM order_items i JOIN products p ON p.id = i."productId" WHERE i."orderId" = 'c' || substr(md5('order ' || :number), 1, 24);
