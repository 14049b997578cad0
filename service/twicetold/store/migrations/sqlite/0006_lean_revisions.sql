-- The tokens of former versions were never read.
ALTER TABLE revisions DROP COLUMN words;
