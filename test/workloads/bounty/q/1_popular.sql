-- the most viewed open bounties
SELECT id, title, amount, views FROM bounties WHERE status = 'open' ORDER BY views DESC LIMIT 10;
