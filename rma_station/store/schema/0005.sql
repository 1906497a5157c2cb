-- Pictures whose bytes are files of this station, one row a hash, in the order they were taken.
-- at_hub: epoch of the hub that said it has them; refused: why it will not, or that the file is gone; here: the file.
CREATE TABLE photos (
  number INTEGER PRIMARY KEY,
  sha256 TEXT NOT NULL UNIQUE,
  size INTEGER NOT NULL,
  taken_at TEXT NOT NULL,
  at_hub TEXT NOT NULL DEFAULT '',
  refused TEXT NOT NULL DEFAULT '',
  here INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX photos_due ON photos (number) WHERE at_hub = '' AND refused = '';
CREATE INDEX photos_here ON photos (number, size, at_hub, sha256) WHERE here = 1;
