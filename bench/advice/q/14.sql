SELECT 100.0 * sum(l_extendedprice * (1 - l_discount))
		FILTER (WHERE p_type LIKE 'PROMO%')
	/ sum(l_extendedprice * (1 - l_discount)) AS promoted
FROM lineitem JOIN part ON l_partkey = p_partkey
WHERE l_shipdate >= date '1995-03-01' AND l_shipdate < date '1995-04-01'
