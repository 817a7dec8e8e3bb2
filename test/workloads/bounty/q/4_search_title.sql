-- search among the titles
SELECT id, title, amount FROM bounties WHERE to_tsvector('english', title) @@ plainto_tsquery('english', 'theremin');
