-- the latest messages of a conversation
\set conversation random_exponential(1, int(45000 * :scale), 2.0)
SELECT id, sender_id, body, created_at FROM messages WHERE conversation_id = :conversation ORDER BY created_at DESC LIMIT 50;
