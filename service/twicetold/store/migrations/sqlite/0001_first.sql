-- Times are microseconds since 1970 (UTC). Keys are given out by `counters`, smaller for earlier stories.
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO counters VALUES ('key', 0), ('stories', 0), ('clusters', 0), ('matches', 0);

CREATE TABLE story_ids (id TEXT PRIMARY KEY, key INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE stories (
    key INTEGER PRIMARY KEY, id TEXT NOT NULL, url TEXT, url_key TEXT, source TEXT NOT NULL, title TEXT,
    published_at INTEGER, received_at INTEGER NOT NULL, changed_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,       -- published_at, or received_at without one
    language TEXT, version INTEGER NOT NULL, words INTEGER NOT NULL, thin INTEGER NOT NULL,
    digest BLOB NOT NULL, input_digest BLOB NOT NULL, agencies TEXT, cluster_id TEXT
);
CREATE INDEX stories_by_time ON stories (received_at, key);
CREATE INDEX stories_by_source ON stories (source, received_at, key);
CREATE INDEX stories_by_cluster ON stories (cluster_id, seen_at, key) WHERE cluster_id IS NOT NULL;
CREATE TABLE bodies (key INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE evidence (key INTEGER PRIMARY KEY, words BLOB NOT NULL, kinds BLOB NOT NULL);
CREATE TABLE story_postings (key INTEGER PRIMARY KEY, postings BLOB NOT NULL);  -- what stands in the index
CREATE TABLE revisions (
    key INTEGER NOT NULL, version INTEGER NOT NULL, received_at INTEGER NOT NULL, word_count INTEGER NOT NULL,
    title TEXT, body BLOB NOT NULL, words BLOB NOT NULL, PRIMARY KEY (key, version)
);
CREATE TABLE unprobed (key INTEGER PRIMARY KEY, changed_at INTEGER NOT NULL);

-- The inverted index; see store/sqlite/postings.py. A posting is packed in 12 bytes.
CREATE TABLE posting_runs (
    number INTEGER PRIMARY KEY AUTOINCREMENT, spilled INTEGER NOT NULL, postings INTEGER NOT NULL, data BLOB NOT NULL
);
CREATE INDEX posting_runs_fresh ON posting_runs (number, postings) WHERE spilled = 0;
CREATE TABLE posting_pages (page INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE posting_state (
    one INTEGER PRIMARY KEY CHECK (one = 1), spills INTEGER NOT NULL, next_part INTEGER NOT NULL,
    bits BLOB NOT NULL, swept BLOB NOT NULL
);
INSERT INTO posting_state VALUES (1, 0, 0, zeroblob(256), zeroblob(2048));
CREATE TABLE posting_removals (
    posting INTEGER NOT NULL, story INTEGER NOT NULL, PRIMARY KEY (posting, story)
) WITHOUT ROWID;
CREATE TABLE posting_gone (story INTEGER PRIMARY KEY, spills INTEGER NOT NULL);

CREATE TABLE matches (          -- every tie twice, once from each side
    a INTEGER NOT NULL, b INTEGER NOT NULL, relation TEXT NOT NULL, why TEXT NOT NULL, strength REAL NOT NULL,
    jaccard REAL NOT NULL, a_in_b REAL NOT NULL, b_in_a REAL NOT NULL, longest_run INTEGER NOT NULL,
    PRIMARY KEY (a, b)
) WITHOUT ROWID;

CREATE TABLE clusters (
    id TEXT PRIMARY KEY, size INTEGER NOT NULL, sources INTEGER NOT NULL, canonical INTEGER NOT NULL,
    canonical_source TEXT NOT NULL, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX clusters_by_last_seen ON clusters (last_seen, id);
CREATE INDEX clusters_by_first_seen ON clusters (first_seen, id);
CREATE INDEX clusters_by_size ON clusters (size, id);
CREATE INDEX clusters_by_sources ON clusters (sources, id);
CREATE TABLE cluster_sources (
    cluster_id TEXT NOT NULL, source TEXT NOT NULL, stories INTEGER NOT NULL, PRIMARY KEY (cluster_id, source)
) WITHOUT ROWID;
CREATE INDEX cluster_sources_by_source ON cluster_sources (source, cluster_id);
CREATE TABLE merged_clusters (id TEXT PRIMARY KEY, into_id TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX merged_clusters_by_target ON merged_clusters (into_id);
CREATE TABLE cluster_events (
    number INTEGER PRIMARY KEY AUTOINCREMENT, cluster_id TEXT NOT NULL, at INTEGER NOT NULL, event TEXT NOT NULL,
    other TEXT
);
CREATE INDEX cluster_events_by_cluster ON cluster_events (cluster_id, number);

CREATE TABLE learned_blocks (
    block INTEGER NOT NULL, source TEXT NOT NULL, text TEXT NOT NULL, stories INTEGER NOT NULL, days INTEGER NOT NULL,
    first_day INTEGER NOT NULL, last_day INTEGER NOT NULL, status TEXT NOT NULL,
    keys TEXT NOT NULL,             -- the latest stories counted, as JSON
    PRIMARY KEY (block, source)
) WITHOUT ROWID;
CREATE INDEX learned_blocks_by_source ON learned_blocks (source, status, last_day);
CREATE TABLE learned_sources (source TEXT PRIMARY KEY, stories INTEGER NOT NULL) WITHOUT ROWID;

CREATE TRIGGER stories_in AFTER INSERT ON stories BEGIN UPDATE counters SET value = value + 1 WHERE name = 'stories'; END;
CREATE TRIGGER stories_out AFTER DELETE ON stories BEGIN UPDATE counters SET value = value - 1 WHERE name = 'stories'; END;
CREATE TRIGGER clusters_in AFTER INSERT ON clusters BEGIN UPDATE counters SET value = value + 1 WHERE name = 'clusters'; END;
CREATE TRIGGER clusters_out AFTER DELETE ON clusters BEGIN UPDATE counters SET value = value - 1 WHERE name = 'clusters'; END;
CREATE TRIGGER matches_in AFTER INSERT ON matches BEGIN UPDATE counters SET value = value + 1 WHERE name = 'matches'; END;
CREATE TRIGGER matches_out AFTER DELETE ON matches BEGIN UPDATE counters SET value = value - 1 WHERE name = 'matches'; END;
