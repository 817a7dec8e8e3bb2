SELECT country, count(*) AS customers, sum(c_acctbal) AS balance
FROM (SELECT left(c_phone, 2) AS country, c_acctbal
	FROM customer
	WHERE left(c_phone, 2) IN ('13', '17', '18', '23', '29', '30', '31')
		AND c_acctbal > (SELECT avg(c_acctbal) FROM customer
			WHERE c_acctbal > 0
				AND left(c_phone, 2) IN ('13', '17', '18', '23', '29', '30', '31'))
		AND NOT EXISTS (SELECT FROM orders WHERE o_custkey = c_custkey)) idle
GROUP BY country
ORDER BY country
