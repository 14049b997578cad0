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

MADE = "row long, story_id string, made binary, keys array<long>"
JUDGED = "later long, earlier long, relation string, confidence double, jaccard double, clusters boolean"


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
            rows.append((row, made.story_id, made.pack(), library.keys(made)))
        yield pd.DataFrame(rows, columns=["row", "story_id", "made", "keys"])


def pairs_of(made: DataFrame) -> DataFrame:
    """The pairs that are worth judging: later and earlier stories that share a key."""
    keys = made.select("row", f.explode(f.array_distinct("keys")).alias("key"))
    first = Window.partitionBy("key").orderBy("row")
    holders = keys.withColumn("place", f.row_number().over(first)).where(f.col("place") <= library.HOLDERS)
    met = keys.alias("b").join(holders.alias("a"), "key").where("a.row < b.row")
    counted = met.groupBy(f.col("b.row").alias("later"), f.col("a.row").alias("earlier")).count()
    most = Window.partitionBy("later").orderBy(f.desc("count"), "earlier")
    return counted.withColumn("rank", f.row_number().over(most)).where(f.col("rank") <= library.CANDIDATES)


def judge(frames: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    """Pairs with both stories to what they are to each other."""
    for frame in frames:
        rows = []
        for later, group in frame.groupby("later"):
            earlier = [library.Made.unpack(packed) for packed in group["earlier_made"]]
            verdicts = library.judge(library.Made.unpack(group["later_made"].iloc[0]), earlier)
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
    paired = (
        pairs_of(made)
        .join(made.select(f.col("row").alias("later"), f.col("made").alias("later_made")), "later")
        .join(made.select(f.col("row").alias("earlier"), f.col("made").alias("earlier_made")), "earlier")
    )
    judged = paired.sortWithinPartitions("later").mapInPandas(judge, JUDGED).cache()
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
    return list(library.assign(told, [library.Tie(*tie) for tie in ties]).items())


if __name__ == "__main__":
    main(*sys.argv[1:])
