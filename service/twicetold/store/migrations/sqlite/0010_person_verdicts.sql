-- What people say of pairs of stories, with what they said before; every row twice, once from each side.
CREATE TABLE person_verdicts (
    a INTEGER NOT NULL, b INTEGER NOT NULL, number INTEGER NOT NULL,    -- 1 for the first of a pair
    same INTEGER,                                                       -- NULL: taken back
    note TEXT, given_by TEXT, given_at INTEGER NOT NULL, latest INTEGER NOT NULL,
    PRIMARY KEY (a, b, number)
) WITHOUT ROWID;
CREATE INDEX person_verdicts_by_time ON person_verdicts (given_at, a, b) WHERE latest = 1 AND a < b;
-- Who decided on a relation: the service, or a person.
ALTER TABLE matches ADD COLUMN decided_by TEXT NOT NULL DEFAULT 'service';
