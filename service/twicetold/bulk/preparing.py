"""Input rows to cleaned texts and fingerprints, a shard at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from twicetold.bulk.folder import BulkRefused, Folder, read_rows
from twicetold.domain.analysis import AnalysisInput
from twicetold.domain.errors import TwicetoldError, Unavailable
from twicetold.domain.model import Keys, Submission
from twicetold.store.queries.indexing import spread
from twicetold.store.queries.rows import pack_body, postings_of, story_row
from twicetold.usecases import drafting
from twicetold.usecases.pipeline import Draft
from twicetold.usecases.ports import Analyser
from twicetold.web.api.submissions import Intake

SHARD = 1000
"""Input rows of a shard: a few megabytes, some seconds of work."""
FIELDS = ("id", "url", "source", "title", "text", "html", "language", "published_at")
_STAMP = pa.timestamp("us", "UTC")
TEXTS = pa.schema(
    [
        ("row", pa.int64()), ("story_id", pa.string()), ("url", pa.string()), ("url_key", pa.string()),
        ("source", pa.string()), ("title", pa.string()), ("published_at", _STAMP), ("language", pa.string()),
        ("words", pa.int64()), ("thin", pa.bool_()), ("text", pa.string()), ("removed_words", pa.int64()),
        ("digest", pa.binary(16)), ("tokens", pa.binary()), ("kinds", pa.binary()), ("bands", pa.binary()),
        ("passages", pa.binary()), ("input_digest", pa.binary(16)), ("agencies", pa.string()), ("origin", pa.string()),
        ("draw", pa.int64()), ("searchable", pa.string()), ("body", pa.binary()),
    ]
)  # fmt: skip
POSTINGS = pa.schema([("posting", pa.int64()), ("row", pa.int64())])
FAILED = pa.schema([("row", pa.int64()), ("reason", pa.string())])


def rows_of(inputs: Sequence[Path], names: Mapping[str, str]) -> int:
    """How many rows the files have. Raises `BulkRefused` for none, for no Parquet, and for a missing column."""
    total = 0
    for path in inputs:
        try:
            file = parquet.ParquetFile(path)
        except (OSError, pa.ArrowInvalid) as error:
            raise BulkRefused(f"{path} is no Parquet file that can be read: {str(error)[:200]}") from None
        columns = set(file.schema_arrow.names)
        if missing := sorted(name for name in names.values() if name not in columns):
            raise BulkRefused(f"{path} has no column {', '.join(missing)}; it has {', '.join(sorted(columns))}")
        has = {field for field in FIELDS if names.get(field, field) in columns}
        if not has & {"text", "html"} or not has & {"id", "url"}:
            raise BulkRefused(
                f"{path} needs columns for text or html, and for id or url; it has {', '.join(sorted(columns))}: name "
                "them with --map, such as text=content,url=link"
            )
        total += file.metadata.num_rows
    if not total:
        raise BulkRefused(f"{', '.join(map(str, inputs))} has no rows")
    return total


def shards(inputs: Sequence[Path], names: Mapping[str, str]) -> Iterator[list[dict[str, Any]]]:
    """The rows of all files, in order, with their fields named as a story's, SHARD at a time."""
    waiting: list[dict[str, Any]] = []
    for path in inputs:
        columns = {field: names.get(field, field) for field in FIELDS}
        there = parquet.read_schema(path).names
        for rows in read_rows(path, SHARD, [column for column in columns.values() if column in there]):
            for row in rows:
                waiting.append({field: row[column] for field, column in columns.items() if row.get(column) is not None})
                if len(waiting) == SHARD:
                    yield waiting
                    waiting = []
    if waiting:
        yield waiting


class Preparing:
    """Makes shards. `analyser` reads untrusted text where it can be stopped."""

    def __init__(self, folder: Folder, analyser: Analyser, source: str | None, *, now: datetime) -> None:
        self._folder = folder
        self._analyser = analyser
        self._source = source
        self._now = now
        self._intake = Intake(lambda: now)

    def shard(self, number: int, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write the shard of some rows, unless it is there."""
        done = self._folder.shard(number, "texts")
        if done.exists():
            return
        first = number * SHARD
        taken = {first + at: self._submission(row) for at, row in enumerate(rows)}
        submissions = {row: one for row, one in taken.items() if isinstance(one, Submission)}
        failed = {row: one.detail for row, one in taken.items() if isinstance(one, TwicetoldError)}
        drafts: dict[int, Draft] = {}
        analysed = self._analyser.analyse([AnalysisInput.of(one, now=self._now) for one in submissions.values()])
        for (row, submission), analysis in zip(submissions.items(), analysed, strict=True):
            if isinstance(analysis, Unavailable):
                raise analysis  # which is no fault of the story
            if isinstance(analysis, TwicetoldError):
                failed[row] = analysis.detail
            else:
                drafts[row] = drafting.draft(submission, analysis, now=self._now)
        folder = self._folder
        of_failed = {"row": list(failed), "reason": list(failed.values())}
        folder.table(folder.shard(number, "failed"), pa.table(of_failed, schema=FAILED))
        postings = {row: postings_of(draft) for row, draft in drafts.items()}
        folder.table(folder.shard(number, "postings"), postings_table(postings))
        columns = [columns_of(row, draft) for row, draft in drafts.items()]
        folder.table(done, pa.Table.from_pylist(columns, schema=TEXTS))

    def _submission(self, row: Mapping[str, Any]) -> Submission | TwicetoldError:
        fields = {name: _said(value) for name, value in row.items() if value != ""}
        if self._source and "source" not in fields:
            fields["source"] = self._source
        try:
            return self._intake.story(json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass"))
        except TwicetoldError as refused:
            return refused


def _said(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def postings_table(postings: Mapping[int, Keys]) -> pa.Table:
    """The keys of stories, by row, one in each row."""
    keys, rows = spread(postings)
    return pa.table({"posting": keys, "row": rows}, schema=POSTINGS)


def columns_of(row: int, draft: Draft) -> dict[str, Any]:
    """A row of `TEXTS`."""
    story, made = draft.story, draft.fingerprint
    stored = story_row(0, draft, story, changed_at=story.received_at, cluster_id=None)
    return {
        "row": row, "story_id": story.id, "url": story.url, "url_key": draft.url_key, "source": story.source,
        "title": story.title, "published_at": story.published_at, "language": story.language, "words": story.words,
        "thin": story.thin, "text": story.text,
        "removed_words": sum(len(span.text.split()) for span in story.removed),
        "digest": made.digest, "tokens": made.words.astype("<u4").tobytes(),
        "kinds": made.kinds.astype(np.uint8).tobytes(), "bands": made.bands.astype("<i8").tobytes(),
        "passages": made.passages.astype("<i8").tobytes(), "input_digest": stored.input_digest,
        "agencies": stored.agencies, "origin": stored.origin, "draw": stored.draw,
        "searchable": " ".join(draft.searchable), "body": pack_body(story),
    }  # fmt: skip
