"""The example for Spark tells what a bulk run tells of the same stories."""

import sys

import pyarrow as pa
from pyarrow import parquet
from pyspark.sql import SparkSession
from twicetold import bootstrap
from twicetold.bulk.gathering import Limits
from twicetold.bulk.run import run
from twicetold.settings import Settings

from examples import spark_job
from tests.spark.corpus import corpus


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
    together = [members(rows) for rows in (by_spark, by_bulk)]
    assert together[0] == together[1]
    assert max(map(len, together[0])) > 48
    learned = parquet.read_table(tmp_path / "bulk/learned.parquet").to_pylist()
    assert sum(row["blocks"] != "[]" for row in learned) == 3


def members(rows):
    """The clusters of two or more. A bulk run also gives a story that others derive from one of its own."""
    groups = {}
    for name, row in rows.items():
        groups.setdefault(row["cluster_id"], set()).add(name)
    return {frozenset(group) for cluster, group in groups.items() if cluster is not None and len(group) > 1}
