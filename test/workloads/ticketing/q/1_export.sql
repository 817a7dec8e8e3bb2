-- the export reads bookings page by page
\set page random(0, int(2000 * :scale))
SELECT id, user_id, event_id, total_price, created_at FROM bookings ORDER BY created_at DESC LIMIT 100 OFFSET :page * 100;
