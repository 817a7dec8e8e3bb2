-- confirm what a session holds: the reservations, their seats as a batch, and
-- the event's count
\set session random(1, int(75000 * :scale))
\set seat random(1, int(600000 * :scale) - 2)
BEGIN;
SELECT id, event_id, user_id FROM reservations WHERE session_id = md5('session ' || :session) FOR UPDATE;
UPDATE seats SET version = version + 1 WHERE id IN (:seat, :seat + 1, :seat + 2);
UPDATE events SET available_seats = available_seats - 1 WHERE id = (:seat - 1) / 20 + 1;
END;
