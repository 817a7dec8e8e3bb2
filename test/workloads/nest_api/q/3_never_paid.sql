-- a job looks for orders that were not paid in time
SELECT "order".id, "order"."stripeSessionId", "order"."createdAt" FROM orders "order" WHERE "order".status = 'PENDING' AND "order"."createdAt" < now() - interval '90 days' ORDER BY "order"."createdAt" LIMIT 50;
