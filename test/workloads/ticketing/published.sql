-- The indexes that the booking system's own tuning guide lists.
CREATE INDEX events_status_event_date ON events (status, event_date);
CREATE INDEX events_created_by ON events (created_by);
CREATE INDEX events_sale ON events (sale_start_time, event_date)
	WHERE status IN ('DRAFT', 'ON_SALE');
CREATE INDEX reservations_user_id_status ON reservations (user_id, status);
CREATE INDEX reservations_expiry ON reservations (expires_at, status)
	WHERE status = 'ACTIVE';
CREATE INDEX reservations_session ON reservations (session_id, user_id);
CREATE INDEX seats_inventory ON seats (event_id, section_id, status);
CREATE INDEX seats_booking_id ON seats (booking_id)
	WHERE booking_id IS NOT NULL;
CREATE INDEX bookings_user ON bookings (user_id, created_at DESC);
CREATE INDEX bookings_event ON bookings (event_id, status);
CREATE UNIQUE INDEX bookings_reference ON bookings (booking_reference);
