-- The tables of the SQLite store in PostgreSQL's types. Text compares by bytes, so that both list alike. The primary key
-- of every table holds the column it would be distributed by: stories by key, ids by id, postings by posting.
CREATE SEQUENCE story_key;
CREATE TABLE turns (name TEXT PRIMARY KEY);     -- rows to lock: one recording at a time
INSERT INTO turns VALUES ('recording');
CREATE TABLE facts (name TEXT COLLATE "C" PRIMARY KEY, value TEXT COLLATE "C" NOT NULL);

CREATE TABLE story_ids (id TEXT COLLATE "C" PRIMARY KEY, key BIGINT NOT NULL);
CREATE TABLE stories (
    key BIGINT PRIMARY KEY, id TEXT COLLATE "C" NOT NULL, url TEXT COLLATE "C", url_key TEXT COLLATE "C", source TEXT COLLATE "C" NOT NULL, title TEXT COLLATE "C",
    published_at BIGINT, received_at BIGINT NOT NULL, changed_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,       -- published_at, or received_at without one
    language TEXT COLLATE "C", version BIGINT NOT NULL, words BIGINT NOT NULL, thin BIGINT NOT NULL,
    digest BYTEA NOT NULL, input_digest BYTEA NOT NULL, agencies TEXT COLLATE "C", cluster_id TEXT COLLATE "C"
);
CREATE INDEX stories_by_time ON stories (received_at, key);
CREATE INDEX stories_by_source ON stories (source, received_at, key);
CREATE INDEX stories_by_cluster ON stories (cluster_id, seen_at, key) WHERE cluster_id IS NOT NULL;
CREATE TABLE bodies (key BIGINT PRIMARY KEY, body BYTEA NOT NULL);
CREATE TABLE evidence (key BIGINT PRIMARY KEY, words BYTEA NOT NULL, kinds BYTEA NOT NULL);
CREATE TABLE story_postings (key BIGINT PRIMARY KEY, postings BYTEA NOT NULL);  -- what stands in the index
CREATE TABLE revisions (
    key BIGINT NOT NULL, version BIGINT NOT NULL, received_at BIGINT NOT NULL, word_count BIGINT NOT NULL,
    title TEXT COLLATE "C", body BYTEA NOT NULL, words BYTEA NOT NULL, PRIMARY KEY (key, version)
);
CREATE TABLE unprobed (key BIGINT PRIMARY KEY, changed_at BIGINT NOT NULL);
CREATE TABLE postings (posting BIGINT NOT NULL, story BIGINT NOT NULL, PRIMARY KEY (posting, story));

CREATE TABLE matches (          -- every tie twice, once from each side
    a BIGINT NOT NULL, b BIGINT NOT NULL, relation TEXT COLLATE "C" NOT NULL, why TEXT COLLATE "C" NOT NULL, strength DOUBLE PRECISION NOT NULL,
    jaccard DOUBLE PRECISION NOT NULL, a_in_b DOUBLE PRECISION NOT NULL, b_in_a DOUBLE PRECISION NOT NULL, longest_run BIGINT NOT NULL,
    PRIMARY KEY (a, b)
);

CREATE TABLE clusters (
    id TEXT COLLATE "C" PRIMARY KEY, size BIGINT NOT NULL, sources BIGINT NOT NULL, canonical BIGINT NOT NULL,
    canonical_source TEXT COLLATE "C" NOT NULL, first_seen BIGINT NOT NULL, last_seen BIGINT NOT NULL
);
CREATE INDEX clusters_by_last_seen ON clusters (last_seen, id);
CREATE INDEX clusters_by_first_seen ON clusters (first_seen, id);
CREATE INDEX clusters_by_size ON clusters (size, id);
CREATE INDEX clusters_by_sources ON clusters (sources, id);
CREATE TABLE cluster_sources (
    cluster_id TEXT COLLATE "C" NOT NULL, source TEXT COLLATE "C" NOT NULL, stories BIGINT NOT NULL, PRIMARY KEY (cluster_id, source)
);
CREATE INDEX cluster_sources_by_source ON cluster_sources (source, cluster_id);
CREATE TABLE merged_clusters (id TEXT COLLATE "C" PRIMARY KEY, into_id TEXT COLLATE "C" NOT NULL);
CREATE INDEX merged_clusters_by_target ON merged_clusters (into_id);
CREATE TABLE cluster_events (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, cluster_id TEXT COLLATE "C" NOT NULL, at BIGINT NOT NULL, event TEXT COLLATE "C" NOT NULL,
    other TEXT COLLATE "C"
);
CREATE INDEX cluster_events_by_cluster ON cluster_events (cluster_id, number);

CREATE TABLE learned_blocks (
    block BIGINT NOT NULL, source TEXT COLLATE "C" NOT NULL, text TEXT COLLATE "C" NOT NULL, stories BIGINT NOT NULL, days BIGINT NOT NULL,
    first_day BIGINT NOT NULL, last_day BIGINT NOT NULL, status TEXT COLLATE "C" NOT NULL,
    keys TEXT COLLATE "C" NOT NULL,             -- the latest stories counted, as JSON
    PRIMARY KEY (block, source)
);
CREATE INDEX learned_blocks_by_source ON learned_blocks (source, status, last_day);
CREATE TABLE learned_sources (source TEXT COLLATE "C" PRIMARY KEY, stories BIGINT NOT NULL);
