-- A snapshot of the feed is built beside the rows in use, over many connections if need be. ``snapshot`` counts them;
-- ``snapshot_cursor`` says where the one in the making goes on, and is NULL when none is.
ALTER TABLE present ADD COLUMN snapshot INTEGER NOT NULL DEFAULT 0;
ALTER TABLE present ADD COLUMN snapshot_cursor TEXT;

-- The place in the feed, and the snapshot that named the row last: what a later one does not name, the hub no longer says.
ALTER TABLE facts ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE facts ADD COLUMN snapshot INTEGER NOT NULL DEFAULT 0;
ALTER TABLE notices ADD COLUMN snapshot INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feed_refused ADD COLUMN snapshot INTEGER NOT NULL DEFAULT 0;
