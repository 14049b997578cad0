"""The blocks for datatrove tell what a bulk run tells of the same stories."""

import pyarrow as pa
import pytest
from datatrove.data import Document
from datatrove.io import get_datafolder
from pyarrow import parquet
from twicetold import bootstrap
from twicetold.bulk.gathering import Limits
from twicetold.bulk.run import run
from twicetold.settings import Settings

from bench.generated_text import TextGenerator
from examples.datatrove_block import Assign, Mark, Prepare
from tests.spark.corpus import corpus


def documents(rows):
    for row in rows:
        yield Document(
            text=row["text"], id=row["id"], metadata={name: row[name] for name in ("source", "published_at")}
        )


def marked(rows, folder, **how):
    for rank in range(2):
        half = len(rows) // 2
        assert len(list(Prepare(folder).run(documents(rows[rank * half : (rank + 1) * half]), rank, 2))) == half
    list(Assign(folder).run(None))
    return {document.id: document for document in Mark(folder, **how).run(documents(rows))}


def test_datatrove_tells_what_a_bulk_run_tells(tmp_path):
    rows = corpus(200)
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "in.parquet")
    settings = Settings.load({"TWICETOLD_STORE_URL": f"sqlite:///{tmp_path}/s.db"})
    with bootstrap.analyser(settings, children=1) as analyser:
        run(
            [tmp_path / "in.parquet"], tmp_path / "bulk", names={}, source=None, analyser=analyser,
            parameters=bootstrap.fingerprint_parameters(settings), limits=Limits(2**28, 1), tell=lambda *_: None,
        )  # fmt: skip
    by_bulk = {row["story_id"]: row for row in parquet.read_table(tmp_path / "bulk/assignments.parquet").to_pylist()}
    found = marked(rows, get_datafolder(str(tmp_path / "blocks")))
    for field in ("canonical_id", "relation"):
        assert {name: document.metadata[field] for name, document in found.items()} == {
            name: row[field] for name, row in by_bulk.items()
        }
    assert sum(not row["is_canonical"] for row in by_bulk.values()) > 60


def test_only_canonical_documents_go_on_where_that_is_asked_for(tmp_path):
    text = TextGenerator(3).story(100)
    rows = [
        {"id": name, "source": f"{name}.example", "text": text, "published_at": f"2026-03-0{day}T08:00:00Z"}
        for name, day in (("late", 2), ("early", 1))
    ]
    assert list(marked(rows, get_datafolder(str(tmp_path)), only_canonical=True)) == ["early"]


def test_stories_are_assigned_by_one_task(tmp_path):
    with pytest.raises(ValueError, match="one task"):
        list(Assign(get_datafolder(str(tmp_path))).run(None, 0, 2))
