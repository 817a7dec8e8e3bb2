-- a platform's latest figures
\set which random_exponential(1, 7, 2.0)
SELECT "contentId", views, engagement, revenue, "createdAt" FROM platform_analytics WHERE platform = (ARRAY['youtube', 'tiktok', 'instagram', 'pinterest', 'blog', 'newsletter', 'podcast'])[:which] ORDER BY "createdAt" DESC LIMIT 50;
