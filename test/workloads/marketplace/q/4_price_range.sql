-- what there is for some ten euros
\set price random(5, 400)
SELECT id, "productId", sku, price FROM product_variants WHERE "isActive" = true AND price BETWEEN :price AND :price + 1 ORDER BY price LIMIT 40;
