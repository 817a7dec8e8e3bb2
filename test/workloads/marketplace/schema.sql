-- marketplace: sellers, buyers and shared links, nine services on one
-- database.  Laid out as Prisma does it: text keys, columns in camel case; no
-- index but those of primary keys and of one-to-one relations.
--
-- psql -v scale=0.1 makes a tenth of the rows.  The keys follow from a number:
-- the 17th order is 'c' || substr(md5('order 17'), 1, 24).

\if :{?scale}
\else
	\set scale 1
\endif

CREATE TYPE order_status AS ENUM
	('PENDING', 'PAID', 'SHIPPED', 'DELIVERED', 'CANCELLED');
CREATE TYPE transaction_type AS ENUM
	('SALE', 'PAYOUT', 'FEE', 'COMMISSION', 'REFUND');

CREATE TABLE products (
	id text PRIMARY KEY,
	"sellerId" text NOT NULL,
	"categoryId" int NOT NULL,
	name text NOT NULL,
	description text NOT NULL,
	"isActive" boolean NOT NULL DEFAULT true,
	"createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
	"updatedAt" timestamp(3) NOT NULL
);

CREATE TABLE product_variants (
	id text PRIMARY KEY,
	"productId" text NOT NULL,
	sku text NOT NULL,
	price numeric(10,2) NOT NULL,
	stock int NOT NULL DEFAULT 0,
	"isActive" boolean NOT NULL DEFAULT true
);

CREATE TABLE product_pricing (
	id text PRIMARY KEY,
	"productId" text NOT NULL UNIQUE,
	"basePrice" numeric(10,2) NOT NULL,
	"salePrice" numeric(10,2),
	currency char(3) NOT NULL DEFAULT 'EUR',
	"updatedAt" timestamp(3) NOT NULL
);

CREATE TABLE orders (
	id text PRIMARY KEY,
	"userId" text NOT NULL,
	"sellerId" text NOT NULL,
	status order_status NOT NULL DEFAULT 'PENDING',
	total numeric(10,2) NOT NULL,
	"createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
	"updatedAt" timestamp(3) NOT NULL
);

CREATE TABLE order_items (
	id text PRIMARY KEY,
	"orderId" text NOT NULL,
	"productId" text NOT NULL,
	quantity int NOT NULL DEFAULT 1,
	"unitPrice" numeric(10,2) NOT NULL
);

