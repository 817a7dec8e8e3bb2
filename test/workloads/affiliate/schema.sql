-- affiliate: products of affiliate networks, scored by how they trend, and
-- what content about them brings in.  Laid out as Prisma does it: text keys,
-- columns in camel case; no index but the primary keys.
--
-- psql -v scale=0.1 makes a tenth of the rows.

\if :{?scale}
\else
	\set scale 1
\endif

CREATE TABLE products (
	id text PRIMARY KEY,
	"networkId" text NOT NULL,
	title text NOT NULL,
	description text NOT NULL,
	price numeric(10,2) NOT NULL,
	commission numeric(5,2) NOT NULL,
	"trendScore" double precision NOT NULL DEFAULT 0,
	"profitScore" double precision NOT NULL DEFAULT 0,
	status text NOT NULL DEFAULT 'pending',
	"createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
	"updatedAt" timestamp(3) NOT NULL
);

CREATE TABLE product_analytics (
	id text PRIMARY KEY,
	"productId" text NOT NULL,
	views int NOT NULL,
	clicks int NOT NULL,
	conversions int NOT NULL,
	revenue numeric(10,2) NOT NULL,
	"createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE platform_analytics (
	id text PRIMARY KEY,
	platform text NOT NULL,
	"contentId" text NOT NULL,
	views int NOT NULL,
	engagement double precision NOT NULL,
	revenue numeric(10,2) NOT NULL,
	"createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

SELECT setseed(0.6931) \g /dev/null

-- one product in five is active; most were dropped again
INSERT INTO products
SELECT 'p' || substr(md5('product ' || n), 1, 24),
	'network-' || 1 + floor(40 * power(random(), 1.5))::int,
	'gadget ' || n, repeat('worth a look, ', 3 + n % 8),
	round((5 + 300 * power(random(), 2))::numeric, 2),
	round((1 + 30 * random())::numeric, 2),
	round((100 * power(random(), 2))::numeric, 3),
	round((100 * random())::numeric, 3),
	CASE WHEN dice < 0.2 THEN 'active' WHEN dice < 0.25 THEN 'pending'
		WHEN dice < 0.4 THEN 'paused' ELSE 'archived' END,
	now() - interval '600 days' * (1 - n / (60000.0 * :scale)), now()
FROM (SELECT n, random() AS dice
	FROM generate_series(1, (60000 * :scale)::int) n) s;

-- a row a product and day, more of some products than of others
INSERT INTO product_analytics
SELECT md5('product row ' || n),
	'p' || substr(md5('product ' ||
		1 + floor(60000 * :scale * power(random(), 1.5))::int), 1, 24),
	(900 * power(random(), 3))::int, (90 * power(random(), 3))::int,
	(9 * power(random(), 3))::int, round((90 * random())::numeric, 2),
	now() - interval '400 days' * (1 - n / (600000.0 * :scale))
FROM generate_series(1, (600000 * :scale)::int) n;

INSERT INTO platform_analytics
SELECT md5('platform row ' || n),
	(ARRAY['youtube', 'tiktok', 'instagram', 'pinterest', 'blog', 'newsletter',
		'podcast'])[1 + floor(7 * power(random(), 2))::int],
	md5('content ' || n / 30),
	(9000 * power(random(), 3))::int, random(), round((20 * random())::numeric, 2),
	now() - interval '400 days' * (1 - n / (250000.0 * :scale))
FROM generate_series(1, (250000 * :scale)::int) n;

ALTER TABLE product_analytics ADD FOREIGN KEY ("productId") REFERENCES products;

VACUUM ANALYZE;
