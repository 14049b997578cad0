"""The tables that a run ends with, each put into its place when it is whole."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from pyarrow import parquet

from twicetold.bulk.deriving import Deriving
from twicetold.bulk.folder import Folder, quoted
from twicetold.bulk.gathering import Limits, connected, living
from twicetold.bulk.grouping import Cluster, Grouping, Placed, read_ties
from twicetold.bulk.preparing import TEXTS
from twicetold.bulk.stories import Stories
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.domain.matching.derive import Derivation
from twicetold.domain.model import Relation

_ROWS = 50_000
_FACE = ("story_id", "url", "source")
INVERSE = "CASE relation {} END".format(" ".join(f"WHEN '{one}' THEN '{one.inverse}'" for one in Relation))
"""What a tie is seen from its other side, in SQL."""
_ASSIGNED = pa.schema(
    [
        ("key", pa.int64()), ("story_id", pa.string()), ("url", pa.string()), ("source", pa.string()),
        ("cluster_id", pa.string()), ("canonical", pa.int64()),
    ]
)  # fmt: skip
_DERIVED = pa.schema(
    [("story", pa.int64()), ("original", pa.int64()), ("relation", pa.string()), ("cluster_id", pa.string())]
)


def write_tables(
    folder: Folder, stories: Stories, parameters: FingerprintParameters, limits: Limits, *, now: datetime
) -> int:
    """Group, derive, and write the tables of `twicetold.bulk`; returns how many clusters of two or more there are."""
    grouping = Grouping(stories, parameters, now=now)
    placed = Placed.among(list(grouping.clusters(read_ties(folder, len(stories), limits))), len(stories))
    derived, founded = Deriving(folder, stories, placed, limits, now=now).all()
    several = len(placed.clusters)
    placed = Placed.among([*placed.clusters, *founded], len(stories))
    _write(folder, folder.work / "assigned", _ASSIGNED, _assigned(stories, placed))
    _write(folder, folder.work / "derived", _DERIVED, [_derivations(derived, placed)])
    with connected(folder, limits) as database:
        for name in ("assigned", "derived"):
            database.execute(f"CREATE VIEW {name} AS FROM read_parquet({quoted(folder.work / name)})")
        database.execute(f"CREATE VIEW matches AS FROM {folder.shards('matches')}")
        for name, sql in _JOINED.items():
            _copy(folder, database, name, sql)
        _copy(folder, database, "failed", f"SELECT row, reason FROM {folder.shards('failed')} ORDER BY row")
        _copy(folder, database, "learned", f"SELECT * FROM {folder.shards('seasons')} ORDER BY source, season")
    for name, columns in _WIDE.items():
        schema = pa.schema([TEXTS.field(column) for column in columns])
        _write(folder, folder.out / f"{name}.parquet", schema, living(folder, columns, limits))
    return several


_WIDE = {
    "texts": (
        "story_id", "url", "source", "title", "published_at", "language", "words", "thin", "removed_words", "text",
    ),
    "fingerprints": (
        "story_id", "url_key", "digest", "input_digest", "tokens", "kinds", "bands", "passages", "searchable",
        "agencies", "origin", "body",
    ),
}  # fmt: skip
_JOINED = {
    "assignments": (
        "SELECT s.story_id, s.url, s.source, s.cluster_id, c.story_id AS canonical_id, s.canonical = s.key AS "
        "is_canonical, m.relation, m.confidence, m.jaccard FROM assigned s JOIN assigned c ON c.key = s.canonical "
        "LEFT JOIN (SELECT a, b, relation, confidence, jaccard FROM matches UNION ALL "
        f"SELECT b, a, {INVERSE}, confidence, jaccard FROM matches) AS m "
        "ON m.a = s.key AND m.b = s.canonical ORDER BY s.key"
    ),
    "matches": (
        "SELECT x.story_id, y.story_id AS other_id, x.source, y.source AS other_source, m.relation, m.why, "
        "m.confidence, m.jaccard, m.a_in_b AS containment, m.b_in_a AS contained, m.longest_run "
        "FROM matches m JOIN assigned x ON x.key = m.a JOIN assigned y ON y.key = m.b ORDER BY m.a, m.b"
    ),
    "derived": (
        "SELECT x.story_id, y.story_id AS original_id, d.relation, d.cluster_id "
        "FROM derived d JOIN assigned x ON x.key = d.story JOIN assigned y ON y.key = d.original "
        "ORDER BY d.story, d.original"
    ),
}


def finish(folder: Folder, told: dict[str, Any]) -> None:
    """Say that all tables are there."""
    folder.write(folder.finished, lambda part: part.write_text(json.dumps(told, indent=1), "utf-8"))


def _assigned(stories: Stories, placed: Placed) -> Iterator[pa.Table]:
    for first in range(0, len(stories), _ROWS):
        keys = range(first, min(first + _ROWS, len(stories)))
        rows = [
            {"key": key, "cluster_id": None, "canonical": key} | row | _place(placed.clusters, int(placed.of[key]))
            for key, row in zip(keys, stories.rows(keys, _FACE), strict=True)
        ]
        yield pa.Table.from_pylist(rows, schema=_ASSIGNED)


def _place(clusters: Sequence[Cluster], number: int) -> dict[str, Any]:
    if number < 0:
        return {}
    return {"cluster_id": clusters[number].id, "canonical": clusters[number].members[0]}


def _derivations(found: list[Derivation], placed: Placed) -> pa.Table:
    columns = {
        "story": [one.story for one in found],
        "original": [one.original for one in found],
        "relation": [str(one.relation) for one in found],
        "cluster_id": [
            None if (number := int(placed.of[one.original])) < 0 else placed.clusters[number].id for one in found
        ],
    }
    return pa.table(columns, schema=_DERIVED)


def _write(folder: Folder, path: Path, schema: pa.Schema, tables: Iterable[pa.Table]) -> None:
    def into(part: Path) -> None:
        with parquet.ParquetWriter(part, schema, compression="zstd") as writer:
            for table in tables:
                writer.write_table(table)

    folder.write(path, into)


def _copy(folder: Folder, database: duckdb.DuckDBPyConnection, name: str, sql: str) -> None:
    folder.write(
        folder.out / f"{name}.parquet",
        lambda part: database.execute(f"COPY ({sql}) TO {quoted(part)} (FORMAT PARQUET, COMPRESSION ZSTD)"),
    )
