-- the office: what the last day brought
SELECT status, count(*), sum(total) FROM orders WHERE "createdAt" >= now() - interval '1 day' GROUP BY status;
SELECT type, count(*), sum(amount) FROM wallet_transactions WHERE "createdAt" >= now() - interval '1 day' GROUP BY type;
