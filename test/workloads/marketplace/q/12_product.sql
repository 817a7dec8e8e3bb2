-- a product's page: the product, its variants, its price
\set product random_exponential(1, int(25000 * :scale), 3.0)
SELECT id, "sellerId", "categoryId", name, description, "isActive", "createdAt", "updatedAt" FROM products WHERE id = 'c' || substr(md5('product ' || :product), 1, 24) LIMIT 1;
SELECT id, "productId", sku, price, stock, "isActive" FROM product_variants WHERE "productId" IN ('c' || substr(md5('product ' || :product), 1, 24));
SELECT id, "basePrice", "salePrice", currency FROM product_pricing WHERE "productId" = 'c' || substr(md5('product ' || :product), 1, 24) LIMIT 1;
