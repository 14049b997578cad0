-- What changed, some of it in a row: what one transaction did. `last` is the number of its last change, given once it is
-- committed; see store/queries/changes.py. Identities are not cached: a later transaction has a larger one.
CREATE TABLE changes (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at BIGINT NOT NULL, events BIGINT NOT NULL, packed BYTEA NOT NULL,
    last BIGINT
);
CREATE INDEX changes_by_number ON changes (last) WHERE last IS NOT NULL;
CREATE INDEX changes_without_number ON changes (id) WHERE last IS NULL;
CREATE TABLE change_numbers (forgotten BIGINT NOT NULL, last BIGINT NOT NULL);     -- one row, also to lock
INSERT INTO change_numbers VALUES (0, 0);
