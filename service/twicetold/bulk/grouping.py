"""From ties to clusters, and the tables that a run ends with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
from pyarrow import parquet

from twicetold.bulk.folder import Folder, quoted
from twicetold.domain.matching.clusters import partition
from twicetold.domain.matching.naming import new_id
from twicetold.domain.model import Match, Relation

_ROWS = 50_000
ASSIGNMENTS = pa.schema(
    [
        ("story_id", pa.string()), ("url", pa.string()), ("source", pa.string()), ("cluster_id", pa.string()),
        ("canonical_id", pa.string()), ("is_canonical", pa.bool_()), ("relation", pa.string()),
        ("confidence", pa.float64()), ("jaccard", pa.float64()),
    ]
)  # fmt: skip


class Grouped(NamedTuple):
    """A story in a cluster."""

    cluster_id: str
    canonical: int


class _Node(NamedTuple):
    key: int
    story_id: str
    published_at: datetime | None
    received_at: datetime


class _Tie(NamedTuple):
    a: int
    b: int
    jaccard: float


def group(folder: Folder, stories: pa.Table, *, now: datetime) -> dict[int, Grouped]:
    """The clusters that the ties of a run make, by the key of each story in one."""
    with duckdb.connect() as database:
        sql = f"SELECT a, b, jaccard FROM {folder.shards('matches')} WHERE clusters"
        edges = [_Tie(*tie) for tie in database.execute(sql).fetchall()]
    keys = sorted({key for edge in edges for key in (edge.a, edge.b)})
    rows = stories.select(["story_id", "published_at"]).take(pa.array(keys, pa.int64())).to_pylist()
    nodes = {key: _Node(key, row["story_id"], row["published_at"], now) for key, row in zip(keys, rows, strict=True)}
    grouped: dict[int, Grouped] = {}
    for one in partition(list(nodes.values()), edges):
        if len(one.members) > 1:
            name = new_id(nodes[one.canonical].story_id, now)
            grouped |= dict.fromkeys(one.members, Grouped(name, one.canonical))
    return grouped


def write_tables(folder: Folder, stories: pa.Table, grouped: dict[int, Grouped]) -> None:
    """The tables of `twicetold.bulk`, each put into its place when it is whole."""
    ids = stories["story_id"]
    measured = _to_canonical(folder, grouped)

    def assignments() -> Iterator[pa.Table]:
        for first in range(0, stories.num_rows, _ROWS):
            some = stories.select(["story_id", "url", "source"]).slice(first, _ROWS).to_pylist()
            rows = [_assignment(key, row, grouped, measured, ids) for key, row in enumerate(some, first)]
            yield pa.Table.from_pylist(rows, schema=ASSIGNMENTS)

    _write(folder, "assignments", ASSIGNMENTS, assignments())
    with duckdb.connect() as database:
        database.register("stories", stories.select(["story_id", "source", "row"]))
        database.execute(
            "CREATE TABLE named AS SELECT row_number() OVER (ORDER BY row) - 1 AS key, story_id, source, row "
            "FROM stories"
        )
        _copy(
            folder, database, "matches",
            "SELECT x.story_id, y.story_id AS other_id, x.source, y.source AS other_source, m.relation, m.why, "
            "m.confidence, m.jaccard, m.a_in_b AS containment, m.b_in_a AS contained, m.longest_run "
            f"FROM {folder.shards('matches')} m JOIN named x ON x.key = m.a JOIN named y ON y.key = m.b "
            "ORDER BY m.a, m.b",
        )  # fmt: skip
        _copy(
            folder, database, "texts",
            "SELECT story_id, url, source, title, published_at, language, words, thin, removed_words, text "
            f"FROM {folder.shards('texts')} WHERE row IN (SELECT row FROM named) ORDER BY row",
        )  # fmt: skip
        _copy(folder, database, "failed", f"SELECT row, reason FROM {folder.shards('failed')} ORDER BY row")


def _to_canonical(folder: Folder, grouped: dict[int, Grouped]) -> dict[int, Match]:
    """The match of each story in a cluster with its canonical one, seen from the story."""
    found: dict[int, Match] = {}
    for path in sorted(folder.work.glob("matches-*")):
        for row in parquet.read_table(path).to_pylist():
            clusters = row.pop("clusters")
            match = Match(**row | {"relation": Relation(row["relation"])})
            for key, other in ((match.a, match.b), (match.b, match.a)):
                if clusters and key in grouped and grouped[key].canonical == other:
                    found[key] = match.seen_from(key)
    return found


def _assignment(
    key: int, row: dict[str, Any], grouped: dict[int, Grouped], measured: dict[int, Match], ids: pa.ChunkedArray
) -> dict[str, Any]:
    placed, match = grouped.get(key), measured.get(key)
    return row | {
        "cluster_id": None if placed is None else placed.cluster_id,
        "canonical_id": row["story_id"] if placed is None else ids[placed.canonical].as_py(),
        "is_canonical": placed is None or placed.canonical == key,
        "relation": None if match is None else match.relation.value,
        "confidence": None if match is None else match.confidence,
        "jaccard": None if match is None else match.jaccard,
    }


def _write(folder: Folder, name: str, schema: pa.Schema, tables: Iterable[pa.Table]) -> None:
    def into(part: object) -> None:
        with parquet.ParquetWriter(part, schema, compression="zstd") as writer:
            for table in tables:
                writer.write_table(table)

    folder.write(folder.out / f"{name}.parquet", into)


def _copy(folder: Folder, database: duckdb.DuckDBPyConnection, name: str, sql: str) -> None:
    folder.write(
        folder.out / f"{name}.parquet",
        lambda part: database.execute(f"COPY ({sql}) TO {quoted(part)} (FORMAT PARQUET, COMPRESSION ZSTD)"),
    )
