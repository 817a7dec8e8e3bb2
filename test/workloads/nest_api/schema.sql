-- nest_api: a shop, laid out as TypeORM does it.  uuid keys, columns in camel
-- case, every order with its user and its product, and no index but the
-- primary keys.
--
-- psql -v scale=0.1 makes a tenth of the rows.  The keys follow from a
-- number: md5('user 17')::uuid is the 17th user.

\if :{?scale}
\else
	\set scale 1
\endif

CREATE TYPE order_status AS ENUM
	('PENDING', 'PAID', 'SHIPPED', 'CANCELLED', 'REFUNDED');

CREATE TABLE users (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	email varchar(255) NOT NULL,
	password varchar(72) NOT NULL,
	name varchar(120) NOT NULL,
	role varchar(16) NOT NULL DEFAULT 'customer',
	"createdAt" timestamptz NOT NULL DEFAULT now(),
	"updatedAt" timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE products (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	name varchar(160) NOT NULL,
	description text NOT NULL,
	price numeric(10,2) NOT NULL,
	stock int NOT NULL DEFAULT 0,
	"isActive" boolean NOT NULL DEFAULT true,
	"createdAt" timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE orders (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"userId" uuid NOT NULL REFERENCES users,
	"productId" uuid NOT NULL REFERENCES products,
	quantity int NOT NULL DEFAULT 1,
	"totalAmount" numeric(10,2) NOT NULL,
	status order_status NOT NULL DEFAULT 'PENDING',
	"stripeSessionId" varchar(80),
	"createdAt" timestamptz NOT NULL DEFAULT now(),
	"updatedAt" timestamptz NOT NULL DEFAULT now()
);

SELECT setseed(0.4711) \g /dev/null

-- three years of sign-ups, the first user the oldest
INSERT INTO users (id, email, password, name, "createdAt", "updatedAt")
SELECT md5('user ' || n)::uuid, 'customer' || n || '@shop.example',
	'$2b$10$' || md5(n::text) || substr(md5((-n)::text), 1, 21),
	initcap(substr(md5((n * 3)::text), 1, 6)) || ' ' ||
		initcap(substr(md5((n * 5)::text), 1, 9)),
	at, at
FROM (SELECT n, now() - interval '3 years' * (1 - n / (60000.0 * :scale)) AS at
	FROM generate_series(1, (60000 * :scale)::int) n) s;

-- one product in fifteen is no longer sold
INSERT INTO products
SELECT md5('product ' || n)::uuid, 'article ' || n,
	repeat('good for many things, ', 1 + n % 9),
	round((5 + 400 * power(random(), 3))::numeric, 2), n % 97,
	random() > 1 / 15.0,
	now() - interval '3 years' * (1 - n / (8000.0 * :scale))
FROM generate_series(1, (8000 * :scale)::int) n;

-- Orders come ever faster.  Few customers order often, few products sell
-- well; what is open is young, but for the few that were never paid.
INSERT INTO orders
SELECT md5('order ' || n)::uuid,
	md5('user ' || 1 + floor(60000 * :scale * power(random(), 1.7)))::uuid,
	md5('product ' || 1 + floor(8000 * :scale * power(random(), 2.2)))::uuid,
	1 + (3 * power(random(), 4))::int,
	round((5 + 400 * power(random(), 3))::numeric, 2),
	(CASE
		WHEN age < interval '2 days' AND dice < 0.5 THEN 'PENDING'
		WHEN age < interval '6 days' AND dice < 0.8 THEN 'PAID'
		WHEN dice < 0.012 THEN 'PENDING'
		WHEN dice < 0.93 THEN 'SHIPPED'
		WHEN dice < 0.98 THEN 'CANCELLED'
		ELSE 'REFUNDED'
	END)::order_status,
	CASE WHEN dice > 0.008 THEN 'cs_live_' || md5('session ' || n) END,
	now() - age, now() - age * dice
FROM (SELECT n, random() AS dice,
		interval '2 years' * (1 - power(n / (300000.0 * :scale), 0.6)) AS age
	FROM generate_series(1, (300000 * :scale)::int) n) s;

VACUUM ANALYZE;
