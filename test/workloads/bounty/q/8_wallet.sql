-- a wallet's latest movements
\set member random_exponential(1, int(20000 * :scale), 2.0)
SELECT id, kind, amount, bounty_id, created_at FROM wallet_transactions WHERE user_id = :member ORDER BY created_at DESC LIMIT 20;
