-- The rows.  Numbers of rows, ranges and dependencies follow clause 4.2 of the
-- TPC-H specification; the generator is this project's own: every value is
-- drawn by hashing the row's number, so that equal scales give equal rows.
-- Beyond the specification there is some skew: a few large customers and
-- popular parts, as in a real shop.
-- Variable: scale
SET client_min_messages = warning;

-- One of 0 .. n - 1, always the same for the same row and purpose.
CREATE FUNCTION draw(row_number bigint, purpose int, n bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT mod(hashint8extended(row_number, purpose) & 9223372036854775807, n)
$$;

-- The same, but small numbers come more often: about a tenth of the draws
-- falls on the first hundredth.
CREATE FUNCTION skewed(row_number bigint, purpose int, n bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN draw(row_number, purpose, 11) = 0
		THEN draw(row_number, purpose + 1000, greatest(n / 100, 1))
		ELSE draw(row_number, purpose + 1000, n) END
$$;

CREATE FUNCTION pick(words text, row_number bigint, purpose int) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT (string_to_array(words, ','))[1 + draw(row_number, purpose,
		cardinality(string_to_array(words, ',')))]
$$;

-- Some words of prose, about so many characters long.
CREATE FUNCTION prose(row_number bigint, purpose int, length int) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT substr(repeat(
		pick('quick ,silent ,final ,bold ,even ,special ', row_number, purpose)
		|| pick('parcels ,requests ,accounts ,deposits ,ideas ', row_number,
			purpose + 1) ||
		pick('sleep ,wake ,haggle ,nag ,doze ', row_number, purpose + 2) ||
		to_hex(draw(row_number, purpose + 3, 1000000)) || ' ', 1 + length / 20),
		1, length / 2 + draw(row_number, purpose + 4, length / 2 + 1)::int)
$$;

-- A part costs the same wherever it is named.
CREATE FUNCTION price(part bigint) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT (90000 + mod(part / 10, 20001) + 100 * mod(part, 1000)) / 100.0
$$;

-- The i-th of the four suppliers of a part.
CREATE FUNCTION supplier_of(part bigint, i bigint, suppliers bigint)
RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT 1 + mod(part + i * (suppliers / 4 + (part - 1) / suppliers),
		suppliers)
$$;

SELECT greatest(10, (10000 * :scale)::bigint) AS suppliers,
	greatest(150, (150000 * :scale)::bigint) AS customers,
	greatest(200, (200000 * :scale)::bigint) AS parts,
	greatest(1500, (1500000 * :scale)::bigint) AS orders
\gset

INSERT INTO region
SELECT n - 1, name, prose(n, 10, 100)
FROM unnest(string_to_array('AFRICA,AMERICA,ASIA,EUROPE,MIDDLE EAST', ','))
	WITH ORDINALITY AS r (name, n);

INSERT INTO nation
SELECT n - 1, name, (string_to_array(
	'0,1,1,1,4,0,3,3,2,2,4,4,2,4,0,0,0,1,2,3,4,2,3,3,1', ','))[n]::int,
	prose(n, 20, 100)
FROM unnest(string_to_array('ALGERIA,ARGENTINA,BRAZIL,CANADA,EGYPT,ETHIOPIA,'
	'FRANCE,GERMANY,INDIA,INDONESIA,IRAN,IRAQ,JAPAN,JORDAN,KENYA,MOROCCO,'
	'MOZAMBIQUE,PERU,CHINA,ROMANIA,SAUDI ARABIA,VIETNAM,RUSSIA,'
	'UNITED KINGDOM,UNITED STATES', ',')) WITH ORDINALITY AS n (name, n);

INSERT INTO supplier
SELECT n, 'Supplier#' || lpad(n::text, 9, '0'), prose(n, 30, 35), nation,
	format('%s-%s-%s', 10 + nation, 100 + draw(n, 31, 900),
		1000 + draw(n, 32, 9000)),
	draw(n, 33, 1100000) / 100.0 - 1000,
	CASE WHEN draw(n, 34, 2000) = 0 THEN 'Customer often Complaints: ' ELSE '' END
	|| prose(n, 35, 70)
FROM (SELECT n, draw(n, 36, 25) AS nation
	FROM generate_series(1, :suppliers) n) s;

INSERT INTO customer
SELECT n, 'Customer#' || lpad(n::text, 9, '0'), prose(n, 40, 35), nation,
	format('%s-%s-%s', 10 + nation, 100 + draw(n, 41, 900),
		1000 + draw(n, 42, 9000)),
	draw(n, 43, 1100000) / 100.0 - 1000,
	pick('AUTOMOBILE,BUILDING,FURNITURE,HOUSEHOLD,MACHINERY', n, 44),
	prose(n, 45, 110)
FROM (SELECT n, draw(n, 46, 25) AS nation
	FROM generate_series(1, :customers) n) s;

INSERT INTO part
SELECT n, concat_ws(' ', pick('almond,azure,beige,blush,coral,cream,forest',
		n, 50), pick('green,indian,ivory,khaki,lace,lemon,linen', n, 51),
		pick('maroon,misty,navy,olive,orchid,pale,peach', n, 52),
		pick('pink,plum,puff,rose,salmon,sienna,snow', n, 53)),
	'Manufacturer#' || maker, 'Brand#' || maker || 1 + draw(n, 54, 5),
	concat_ws(' ', pick('STANDARD,SMALL,MEDIUM,LARGE,ECONOMY,PROMO', n, 55),
		pick('ANODIZED,BURNISHED,PLATED,POLISHED,BRUSHED', n, 56),
		pick('TIN,NICKEL,BRASS,STEEL,COPPER', n, 57)),
	1 + draw(n, 58, 50),
	pick('SM,LG,MED,JUMBO,WRAP', n, 59) || ' ' ||
		pick('CASE,BOX,BAG,JAR,PKG,PACK,CAN,DRUM', n, 60),
	price(n), prose(n, 61, 20)
FROM (SELECT n, 1 + draw(n, 70, 5) AS maker
	FROM generate_series(1, :parts) n) p;

INSERT INTO partsupp
SELECT p, supplier_of(p, i, :suppliers), 1 + draw(4 * p + i, 80, 9999),
	(100 + draw(4 * p + i, 81, 99901)) / 100.0, prose(4 * p + i, 82, 150)
FROM generate_series(1, :parts) p, generate_series(0, 3) i;

-- A third of the customers never orders.  Order keys leave gaps, and say
-- nothing of the date, so that a range of dates is strewn over the table.
INSERT INTO orders
SELECT key, 1 + (customer - mod(customer, 3) +
		draw(n, 90, 2)), 'O', 0,
	date '1992-01-01' + draw(n, 96, 2405)::int,
	pick('1-URGENT,2-HIGH,3-MEDIUM,4-NOT SPECIFIED,5-LOW', n, 91),
	'Clerk#' || lpad((1 + draw(n, 92, greatest(:orders / 1500, 1)))::text, 9, '0'),
	0, CASE WHEN draw(n, 93, 80) = 0 THEN 'special packages requests ' ELSE '' END
	|| prose(n, 94, 50)
FROM (SELECT n, 8 * (n / 8) * 4 + mod(n, 8) AS key,
		least(skewed(n, 95, :customers), :customers - 3) AS customer
	FROM generate_series(1, :orders) n) o;

-- One to seven items an order.  They ship within four months, have been
-- promised for within one to three, and arrive within a month.
INSERT INTO lineitem
SELECT o_orderkey, part, supplier_of(part, draw(key, 100, 4), :suppliers), line,
	quantity, quantity * price(part), draw(key, 101, 11) / 100.0,
	draw(key, 102, 9) / 100.0,
	CASE WHEN received > date '1995-06-17' THEN 'N'
		WHEN draw(key, 103, 2) = 0 THEN 'R' ELSE 'A' END,
	CASE WHEN shipped > date '1995-06-17' THEN 'O' ELSE 'F' END,
	shipped, o_orderdate + 30 + draw(key, 104, 61)::int, received,
	pick('DELIVER IN PERSON,COLLECT COD,NONE,TAKE BACK RETURN', key, 105),
	pick('REG AIR,AIR,RAIL,SHIP,TRUCK,MAIL,FOB', key, 106), prose(key, 107, 35)
FROM (SELECT o_orderkey, o_orderdate, line, key,
		1 + skewed(key, 110, :parts) AS part, 1 + draw(key, 112, 50) AS quantity,
		o_orderdate + 1 + draw(key, 113, 121)::int AS shipped,
		o_orderdate + 1 + draw(key, 113, 121)::int + 1 + draw(key, 114, 30)::int
			AS received
	FROM orders, LATERAL generate_series(1, 1 + draw(o_orderkey, 115, 7)) line,
		LATERAL (SELECT 8 * o_orderkey + line) k (key)
	OFFSET 0) i;

-- What follows from an order's items.  The table is written anew, so that no
-- dead rows are left in it.
CREATE TABLE finished (LIKE orders);
INSERT INTO finished
SELECT o_orderkey, o_custkey, i.status, i.total, o_orderdate, o_orderpriority,
	o_clerk, o_shippriority, o_comment
FROM orders JOIN (SELECT l_orderkey,
		CASE WHEN min(l_linestatus) = max(l_linestatus) THEN min(l_linestatus)
			ELSE 'P' END AS status,
		sum(l_extendedprice * (1 + l_tax) * (1 - l_discount)) AS total
	FROM lineitem GROUP BY l_orderkey) i ON l_orderkey = o_orderkey
ORDER BY o_orderkey;
TRUNCATE orders;
INSERT INTO orders SELECT * FROM finished;
DROP TABLE finished;

ALTER TABLE region ADD PRIMARY KEY (r_regionkey);
ALTER TABLE nation ADD PRIMARY KEY (n_nationkey);
ALTER TABLE supplier ADD PRIMARY KEY (s_suppkey);
ALTER TABLE customer ADD PRIMARY KEY (c_custkey);
ALTER TABLE part ADD PRIMARY KEY (p_partkey);
ALTER TABLE partsupp ADD PRIMARY KEY (ps_partkey, ps_suppkey);
ALTER TABLE orders ADD PRIMARY KEY (o_orderkey);
ALTER TABLE lineitem ADD PRIMARY KEY (l_orderkey, l_linenumber);
VACUUM ANALYZE;
