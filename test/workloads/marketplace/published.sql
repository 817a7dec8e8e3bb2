-- The indexes that the marketplace's own tuning guide lists.
CREATE INDEX products_is_active ON products ("isActive");
CREATE INDEX products_created_at ON products ("createdAt");
CREATE INDEX products_category_is_active ON products
	("categoryId", "isActive");
CREATE INDEX product_variants_is_active ON product_variants ("isActive");
CREATE INDEX product_variants_price ON product_variants (price);
CREATE INDEX orders_user_status_created_at ON orders
	("userId", status, "createdAt");
CREATE INDEX orders_seller_status_created_at ON orders
	("sellerId", status, "createdAt");
CREATE INDEX orders_created_at ON orders ("createdAt");
CREATE INDEX wallet_transactions_created_at ON wallet_transactions
	("createdAt");
CREATE INDEX wallet_transactions_wallet_type_created_at ON wallet_transactions
	("walletId", type, "createdAt");
CREATE INDEX share_links_is_active ON share_links ("isActive");
CREATE INDEX share_links_expires_at ON share_links ("expiresAt");
CREATE INDEX share_links_seller_active_created_at ON share_links
	("sellerId", "isActive", "createdAt");
