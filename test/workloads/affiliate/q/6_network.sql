-- the active products of a network
\set network random_exponential(1, 40, 2.0)
SELECT id, title, price, commission FROM products WHERE "networkId" = 'network-' || :network AND status = 'active' LIMIT 50;
