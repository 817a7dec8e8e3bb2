-- a payment is reported
\set number random(1, int(150000 * :scale))
UPDATE orders SET status = 'DELIVERED', "updatedAt" = now() WHERE id = 'c' || substr(md5('order ' || :number), 1, 24);