CREATE TABLE wallet_transactions (
	id text PRIMARY KEY,
	"walletId" text NOT NULL,
	type transaction_type NOT NULL,
	amount numeric(12,2) NOT NULL,
	note text,
	"createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE share_links (
	id text PRIMARY KEY,
	"sellerId" text NOT NULL,
	"productId" text NOT NULL,
	code text NOT NULL,
	clicks int NOT NULL DEFAULT 0,
	"isActive" boolean NOT NULL DEFAULT true,
	"expiresAt" timestamp(3) NOT NULL,
	"createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- what Prisma's cuid() makes, but from a number
CREATE FUNCTION key(kind text, number bigint) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN 'c' || substr(md5(kind || ' ' || number), 1, 24);

SELECT setseed(0.5772) \g /dev/null

-- one product in six is no longer sold; a few sellers have most of them
INSERT INTO products
SELECT key('product', n), key('seller', 1 + floor(1500 * power(random(), 2))::int),
	1 + floor(120 * power(random(), 1.4))::int,
	adjective[1 + n % 7] || ' ' || thing[1 + n / 7 % 9] || ' ' || n,
	repeat('made to last and easy to clean, ', 2 + n % 6),
	random() > 1 / 6.0, at, at
FROM (SELECT n, now() - interval '900 days' * (1 - n / (25000.0 * :scale)) AS at
	FROM generate_series(1, (25000 * :scale)::int) n) s,
	(SELECT ARRAY['red', 'blue', 'small', 'large', 'plain', 'old', 'new']
			AS adjective,
		ARRAY['lamp', 'chair', 'mug', 'rug', 'shelf', 'clock', 'vase', 'bowl',
			'mirror'] AS thing) w;

INSERT INTO product_variants
SELECT key('variant', n),
	key('product', 1 + (n - 1) / 3), 'SKU-' || upper(substr(md5(n::text), 1, 10)),
	round((3 + 900 * power(random(), 3))::numeric, 2), n % 60, random() > 0.1
FROM generate_series(1, (75000 * :scale)::int) n;

INSERT INTO product_pricing
SELECT key('pricing', n), key('product', n),
	round((3 + 900 * power(random(), 3))::numeric, 2),
	CASE WHEN random() < 0.2 THEN 3 END, 'EUR', now()
FROM generate_series(1, (25000 * :scale)::int) n;

-- Orders come ever faster; few are on their way.
INSERT INTO orders
SELECT key('order', n),
	key('user', 1 + floor(40000 * :scale * power(random(), 1.6))::int),
	key('seller', 1 + floor(1500 * power(random(), 2))::int),
	(CASE
		WHEN age < interval '2 days' AND dice < 0.5 THEN 'PENDING'
		WHEN age < interval '5 days' AND dice < 0.7 THEN 'PAID'
		WHEN age < interval '12 days' AND dice < 0.8 THEN 'SHIPPED'
		WHEN dice < 0.01 THEN 'PENDING'
		WHEN dice < 0.93 THEN 'DELIVERED'
		ELSE 'CANCELLED'
	END)::order_status,
	round((5 + 400 * power(random(), 3))::numeric, 2),
	now() - age, now() - age * dice
FROM (SELECT n, random() AS dice,
		interval '700 days' * (1 - power(n / (150000.0 * :scale), 0.6)) AS age
	FROM generate_series(1, (150000 * :scale)::int) n) s;

-- two items and a half an order
INSERT INTO order_items
SELECT key('item', n), key('order', 1 + (n * 2 / 5) % (150000 * :scale)::int),
	key('product', 1 + floor(25000 * :scale * power(random(), 2))::int),
	1 + (3 * power(random(), 4))::int,
	round((3 + 300 * power(random(), 3))::numeric, 2)
FROM generate_series(1, (375000 * :scale)::int) n;

INSERT INTO wallet_transactions
SELECT key('transaction', n),
	key('wallet', 1 + floor(6000 * :scale * power(random(), 1.8))::int),
	(CASE WHEN dice < 0.55 THEN 'SALE' WHEN dice < 0.9 THEN 'FEE'
		WHEN dice < 0.95 THEN 'COMMISSION' WHEN dice < 0.98 THEN 'PAYOUT'
		ELSE 'REFUND' END)::transaction_type,
	round((300 * dice)::numeric, 2), 'booked ' || n,
	now() - interval '700 days' * (1 - n / (250000.0 * :scale))
FROM (SELECT n, random() AS dice
	FROM generate_series(1, (250000 * :scale)::int) n) s;

-- Links run out after ninety days, which a job has noted of most.
INSERT INTO share_links
SELECT key('link', n), key('seller', 1 + floor(1500 * power(random(), 2))::int),
	key('product', 1 + floor(25000 * :scale * power(random(), 2))::int),
	substr(md5('code ' || n), 1, 10), (200 * power(random(), 5))::int,
	age < interval '90 days' OR random() < 0.002,
	now() - age + interval '90 days', now() - age
FROM (SELECT n, interval '700 days' * (1 - n / (60000.0 * :scale)) AS age
	FROM generate_series(1, (60000 * :scale)::int) n) s;

ALTER TABLE product_variants ADD FOREIGN KEY ("productId") REFERENCES products;
ALTER TABLE product_pricing ADD FOREIGN KEY ("productId") REFERENCES products;
ALTER TABLE order_items ADD FOREIGN KEY ("orderId") REFERENCES orders,
	ADD FOREIGN KEY ("productId") REFERENCES products;
ALTER TABLE share_links ADD FOREIGN KEY ("productId") REFERENCES products;

DROP FUNCTION key;

VACUUM ANALYZE;
