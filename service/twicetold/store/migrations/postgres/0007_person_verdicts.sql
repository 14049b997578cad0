-- What people say of pairs of stories, with what they said before; every row twice, once from each side.
CREATE TABLE person_verdicts (
    a BIGINT NOT NULL, b BIGINT NOT NULL, number BIGINT NOT NULL,       -- 1 for the first of a pair
    same BIGINT,                                                        -- NULL: taken back
    note TEXT COLLATE "C", given_by TEXT COLLATE "C", given_at BIGINT NOT NULL, latest BIGINT NOT NULL,
    PRIMARY KEY (a, b, number)
);
CREATE INDEX person_verdicts_by_time ON person_verdicts (given_at, a, b) WHERE latest = 1 AND a < b;
-- Who decided on a relation: the service, or a person.
ALTER TABLE matches ADD COLUMN decided_by TEXT COLLATE "C" NOT NULL DEFAULT 'service';
