-- how many bookings does an event have?
\set event random(1, int(30000 * :scale))
SELECT count(*), sum(total_price) FROM bookings WHERE event_id = :event AND status = 'CONFIRMED';
