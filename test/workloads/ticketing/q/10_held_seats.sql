-- what a user holds at present
\set customer random_exponential(1, int(40000 * :scale), 2.0)
SELECT id, event_id, session_id, expires_at FROM reservations WHERE user_id = :customer AND status = 'ACTIVE';
