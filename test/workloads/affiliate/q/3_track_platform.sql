-- figures of a platform come in
\set which random_exponential(1, 7, 2.0)
INSERT INTO platform_analytics (id, platform, "contentId", views, engagement, revenue) VALUES (gen_random_uuid()::text, (ARRAY['youtube', 'tiktok', 'instagram', 'pinterest', 'blog', 'newsletter', 'podcast'])[:which], md5(random()::text), 100, 0.5, 0.25);
