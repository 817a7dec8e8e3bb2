-- the seats on a ticket
\set booking random(1, int(220000 * :scale))
SELECT id, event_id, section_id, row_label, seat_number FROM seats WHERE booking_id = :booking;
