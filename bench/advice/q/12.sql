SELECT l_shipmode,
	count(*) FILTER (WHERE o_orderpriority IN ('1-URGENT', '2-HIGH')) AS high,
	count(*) FILTER (WHERE o_orderpriority NOT IN ('1-URGENT', '2-HIGH')) AS low
FROM orders JOIN lineitem ON o_orderkey = l_orderkey
WHERE l_shipmode IN ('RAIL', 'TRUCK') AND l_commitdate < l_receiptdate
	AND l_shipdate < l_commitdate AND l_receiptdate >= date '1995-01-01'
	AND l_receiptdate < date '1996-01-01'
GROUP BY l_shipmode
ORDER BY l_shipmode
