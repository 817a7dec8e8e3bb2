-- what a platform brought in a week
\set which random(1, 7)
SELECT count(*), sum(views), sum(revenue) FROM platform_analytics WHERE platform = (ARRAY['youtube', 'tiktok', 'instagram', 'pinterest', 'blog', 'newsletter', 'podcast'])[:which] AND "createdAt" >= now() - interval '7 days';
