-- Postings in the order of evened keys, in two levels of pages with a filter for each part; see store/sqlite/postings.py.
-- The step after this one enters them anew.
DELETE FROM posting_runs;
DELETE FROM posting_pages;
DELETE FROM posting_removals;
DELETE FROM posting_gone;
-- Columns have other names than before: a process of an older version that still runs must not write on.
DROP TABLE posting_state;
CREATE TABLE posting_state (
    one INTEGER PRIMARY KEY CHECK (one = 1), spills INTEGER NOT NULL, next_part INTEGER NOT NULL,
    swept_to BLOB NOT NULL, page_bits BLOB NOT NULL, written BLOB NOT NULL
);
INSERT INTO posting_state VALUES (1, 0, 0, zeroblob(2048), zeroblob(512), zeroblob(4096));
CREATE TABLE posting_filters (part INTEGER PRIMARY KEY, slots BLOB NOT NULL);
