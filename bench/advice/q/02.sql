SELECT s_acctbal, s_name, n_name, p_partkey, p_mfgr, s_phone
FROM part, supplier, partsupp, nation, region
WHERE p_partkey = ps_partkey AND s_suppkey = ps_suppkey AND p_size = 23
	AND p_type LIKE '%STEEL' AND s_nationkey = n_nationkey
	AND n_regionkey = r_regionkey AND r_name = 'ASIA'
	AND ps_supplycost = (SELECT min(ps.ps_supplycost)
		FROM partsupp ps, supplier s, nation n, region r
		WHERE p_partkey = ps.ps_partkey AND s.s_suppkey = ps.ps_suppkey
			AND s.s_nationkey = n.n_nationkey
			AND n.n_regionkey = r.r_regionkey AND r.r_name = 'ASIA')
ORDER BY s_acctbal DESC, n_name, s_name, p_partkey
LIMIT 100
