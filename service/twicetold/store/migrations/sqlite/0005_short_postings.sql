-- Postings in pages take 8 bytes instead of 12; see store/sqlite/pages.py.
DELETE FROM posting_runs;
DELETE FROM posting_pages;
DELETE FROM posting_filters;
DELETE FROM posting_removals;
DELETE FROM posting_gone;
-- Columns have other names than before: a process of an older version that still runs must neither read nor write on.
ALTER TABLE posting_runs RENAME COLUMN data TO packed;
DROP TABLE posting_state;
CREATE TABLE posting_state (
    one INTEGER PRIMARY KEY CHECK (one = 1), spills INTEGER NOT NULL, next_part INTEGER NOT NULL,
    swept_up_to BLOB NOT NULL, page_bits BLOB NOT NULL, written BLOB NOT NULL
);
INSERT INTO posting_state VALUES (1, 0, 0, zeroblob(2048), zeroblob(512), zeroblob(4096));
-- reindex
