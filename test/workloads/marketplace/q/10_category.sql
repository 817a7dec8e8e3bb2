-- a category, newest first; prices are fetched one by one: 1 + N statements
\set category random_exponential(1, 120, 2.0)
\set product random(1, int(25000 * :scale) - 5)
SELECT id, name, "sellerId", "createdAt" FROM products WHERE "categoryId" = :category AND "isActive" = true ORDER BY "createdAt" DESC LIMIT 24;
SELECT id, "basePrice", "salePrice", currency FROM product_pricing WHERE "productId" = 'c' || substr(md5('product ' || :product), 1, 24) LIMIT 1;
SELECT id, "basePrice", "salePrice", currency FROM product_pricing WHERE "productId" = 'c' || substr(md5('product ' || :product + 1), 1, 24) LIMIT 1;
SELECT id, "basePrice", "salePrice", currency FROM product_pricing WHERE "productId" = 'c' || substr(md5('product ' || :product + 2), 1, 24) LIMIT 1;
SELECT id, "basePrice", "salePrice", currency FROM product_pricing WHERE "productId" = 'c' || substr(md5('product ' || :product + 3), 1, 24) LIMIT 1;
SELECT id, "basePrice", "salePrice", currency FROM product_pricing WHERE "productId" = 'c' || substr(md5('product ' || :product + 4), 1, 24) LIMIT 1;
