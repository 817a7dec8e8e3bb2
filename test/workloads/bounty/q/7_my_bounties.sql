-- what a member has on offer and had
\set member random_exponential(1, int(20000 * :scale), 2.0)
SELECT id, title, amount, status, views, created_at FROM bounties WHERE user_id = :member ORDER BY created_at DESC;
