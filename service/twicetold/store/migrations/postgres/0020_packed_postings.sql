-- The index as runs of packed postings; see store/postgres/index/postings.py. All stories wait to be entered.
DROP TABLE postings;
ALTER TABLE story_postings ADD COLUMN rekeyed BOOLEAN NOT NULL DEFAULT false;    -- whether a story had other keys before
CREATE TABLE index_tail (       -- stories whose keys stand in no run yet, by who entered them
    added BIGINT NOT NULL DEFAULT pg_current_xact_id()::text::bigint, story BIGINT NOT NULL, again BOOLEAN NOT NULL,
    PRIMARY KEY (added, story)
);
INSERT INTO index_tail (story, again) SELECT key, false FROM story_postings;
CREATE TABLE index_state (      -- one row: counts changes of the list of runs; who may change it
    generation BIGINT NOT NULL, compaction TEXT COLLATE "C" NOT NULL
);
INSERT INTO index_state VALUES (1, '');
CREATE SEQUENCE index_run AS INT;
CREATE TABLE index_runs (       -- those that are not listed are being made, or deleted
    run INT PRIMARY KEY, bits INT NOT NULL, first_story BIGINT NOT NULL, last_story BIGINT NOT NULL,
    stories BIGINT NOT NULL DEFAULT 0, postings BIGINT NOT NULL DEFAULT 0, sample BIGINT[] NOT NULL DEFAULT '{}',
    listed BOOLEAN NOT NULL DEFAULT false
);
CREATE TABLE posting_blocks (   -- narrow columns first: rows are short
    run INT NOT NULL, bucket INT NOT NULL, range SMALLINT NOT NULL, part SMALLINT NOT NULL, packed BYTEA NOT NULL,
    PRIMARY KEY (range, run, bucket, part)
);
CREATE TABLE index_filters (run INT NOT NULL, piece INT NOT NULL, bits BYTEA NOT NULL, PRIMARY KEY (run, piece));
