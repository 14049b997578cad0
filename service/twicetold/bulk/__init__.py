"""Bulk runs: a corpus that is there at once is cleaned, matched and clustered without a store, on all processors.

The answers are those that a service gives which is sent the same stories in the same order, and has nothing left to
settle. A run writes

    OUT/texts.parquet        a row for each story: its cleaned text, and what else is known of it
    OUT/matches.parquet      a row for each match, seen from the later of its stories
    OUT/assignments.parquet  a row for each story: its cluster, and the story that stands for it
    OUT/derived.parquet      a row for each story and what it derives from
    OUT/learned.parquet      a row for each source and season: what it repeats as its own
    OUT/fingerprints.parquet a row for each story: what else a store needs of it
    OUT/failed.parquet       a row for each input that is no story, with the reason
    OUT/run.json             the run is complete

in steps whose results are files (`OUT/work`), so that a run that was stopped goes on where it stood:

1. `preparing`: cleaned texts and fingerprints, in shards of the input (children of a pool, as in a service);
2. `learning`: what sources repeat, and their stories cleaned of it;
3. `gathering`: the shards as columns that are mapped into memory (`stories`), and all postings sorted by DuckDB, which
   spills to disk;
4. `pairing`: the candidates of each story (a process for each processor), and all pairs sorted;
5. `judging`: each pair verified, likewise;
6. `grouping` and `deriving`: ties to clusters and derived copies, and the `tables` above.

`importing` fills a store from these tables.
"""
