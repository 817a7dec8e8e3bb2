-- the newest open bounties
SELECT id, title, amount, location, created_at FROM bounties WHERE status = 'open' ORDER BY created_at DESC LIMIT 20;
