-- a wallet's latest sales
\set wallet random_exponential(1, int(6000 * :scale), 3.0)
SELECT id, amount, note, "createdAt" FROM wallet_transactions WHERE "walletId" = 'c' || substr(md5('wallet ' || :wallet), 1, 24) AND type = 'SALE' ORDER BY "createdAt" DESC LIMIT 30;
