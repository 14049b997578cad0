-- What operators want of sources: lists as JSON.
CREATE TABLE overrides (source TEXT PRIMARY KEY, rules TEXT NOT NULL) WITHOUT ROWID;
