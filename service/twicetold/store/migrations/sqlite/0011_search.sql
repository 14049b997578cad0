-- The words that stories are found by; see store/sqlite/search.py. Only the index of words is kept, no words a story.
-- Words come folded and parted by blanks, so that everything else belongs to a word.
CREATE VIRTUAL TABLE search_words USING fts5(
    words, content = '', contentless_delete = 1, detail = none, prefix = '2',
    tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* P* S* C*'"
);
CREATE TABLE unsearched (key INTEGER PRIMARY KEY);     -- stories whose words are to be entered
INSERT INTO unsearched SELECT key FROM stories;
