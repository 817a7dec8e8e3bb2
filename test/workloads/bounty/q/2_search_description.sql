-- search among the descriptions
SELECT id, title FROM bounties WHERE to_tsvector('english', description) @@ to_tsquery('english', 'piano & fence & bake') LIMIT 20;
