-- Stories of crowds whose clusters housekeeping makes anew.
CREATE TABLE unsettled (key BIGINT PRIMARY KEY);
INSERT INTO outdated SELECT key FROM stories WHERE cluster_id IN (SELECT id FROM clusters WHERE size > 48);
