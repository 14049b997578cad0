-- Of matches as strong as each other copies come before excerpts.
DROP INDEX matches_by_strength;
CREATE INDEX matches_by_strength ON matches (a, strength DESC, jaccard DESC, b);
