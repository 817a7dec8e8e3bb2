-- The indexes that the system's own tuning guide lists.
CREATE INDEX products_trending ON products
	("trendScore" DESC, "profitScore" DESC) WHERE status = 'active';
CREATE INDEX products_status_scores ON products
	(status, "trendScore" DESC, "profitScore" DESC);
CREATE INDEX products_network ON products ("networkId", status);
CREATE INDEX product_analytics_latest ON product_analytics
	("productId", "createdAt" DESC);
CREATE INDEX platform_analytics_latest ON platform_analytics
	(platform, "createdAt" DESC);
