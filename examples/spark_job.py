"""Twicetold on Spark: a corpus of Parquet files to assignments, with the functions of `twicetold.library`.

    spark-submit examples/spark_job.py IN.parquet OUT

Columns of IN are the fields of a story. OUT gets a row for each story: story_id, cluster_id (None: alone),
canonical_id, and relation, confidence and jaccard to that one. The driver holds the ties, some dozen bytes each;
everything else is spread. `make test-spark` holds it against a bulk run of the same stories.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as f
from twicetold import library
from twicetold.domain.errors import TwicetoldError

MADE = "row long, story_id string, source string, season long, draw long, made binary"
KEYED = "row long, story_id string, told string, key long"
JUDGED = "later long, earlier long, relation string, confidence double, jaccard double, clusters boolean"
Learned = tuple[dict[str, dict[int, int]], dict[str, list[int]]]
"""By source, the blocks that it repeats and its furniture."""


def prepare(frames: Iterator[pd.DataFrame], now: datetime) -> Iterator[pd.DataFrame]:
    """Rows of IN as stories; what is no story is left out."""
    for frame in frames:
        rows = []
        for fields in frame.to_dict("records"):
            row = fields.pop("row")
            given = {name: value for name, value in fields.items() if isinstance(value, str) or pd.notna(value)}
            try:
                made = library.prepare(given, now=now)
            except TwicetoldError:
                continue
            rows.append((row, made.story_id, made.source, *library.draw(made), made.pack()))
        yield pd.DataFrame(rows, columns=["row", "story_id", "source", "season", "draw", "made"])


def learned_of(made: DataFrame) -> Learned:
    """What sources repeat, learned of the stories drawn of each source and season."""
    first = Window.partitionBy("source", "season").orderBy("draw", "story_id")
    drawn = made.withColumn("place", f.row_number().over(first)).where(f.col("place") <= library.DRAWN)

    def learn(frame: pd.DataFrame) -> pd.DataFrame:
        taught = library.learn([library.Made.unpack(packed) for packed in frame.sort_values("place")["made"]])
        hashes, counts = list(taught.blocks), list(taught.blocks.values())
        return pd.DataFrame([(frame["source"].iloc[0], hashes, counts, taught.furniture)])

    schema = "source string, hashes array<long>, counts array<long>, furniture array<long>"
    blocks: dict[str, dict[int, int]] = {}
    furniture: dict[str, list[int]] = {}
    for source, hashes, counts, own in drawn.groupBy("source", "season").applyInPandas(learn, schema).collect():
        known = blocks.setdefault(source, {})
        for block, count in zip(hashes, counts, strict=True):
            known[block] = known.get(block, 0) + count
        furniture[source] = sorted({*furniture.get(source, ()), *own})
    return {source: known for source, known in blocks.items() if known}, furniture


def clean_again(frames: Iterator[pd.DataFrame], blocks: dict[str, dict[int, int]]) -> Iterator[pd.DataFrame]:
    """Stories without what their sources repeat."""
    for frame in frames:
        cleaned = [
            library.clean_again(library.Made.unpack(packed), blocks[source]).pack() if source in blocks else packed
            for source, packed in zip(frame["source"], frame["made"], strict=True)
        ]
        yield frame.assign(made=cleaned)


def keys_of(frames: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    """A row for each story and key, with the story's turn."""
    for frame in frames:
        rows = []
        for row, packed in zip(frame["row"], frame["made"], strict=True):
            made = library.Made.unpack(packed)
            told, name = library.turn(made)
            rows += [(row, name, told.isoformat(), key) for key in set(library.keys(made))]
        yield pd.DataFrame(rows, columns=["row", "story_id", "told", "key"])


def pairs_of(made: DataFrame) -> DataFrame:
    """The pairs that are worth judging: stories that share a key, of a key of many with those that represent it."""
    keyed = made.mapInPandas(keys_of, KEYED)
    of_key = Window.partitionBy("key")
    keyed = keyed.withColumn("holders", f.count("row").over(of_key))
    keyed = keyed.withColumn("place", f.row_number().over(of_key.orderBy("row")))
    early = keyed.where(f.col("place") <= library.READ)
    early = early.withColumn("turn", f.row_number().over(of_key.orderBy("told", "story_id")))
    standing = early.where((f.col("holders") <= library.FEW) | (f.col("turn") <= library.REPRESENTING))
    met = keyed.alias("b").join(standing.alias("a"), "key")
    met = met.where("a.row < b.row or (b.holders > " + str(library.FEW) + " and a.row <> b.row)")
    counted = met.groupBy(f.col("b.row").alias("asks"), f.col("a.row").alias("found")).count()
    most = Window.partitionBy("asks").orderBy(f.desc("count"), "found")
    chosen = counted.withColumn("rank", f.row_number().over(most)).where(f.col("rank") <= library.CANDIDATES)
    return chosen.select(
        f.greatest("asks", "found").alias("later"), f.least("asks", "found").alias("earlier")
    ).distinct()


