-- The station's database, first form. Times are UTC, ISO 8601 text; bodies are JSON of rma_station.domain.codec.

CREATE TABLE identity (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  station TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('sample', 'live')),
  created_at TEXT NOT NULL
);

-- What is true now and nowhere else: one row, one page, part of nearly every commit.
CREATE TABLE present (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  clean INTEGER NOT NULL DEFAULT 1,
  lpn_counter INTEGER NOT NULL DEFAULT 0,
  hub_id TEXT NOT NULL DEFAULT '',
  feed_cursor TEXT NOT NULL DEFAULT '',
  resume BLOB NOT NULL DEFAULT x''
);

CREATE TABLE logs (
  number INTEGER PRIMARY KEY,
  log_id TEXT NOT NULL UNIQUE,
  opened_at TEXT NOT NULL,
  have_through INTEGER NOT NULL DEFAULT 0
);

-- place = log number * 2^40 + seq: one B-tree that only ever grows at its end.
CREATE TABLE events (
  place INTEGER PRIMARY KEY,
  event_id TEXT NOT NULL,
  hash BLOB NOT NULL,
  line BLOB NOT NULL
);

-- Projections: what domain.rma.fold makes of the events, written in the same transaction.
CREATE TABLE cases (
  case_id TEXT PRIMARY KEY,
  marks TEXT NOT NULL DEFAULT '[]'
) WITHOUT ROWID;

CREATE TABLE parcels (
  number INTEGER PRIMARY KEY,
  case_id TEXT NOT NULL,
  parcel_id TEXT NOT NULL,
  state TEXT NOT NULL,
  code TEXT NOT NULL,
  tracking TEXT,
  opened_at TEXT NOT NULL,
  body TEXT NOT NULL,
  UNIQUE (parcel_id, case_id)
);
CREATE INDEX parcels_of_case ON parcels (case_id);
CREATE INDEX parcels_by_code ON parcels (code);
CREATE INDEX parcels_by_tracking ON parcels (tracking) WHERE tracking IS NOT NULL;
CREATE INDEX parcels_set_aside ON parcels (number) WHERE state = 'set_aside';

CREATE TABLE units (
  number INTEGER PRIMARY KEY,
  case_id TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  parcel_id TEXT NOT NULL,
  label TEXT NOT NULL,
  owed INTEGER NOT NULL,
  body TEXT NOT NULL,
  UNIQUE (case_id, unit_id)
);
CREATE INDEX units_by_id ON units (unit_id);
CREATE INDEX units_owed ON units (number) WHERE owed = 1;

CREATE TABLE lpns (
  lpn TEXT NOT NULL,
  case_id TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  void INTEGER NOT NULL,
  PRIMARY KEY (lpn, case_id)
) WITHOUT ROWID;

-- Stock movements: +pieces when a unit is placed, -pieces when that stops being true.
CREATE TABLE movements (
  number INTEGER PRIMARY KEY,
  event_id TEXT NOT NULL,
  at TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  lpn TEXT NOT NULL,
  sku TEXT,
  rma_id TEXT,
  grade TEXT NOT NULL,
  disposition TEXT NOT NULL,
  destination TEXT NOT NULL,
  pieces INTEGER NOT NULL,
  cause TEXT NOT NULL,
  worker_id TEXT
);

CREATE TABLE shifts (
  session_id TEXT PRIMARY KEY,
  worker_id TEXT NOT NULL,
  started_at TEXT NOT NULL,
  last_at TEXT NOT NULL,
  ended_at TEXT,
  parcels INTEGER NOT NULL DEFAULT 0,
  units INTEGER NOT NULL DEFAULT 0,
  held INTEGER NOT NULL DEFAULT 0,
  set_aside INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE print_jobs (
  number INTEGER PRIMARY KEY,
  job_id TEXT NOT NULL UNIQUE,
  unit_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'confirmed', 'unknown', 'failed')),
  attempts INTEGER NOT NULL DEFAULT 0,
  printer TEXT NOT NULL DEFAULT '',
  detail TEXT NOT NULL DEFAULT '',
  changed_at TEXT NOT NULL,
  label TEXT NOT NULL
);
CREATE INDEX print_jobs_open ON print_jobs (number) WHERE state IN ('queued', 'sending', 'unknown');

-- Copies of what the hub knows, from its feed.
CREATE TABLE reference (
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (kind, key)
);

-- Ways to find a reference row: name is 'tracking', 'outbound', 'order', 'ending' (reversed) or 'gtin'.
CREATE TABLE lookups (
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  key TEXT NOT NULL,
  -- Behind the key's columns: SQLite 3.40's quick_check takes a NOT NULL column between them for NULL.
  kind TEXT NOT NULL,
  PRIMARY KEY (name, value, key)
) WITHOUT ROWID;
CREATE INDEX lookups_of_row ON lookups (kind, key);

CREATE TABLE facts (
  event_id TEXT PRIMARY KEY,
  folded INTEGER NOT NULL,
  body TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE notices (
  entry_id TEXT PRIMARY KEY,
  seq INTEGER NOT NULL,
  code TEXT NOT NULL,
  case_id TEXT NOT NULL,
  body TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX notices_by_seq ON notices (seq);

-- Feed entries this version could not read: kept and shown, never dropped.
CREATE TABLE feed_refused (
  entry_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  reason TEXT NOT NULL,
  body TEXT NOT NULL
) WITHOUT ROWID;
