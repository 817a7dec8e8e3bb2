-- a booking by the reference on the ticket
\set booking random(1, int(220000 * :scale))
SELECT * FROM bookings WHERE booking_reference = 'TKT-' || upper(substr(md5('booking ' || :booking), 1, 12)) LIMIT 1;