def judge(frames: Iterator[pd.DataFrame], furniture: dict[str, list[int]]) -> Iterator[pd.DataFrame]:
    """Pairs with both stories to what they are to each other."""
    for frame in frames:
        rows = []
        for later, group in frame.groupby("later"):
            earlier = [library.Made.unpack(packed) for packed in group["earlier_made"]]
            verdicts = library.judge(library.Made.unpack(group["later_made"].iloc[0]), earlier, furniture=furniture)
            for other, verdict in zip(group["earlier"], verdicts, strict=True):
                if verdict is not None:
                    told = verdict.relation, verdict.confidence, verdict.jaccard, verdict.clusters
                    rows.append((later, other, *told))
        yield pd.DataFrame(rows, columns=["later", "earlier", "relation", "confidence", "jaccard", "clusters"])


def main(source: str, out: str) -> None:
    """Run the job."""
    spark = SparkSession.builder.appName("twicetold").getOrCreate()
    now = datetime.now(UTC)
    stories = spark.read.parquet(source)
    numbered = spark.createDataFrame(
        stories.rdd.zipWithIndex().map(lambda one: (*one[0], one[1])), f"{stories.schema.simpleString()[7:-1]},row:long"
    )
    made = numbered.mapInPandas(lambda frames: prepare(frames, now), MADE)
    last = Window.partitionBy("story_id").orderBy(f.desc("row"))
    made = made.withColumn("place", f.row_number().over(last)).where("place = 1").drop("place").cache()
    blocks, furniture = learned_of(made)
    if blocks:
        made = made.mapInPandas(lambda frames: clean_again(frames, blocks), MADE).cache()
    paired = (
        pairs_of(made)
        .join(made.select(f.col("row").alias("later"), f.col("made").alias("later_made")), "later")
        .join(made.select(f.col("row").alias("earlier"), f.col("made").alias("earlier_made")), "earlier")
    )
    judged = paired.sortWithinPartitions("later")
    judged = judged.mapInPandas(lambda frames: judge(frames, furniture), JUDGED).cache()
    ties = [tuple(row) for row in judged.where("clusters").select("later", "earlier", "jaccard").collect()]
    canonical = assigned(spark, ties, made)
    rows = made.select("row", "story_id")
    named = rows.join(spark.createDataFrame(canonical, "row long, canonical long"), "row", "left")
    ids = rows.select(f.col("row").alias("canonical"), f.col("story_id").alias("canonical_id"))
    sides = f.greatest("later", "earlier").alias("x"), f.least("later", "earlier").alias("y")
    known = judged.select(*sides, "relation", "confidence", "jaccard")
    joined = named.join(ids, "canonical", "left").join(
        known, (known.x == f.greatest("row", "canonical")) & (known.y == f.least("row", "canonical")), "left"
    )
    joined.select(
        "story_id", f.when(f.col("canonical").isNotNull(), f.concat(f.lit("c"), "canonical")).alias("cluster_id"),
        f.coalesce("canonical_id", "story_id").alias("canonical_id"), "relation", "confidence", "jaccard",
    ).write.parquet(out)  # fmt: skip


def assigned(spark: SparkSession, ties: list[Any], made: DataFrame) -> list[tuple[int, int]]:
    """The canonical story of each story in a cluster."""
    tied_keys = {key for later, earlier, _ in ties for key in (later, earlier)}
    keys = spark.createDataFrame([(key,) for key in tied_keys], "row long")
    tied = made.join(keys, "row")
    stories = [(row["row"], library.Made.unpack(bytes(row["made"]))) for row in tied.select("row", "made").collect()]
    told = [library.Told(row, one.story_id, one.published_at, one.received_at) for row, one in stories]
    by_row = dict(stories)

    def similarity(one: int, other: int) -> float | None:
        (verdict,) = library.judge(by_row[one], [by_row[other]])
        return verdict.jaccard if verdict is not None and verdict.clusters else None

    return list(library.assign(told, [library.Tie(*tie) for tie in ties], similarity).items())


if __name__ == "__main__":
    main(*sys.argv[1:])
