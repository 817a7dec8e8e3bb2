WITH revenue AS MATERIALIZED (
	SELECT l_suppkey AS supplier, sum(l_extendedprice * (1 - l_discount)) AS total
	FROM lineitem
	WHERE l_shipdate >= date '1996-07-01' AND l_shipdate < date '1996-10-01'
	GROUP BY l_suppkey)
SELECT s_suppkey, s_name, s_address, s_phone, total
FROM supplier JOIN revenue ON s_suppkey = supplier
WHERE total = (SELECT max(total) FROM revenue)
ORDER BY s_suppkey
