-- Pages kept with their stories, compressed; see usecases/kept_pages.py.
CREATE TABLE pages (key BIGINT PRIMARY KEY, page BYTEA NOT NULL);
