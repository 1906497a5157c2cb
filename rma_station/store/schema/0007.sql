-- The hub signs for what it has: the key it is known by (pinned at first contact), and the newest receipt for each log.
ALTER TABLE present ADD COLUMN hub_key TEXT NOT NULL DEFAULT '';
ALTER TABLE logs ADD COLUMN receipt TEXT NOT NULL DEFAULT '';
