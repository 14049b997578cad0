-- Pages kept with their stories, compressed; see usecases/kept_pages.py.
CREATE TABLE pages (key INTEGER PRIMARY KEY, page BLOB NOT NULL);
