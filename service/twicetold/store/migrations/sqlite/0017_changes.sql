-- What changed, some of it in a row: what one transaction did. `last` is the number of its last change, given once it is
-- committed; see store/queries/changes.py.
CREATE TABLE changes (
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, events INTEGER NOT NULL, packed BLOB NOT NULL, last INTEGER
);
CREATE INDEX changes_by_number ON changes (last) WHERE last IS NOT NULL;
CREATE INDEX changes_without_number ON changes (id) WHERE last IS NULL;
CREATE TABLE change_numbers (forgotten INTEGER NOT NULL, last INTEGER NOT NULL);     -- one row
INSERT INTO change_numbers VALUES (0, 0);
