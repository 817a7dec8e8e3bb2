SELECT supplying, buying, year, sum(volume) AS revenue
FROM (SELECT a.n_name AS supplying, b.n_name AS buying,
		extract(year FROM l_shipdate) AS year,
		l_extendedprice * (1 - l_discount) AS volume
	FROM supplier, lineitem, orders, customer, nation a, nation b
	WHERE s_suppkey = l_suppkey AND o_orderkey = l_orderkey
		AND c_custkey = o_custkey AND s_nationkey = a.n_nationkey
		AND c_nationkey = b.n_nationkey
		AND (a.n_name = 'BRAZIL' AND b.n_name = 'INDIA'
			OR a.n_name = 'INDIA' AND b.n_name = 'BRAZIL')
		AND l_shipdate BETWEEN date '1995-01-01' AND date '1996-12-31') shipping
GROUP BY supplying, buying, year
ORDER BY supplying, buying, year
