-- somebody looks at a bounty: it is read, and its views are counted
\set bounty random(1, int(130000 * :scale))
SELECT * FROM bounties WHERE id = :bounty;
UPDATE bounties SET views = views + 1 WHERE id = :bounty;
