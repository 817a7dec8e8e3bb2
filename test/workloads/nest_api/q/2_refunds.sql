-- how many refunds there were in a month
\set month random(0, 22)
SELECT count(*) AS refunds, sum("order"."totalAmount") AS refunded FROM orders "order" WHERE "order".status = 'REFUNDED' AND "order"."createdAt" >= now() - :month * interval '1 month' - interval '1 month' AND "order"."createdAt" < now() - :month * interval '1 month';
