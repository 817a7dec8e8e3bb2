-- the list of what can be booked, soonest first
SELECT id, event_name, venue, event_date, available_seats FROM events WHERE status = 'ON_SALE' AND event_date > now() ORDER BY event_date LIMIT 20;
