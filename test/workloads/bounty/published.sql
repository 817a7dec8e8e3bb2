-- The indexes that the marketplace's own tuning guide lists.
CREATE INDEX bounties_status ON bounties (status);
CREATE INDEX bounties_user_id ON bounties (user_id);
CREATE INDEX bounties_created_at ON bounties (created_at DESC);
CREATE INDEX bounties_status_created_at ON bounties (status, created_at DESC);
CREATE INDEX bounties_title_search ON bounties
	USING gin (to_tsvector('english', title));
CREATE INDEX bounties_description_search ON bounties
	USING gin (to_tsvector('english', description));
CREATE INDEX wallet_transactions_user_id ON wallet_transactions (user_id);
CREATE INDEX wallet_transactions_bounty_id ON wallet_transactions (bounty_id);
CREATE INDEX wallet_transactions_created_at ON wallet_transactions
	(created_at DESC);
CREATE INDEX messages_conversation_id ON messages (conversation_id);
CREATE INDEX messages_created_at ON messages (created_at);
