-- what was paid for a bounty
\set bounty random(1, int(130000 * :scale))
SELECT count(*), sum(amount) FROM wallet_transactions WHERE bounty_id = :bounty;
