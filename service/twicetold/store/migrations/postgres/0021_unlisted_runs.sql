-- When look-ups were told to leave a run: on a distributed server it stays until those that began before have ended.
ALTER TABLE index_runs ADD COLUMN unlisted_at TIMESTAMPTZ;
