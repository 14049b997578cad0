-- The index is segments in files beside the database; see store/sqlite/index/. What is not in them yet is read from
-- `story_postings`, so a store that is migrated builds them anew.
DROP TABLE posting_runs;
DROP TABLE posting_pages;
DROP TABLE posting_filters;
DROP TABLE posting_removals;
DROP TABLE posting_gone;
DROP TABLE posting_state;
CREATE TABLE index_state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    store BLOB NOT NULL,            -- 16 bytes that its segments name, too
    generation INTEGER NOT NULL,    -- counts up with every change of the manifest
    covered INTEGER NOT NULL,       -- stories up to this key are in segments
    applied INTEGER NOT NULL        -- and changes of these up to this number
);
INSERT INTO index_state VALUES (1, randomblob(16), 0, 0, 0);
CREATE TABLE index_segments (name TEXT PRIMARY KEY, stories INTEGER NOT NULL) WITHOUT ROWID;     -- the manifest
-- Stories that were changed or deleted: their postings in what was written before are void.
CREATE TABLE index_changes (story INTEGER PRIMARY KEY, number INTEGER NOT NULL);
CREATE INDEX index_changes_by_number ON index_changes (number);
INSERT INTO counters VALUES ('change', 0);
