-- an order comes in
\set customer random_exponential(1, int(60000 * :scale), 3.0)
\set product random_exponential(1, int(8000 * :scale), 4.0)
INSERT INTO orders ("userId", "productId", "totalAmount", "stripeSessionId") VALUES (md5('user ' || :customer)::uuid, md5('product ' || :product)::uuid, 19.90, 'cs_live_' || md5(random()::text));
