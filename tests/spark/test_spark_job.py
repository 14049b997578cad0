"""The example for Spark tells what a bulk run tells of the same stories."""

import random
import sys

import pyarrow as pa
from pyarrow import parquet
from pyspark.sql import SparkSession
from twicetold import bootstrap
from twicetold.bulk.gathering import Limits
from twicetold.bulk.run import run
from twicetold.settings import Settings

from bench.generated_text import TextGenerator
from examples import spark_job


def corpus(count):
    chance, writer = random.Random(7), TextGenerator(7)
    told, rows = [], []
    for number in range(count):
        if told and chance.random() < 0.4:
            words = chance.choice(told[:30]).split()
            text = " ".join(words if chance.random() < 0.5 else words[: len(words) // 2])
        else:
            text = writer.story(120)
            told.append(text)
        at = f"2026-03-{1 + number % 28:02}T08:00:00Z"
        rows.append({"id": f"s{number}", "source": f"outlet{number % 7}.example", "text": text, "published_at": at})
    return rows


def test_spark_tells_what_a_bulk_run_tells(tmp_path, monkeypatch):
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    source = tmp_path / "in.parquet"
    parquet.write_table(pa.Table.from_pylist(corpus(300)), source)
    SparkSession.builder.master("local[2]").config("spark.sql.shuffle.partitions", 2).getOrCreate()
    spark_job.main(str(source), str(tmp_path / "spark"))
    settings = Settings.load({"TWICETOLD_STORE_URL": f"sqlite:///{tmp_path}/s.db"})
    with bootstrap.analyser(settings, children=1) as analyser:
        run(
            [source], tmp_path / "bulk", names={}, source=None, analyser=analyser,
            parameters=bootstrap.fingerprint_parameters(settings), limits=Limits(2**28, 1), tell=lambda *_: None,
        )  # fmt: skip
    by_spark = {row["story_id"]: row for row in parquet.read_table(tmp_path / "spark").to_pylist()}
    by_bulk = {row["story_id"]: row for row in parquet.read_table(tmp_path / "bulk/assignments.parquet").to_pylist()}
    assert by_spark.keys() == by_bulk.keys()
    for field in ("canonical_id", "relation"):
        assert {name: row[field] for name, row in by_spark.items()} == {
            name: row[field] for name, row in by_bulk.items()
        }
    assert sum(row["cluster_id"] is not None for row in by_bulk.values()) > 100
    assert {name for name, row in by_spark.items() if row["cluster_id"]} == {
        name for name, row in by_bulk.items() if row["cluster_id"]
    }
