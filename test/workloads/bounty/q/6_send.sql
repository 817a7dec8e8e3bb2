-- a message is sent
\set conversation random_exponential(1, int(45000 * :scale), 2.0)
\set member random(1, int(20000 * :scale))
INSERT INTO messages (conversation_id, sender_id, body) VALUES (:conversation, :member, 'on my way');
