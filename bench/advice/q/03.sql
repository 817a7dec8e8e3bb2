SELECT l_orderkey, sum(l_extendedprice * (1 - l_discount)) AS revenue,
	o_orderdate, o_shippriority
FROM customer JOIN orders ON o_custkey = c_custkey
	JOIN lineitem ON l_orderkey = o_orderkey
WHERE c_mktsegment = 'FURNITURE' AND o_orderdate < date '1995-03-20'
	AND l_shipdate > date '1995-03-20'
GROUP BY l_orderkey, o_orderdate, o_shippriority
ORDER BY revenue DESC, o_orderdate
LIMIT 10
