-- The ids of clusters of which one story was left: they answer with it, and it brings them along into the next.
CREATE TABLE dissolved_clusters (id TEXT PRIMARY KEY, key INTEGER NOT NULL);
CREATE INDEX dissolved_clusters_by_story ON dissolved_clusters (key);
