-- What stories derive from others, one row for each pair; cluster_id and original_source are those of the original.
CREATE TABLE derivations (
    story INTEGER NOT NULL, original INTEGER NOT NULL, relation TEXT NOT NULL, cluster_id TEXT,
    source TEXT NOT NULL, original_source TEXT NOT NULL,
    seen_at INTEGER NOT NULL,       -- of the story
    PRIMARY KEY (story, original)
) WITHOUT ROWID;
CREATE INDEX derivations_by_original ON derivations (original);
CREATE INDEX derivations_by_cluster ON derivations (cluster_id, seen_at, story) WHERE cluster_id IS NOT NULL;
CREATE INDEX derivations_by_source ON derivations (source, relation);
CREATE INDEX derivations_by_original_source ON derivations (original_source);
ALTER TABLE cluster_sources ADD COLUMN derived INTEGER NOT NULL DEFAULT 0;
ALTER TABLE clusters ADD COLUMN derived INTEGER NOT NULL DEFAULT 0;
ALTER TABLE clusters ADD COLUMN all_sources INTEGER NOT NULL DEFAULT 0;   -- of members and of derived copies
UPDATE clusters SET all_sources = sources;
