-- When look-ups were told to leave a run: on a distributed server it stays until those that began before have ended.
ALTER TABLE index_runs ADD COLUMN unlisted_at TIMESTAMPTZ;
CREATE INDEX stories_by_change ON stories (changed_at) WHERE version > 1;
