-- Empty: a row is written and deleted to see whether the store takes one.
CREATE TABLE liveness (at BIGINT NOT NULL);
