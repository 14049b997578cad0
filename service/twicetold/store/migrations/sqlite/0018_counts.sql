-- Numbers that are kept while stories are recorded; see store/queries/counting.py.
CREATE TABLE source_counts (
    source TEXT PRIMARY KEY, stories INTEGER NOT NULL, first INTEGER NOT NULL,
    first_of_several INTEGER NOT NULL, clustered INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO source_counts SELECT source, SUM(stories), SUM(first), SUM(first_of_several), SUM(clustered) FROM (
    SELECT source, COUNT(*) AS stories, 0 AS first, 0 AS first_of_several, 0 AS clustered FROM stories GROUP BY source
    UNION ALL SELECT canonical_source, 0, COUNT(*), SUM(CASE WHEN sources > 1 THEN 1 ELSE 0 END), 0 FROM clusters
        WHERE all_sources > 1 GROUP BY canonical_source
    UNION ALL SELECT o.source, 0, 0, 0, SUM(o.stories) FROM cluster_sources o JOIN clusters c ON c.id = o.cluster_id
        WHERE c.sources > 1 GROUP BY o.source
) counted GROUP BY source;
CREATE TABLE reception_counts (
    hour INTEGER NOT NULL, source TEXT NOT NULL, stories INTEGER NOT NULL, clusters INTEGER NOT NULL,
    reprints INTEGER NOT NULL, PRIMARY KEY (hour, source)
) WITHOUT ROWID;
INSERT INTO reception_counts SELECT s.received_at / 3600000000, s.source, COUNT(*),
    SUM(CASE WHEN c.canonical = s.key THEN 1 ELSE 0 END), SUM(CASE WHEN c.canonical <> s.key THEN 1 ELSE 0 END)
FROM stories s LEFT JOIN clusters c ON c.id = s.cluster_id GROUP BY 1, 2;
CREATE INDEX reception_counts_by_source ON reception_counts (source, hour);
-- Whether a story that waits for matching is counted: it is but for new ones.
ALTER TABLE unprobed ADD COLUMN counted INTEGER NOT NULL DEFAULT 1;
-- Finds the latest stories of clusters, for who reprints whom.
CREATE INDEX stories_clustered_by_time ON stories (seen_at, key) WHERE cluster_id IS NOT NULL;
