-- which seats of a section are free?
\set event random(1, int(30000 * :scale))
\set section random(1, 5)
SELECT id, row_label, seat_number, price FROM seats WHERE event_id = :event AND section_id = :section AND status = 'AVAILABLE' ORDER BY row_label, seat_number;
