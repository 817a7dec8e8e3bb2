-- the first page of what is sold, newest first
SELECT product.id, product.name, product.price, product.stock FROM products product WHERE product."isActive" = true ORDER BY product."createdAt" DESC LIMIT 24;
