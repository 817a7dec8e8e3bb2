SELECT sum(l_extendedprice) / 7.0 AS yearly
FROM lineitem item JOIN part ON p_partkey = l_partkey
WHERE p_brand = 'Brand#42' AND p_container = 'JUMBO BAG'
	AND l_quantity < (SELECT 0.2 * avg(l_quantity) FROM lineitem
		WHERE l_partkey = p_partkey)
