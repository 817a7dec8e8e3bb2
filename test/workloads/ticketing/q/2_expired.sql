-- a job frees what was held too long
SELECT id, event_id FROM reservations WHERE status = 'ACTIVE' AND expires_at < now() - interval '1 hour' ORDER BY expires_at LIMIT 100;
