-- How sure each match is; those made before it was known count as certain.
ALTER TABLE matches ADD COLUMN confidence REAL NOT NULL DEFAULT 1;
