-- Finds the sources that repeat a block without reading all that showed it once.
CREATE INDEX learned_blocks_repeated ON learned_blocks (block, stories) WHERE stories >= 4;
