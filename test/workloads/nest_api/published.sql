-- The indexes that the shop's own tuning guide lists.
CREATE INDEX orders_user_id ON orders ("userId");
CREATE INDEX orders_status ON orders (status);
CREATE INDEX orders_product_id ON orders ("productId");
CREATE INDEX orders_created_at ON orders ("createdAt");
CREATE INDEX orders_stripe_session_id ON orders ("stripeSessionId");
CREATE INDEX products_is_active ON products ("isActive");
CREATE INDEX products_created_at ON products ("createdAt");
CREATE INDEX users_email ON users (email);
