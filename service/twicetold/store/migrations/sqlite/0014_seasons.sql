-- What is learned of sources follows from draws of their stories; what rests on it is judged again from these queues.
ALTER TABLE stories ADD COLUMN draw INTEGER NOT NULL DEFAULT 0;  -- the season above, a hash of the id in 40 bits below
UPDATE stories SET draw = ((seen_at / 86400000000 / 64) << 40) | ((key * 7046029254) & 1099511627775);
CREATE INDEX stories_by_draw ON stories (source, draw);

DROP INDEX learned_blocks_repeated;
DROP INDEX learned_blocks_by_source;
DROP TABLE learned_sources;
DELETE FROM learned_blocks WHERE status = 'counting';
ALTER TABLE learned_blocks DROP COLUMN keys;
CREATE INDEX learned_blocks_by_source ON learned_blocks (source, status);

CREATE TABLE seasons (
    source TEXT NOT NULL, season INTEGER NOT NULL, digest BLOB NOT NULL, blocks TEXT NOT NULL, furniture BLOB NOT NULL,
    PRIMARY KEY (source, season)
) WITHOUT ROWID;
CREATE TABLE unlearned (source TEXT NOT NULL, season INTEGER NOT NULL, PRIMARY KEY (source, season)) WITHOUT ROWID;
INSERT INTO unlearned SELECT DISTINCT source, draw >> 40 FROM stories;
-- A source whose stories are to be cleaned anew, latest first, and the last that was.
CREATE TABLE uncleaned (source TEXT PRIMARY KEY, received_at INTEGER, key INTEGER) WITHOUT ROWID;
CREATE TABLE outdated (key INTEGER PRIMARY KEY);
