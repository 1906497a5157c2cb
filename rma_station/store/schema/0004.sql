-- What a print job is of: unit, template and revision, or kind and content. The same thing is queued once.
ALTER TABLE print_jobs ADD COLUMN key TEXT;
CREATE UNIQUE INDEX print_jobs_by_key ON print_jobs (key) WHERE key IS NOT NULL;
