"""Bulk runs: a corpus that is there at once is cleaned, matched and clustered without a store, on all processors.

The answers are those that a service gives which is sent the same stories in the same order. A run writes

    OUT/texts.parquet        a row for each story: its cleaned text, and what else is known of it
    OUT/matches.parquet      a row for each match, seen from the later of its stories
    OUT/assignments.parquet  a row for each story: its cluster, and the story that stands for it
    OUT/failed.parquet       a row for each input that is no story, with the reason

in steps whose results are files (`OUT/work`), so that a run that was stopped goes on where it stood:

1. `preparing`: cleaned texts and fingerprints, in shards of the input (children of a pool, as in a service);
2. `gathering`: the shards as columns that are mapped into memory, and all postings sorted by DuckDB, which spills to
   disk;
3. `judging`: the candidates of each story among those before it, verified (a process for each processor);
4. `grouping`: ties to clusters, and the tables above.
"""
