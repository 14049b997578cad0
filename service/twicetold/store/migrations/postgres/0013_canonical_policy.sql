-- The earliest story of a cluster leads it; which one is canonical is a matter of policy.
ALTER TABLE clusters ADD COLUMN leader BIGINT NOT NULL DEFAULT 0;
UPDATE clusters SET leader = canonical;
ALTER TABLE stories ADD COLUMN origin TEXT COLLATE "C";     -- the outlet that a story names as its first
CREATE INDEX derivations_by_time ON derivations (seen_at);
