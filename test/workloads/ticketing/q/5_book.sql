-- a booking comes in
\set customer random_exponential(1, int(40000 * :scale), 2.0)
\set event random(1, int(30000 * :scale))
INSERT INTO bookings (user_id, event_id, booking_reference, total_price, status) VALUES (:customer, :event, 'TKT-' || upper(substr(md5(random()::text), 1, 16)), 60, 'CONFIRMED');
