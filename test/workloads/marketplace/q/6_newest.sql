-- the start page: what is new
SELECT id, name, "sellerId", "categoryId", "createdAt" FROM products WHERE "isActive" = true ORDER BY "createdAt" DESC LIMIT 20;
