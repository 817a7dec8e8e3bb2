-- what is in a wallet
\set wallet random_exponential(1, int(6000 * :scale), 3.0)
SELECT type, sum(amount) FROM wallet_transactions WHERE "walletId" = 'c' || substr(md5('wallet ' || :wallet), 1, 24) GROUP BY type;
