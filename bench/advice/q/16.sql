SELECT p_brand, p_type, p_size, count(DISTINCT ps_suppkey) AS suppliers
FROM partsupp JOIN part ON p_partkey = ps_partkey
WHERE p_brand <> 'Brand#34' AND p_type NOT LIKE 'LARGE BRUSHED%'
	AND p_size IN (3, 9, 14, 19, 23, 36, 45, 48)
	AND ps_suppkey NOT IN (SELECT s_suppkey FROM supplier
		WHERE s_comment LIKE '%Customer%Complaints%')
GROUP BY p_brand, p_type, p_size
ORDER BY suppliers DESC, p_brand, p_type, p_size
