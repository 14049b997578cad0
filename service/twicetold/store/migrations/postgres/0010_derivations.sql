-- What stories derive from others, one row for each pair; cluster_id and original_source are those of the original.
CREATE TABLE derivations (
    story BIGINT NOT NULL, original BIGINT NOT NULL, relation TEXT COLLATE "C" NOT NULL, cluster_id TEXT COLLATE "C",
    source TEXT COLLATE "C" NOT NULL, original_source TEXT COLLATE "C" NOT NULL,
    seen_at BIGINT NOT NULL,       -- of the story
    PRIMARY KEY (story, original)
);
CREATE INDEX derivations_by_original ON derivations (original);
CREATE INDEX derivations_by_cluster ON derivations (cluster_id, seen_at, story) WHERE cluster_id IS NOT NULL;
CREATE INDEX derivations_by_source ON derivations (source, relation);
CREATE INDEX derivations_by_original_source ON derivations (original_source);
ALTER TABLE cluster_sources ADD COLUMN derived BIGINT NOT NULL DEFAULT 0;
ALTER TABLE clusters ADD COLUMN derived BIGINT NOT NULL DEFAULT 0;
ALTER TABLE clusters ADD COLUMN all_sources BIGINT NOT NULL DEFAULT 0;   -- of members and of derived copies
UPDATE clusters SET all_sources = sources;
