-- the payment provider reports on a session
\set number random(1, int(300000 * :scale))
SELECT "order".* FROM orders "order" WHERE "order"."stripeSessionId" = 'cs_live_' || md5('session ' || :number) LIMIT 1;
UPDATE orders SET status = 'PAID', "updatedAt" = now() WHERE id = md5('order ' || :number)::uuid;
