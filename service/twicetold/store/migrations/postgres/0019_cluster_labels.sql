-- Languages and agencies of the members of clusters; see store/queries/labelling.py.
CREATE TABLE cluster_labels (
    label TEXT COLLATE "C" NOT NULL, cluster_id TEXT COLLATE "C" NOT NULL, stories BIGINT NOT NULL,
    PRIMARY KEY (label, cluster_id)
);
INSERT INTO cluster_labels
    SELECT 'language ' || lower(split_part(language, '-', 1) COLLATE "C"), cluster_id, COUNT(*) FROM stories
    WHERE cluster_id IS NOT NULL AND language <> '' GROUP BY 1, 2;
INSERT INTO cluster_labels
    SELECT 'agency ' || lower(value COLLATE "C"), cluster_id, COUNT(DISTINCT stories.key)
    FROM stories, jsonb_array_elements_text(agencies::jsonb) AS value
    WHERE cluster_id IS NOT NULL AND agencies IS NOT NULL GROUP BY 1, 2;
-- Clusters are listed by the sources that are shown: those of members and of derived copies.
DROP INDEX clusters_by_sources;
CREATE INDEX clusters_by_all_sources ON clusters (all_sources, id);
