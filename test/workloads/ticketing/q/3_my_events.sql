-- an organizer's events
\set organizer random_exponential(1, 2500, 2.0)
SELECT id, event_name, event_date, status, available_seats FROM events WHERE created_by = :organizer ORDER BY event_date DESC;
