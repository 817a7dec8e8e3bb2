-- a job: the best of what waits to be looked at
SELECT id, title FROM products WHERE status = 'pending' ORDER BY "trendScore" DESC, "profitScore" DESC LIMIT 20;
