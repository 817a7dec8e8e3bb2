-- is this session's reservation this user's?
\set session random(1, int(75000 * :scale))
\set customer random(1, int(40000 * :scale))
SELECT * FROM reservations WHERE session_id = md5('session ' || :session) AND user_id = :customer;
