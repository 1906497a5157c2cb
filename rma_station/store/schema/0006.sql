-- When the hub was heard from last, seconds since 1970 by the station's clock; 0: not yet.
ALTER TABLE present ADD COLUMN heard_at REAL NOT NULL DEFAULT 0;
