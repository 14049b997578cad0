-- What all sources sent in an hour, so that no timeline adds up the rows of hundreds; see store/queries/counting.py.
INSERT INTO reception_counts (hour, source, stories, clusters, reprints)
    SELECT hour, '', SUM(stories), SUM(clusters), SUM(reprints) FROM reception_counts GROUP BY hour;
