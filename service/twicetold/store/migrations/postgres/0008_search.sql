-- The words that stories are found by; see store/postgres/search.py.
CREATE TABLE search_words (key BIGINT PRIMARY KEY, words TSVECTOR NOT NULL);
CREATE INDEX search_words_by_word ON search_words USING gin (words) WITH (gin_pending_list_limit = 1024);
CREATE TABLE unsearched (key BIGINT PRIMARY KEY);     -- stories whose words are to be entered
INSERT INTO unsearched SELECT key FROM stories;
