-- Languages and agencies of the members of clusters; see store/queries/labelling.py.
CREATE TABLE cluster_labels (
    label TEXT NOT NULL, cluster_id TEXT NOT NULL, stories INTEGER NOT NULL, PRIMARY KEY (label, cluster_id)
) WITHOUT ROWID;
INSERT INTO cluster_labels
    SELECT 'language ' || lower(substr(language, 1, instr(language || '-', '-') - 1)), cluster_id, COUNT(*) FROM stories
    WHERE cluster_id IS NOT NULL AND language <> '' GROUP BY 1, 2;
INSERT INTO cluster_labels
    SELECT 'agency ' || lower(value), cluster_id, COUNT(DISTINCT stories.key) FROM stories, json_each(agencies)
    WHERE cluster_id IS NOT NULL AND agencies IS NOT NULL GROUP BY 1, 2;
-- Clusters are listed by the sources that are shown: those of members and of derived copies.
DROP INDEX clusters_by_sources;
CREATE INDEX clusters_by_all_sources ON clusters (all_sources, id);
