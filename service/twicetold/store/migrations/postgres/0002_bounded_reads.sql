-- Finds the sources that repeat a block without reading all that showed it once.
CREATE INDEX learned_blocks_repeated ON learned_blocks (block, stories) WHERE stories >= 4;
-- Finds the strongest matches of a story that a hundred thousand copies are tied to.
CREATE INDEX matches_by_strength ON matches (a, strength DESC, b);
