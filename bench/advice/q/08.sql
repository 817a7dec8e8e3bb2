SELECT year, sum(CASE WHEN nation = 'PERU' THEN volume ELSE 0 END) / sum(volume)
FROM (SELECT extract(year FROM o_orderdate) AS year, supplying.n_name AS nation,
		l_extendedprice * (1 - l_discount) AS volume
	FROM part, supplier, lineitem, orders, customer, nation buying,
		nation supplying, region
	WHERE p_partkey = l_partkey AND s_suppkey = l_suppkey
		AND l_orderkey = o_orderkey AND o_custkey = c_custkey
		AND c_nationkey = buying.n_nationkey
		AND buying.n_regionkey = r_regionkey AND r_name = 'AMERICA'
		AND s_nationkey = supplying.n_nationkey
		AND o_orderdate BETWEEN date '1995-01-01' AND date '1996-12-31'
		AND p_type = 'SMALL PLATED COPPER') volumes
GROUP BY year
ORDER BY year
