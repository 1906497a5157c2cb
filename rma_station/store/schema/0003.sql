-- A log that cannot go on (the hub has another history of it, or its labels' letters are another log's) is closed where
-- both histories are the same, and a new one is made beside it until it has caught up: 'open', 'closed' or 'making'.
ALTER TABLE logs ADD COLUMN state TEXT NOT NULL DEFAULT 'open';
ALTER TABLE logs ADD COLUMN ends_at INTEGER;
