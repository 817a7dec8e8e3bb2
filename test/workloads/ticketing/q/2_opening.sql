-- a job opens the sale of what is due
SELECT id, event_name, sale_start_time FROM events WHERE status IN ('DRAFT', 'ON_SALE') AND sale_start_time < now() AND event_date > now() + interval '90 days' ORDER BY sale_start_time;
