-- a user's latest bookings with their events
\set customer random_exponential(1, int(40000 * :scale), 2.0)
SELECT b.id, b.booking_reference, b.total_price, b.status, b.created_at, e.event_name, e.event_date FROM bookings b JOIN events e ON e.id = b.event_id WHERE b.user_id = :customer ORDER BY b.created_at DESC LIMIT 10;
