"""Input rows to cleaned texts and fingerprints, a shard at a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from twicetold.bulk.folder import Folder
from twicetold.bulk.reading import body
from twicetold.domain.analysis import AnalysisInput
from twicetold.domain.errors import TwicetoldError, Unavailable
from twicetold.domain.model import Keys, Submission
from twicetold.store.queries.indexing import spread
from twicetold.store.queries.rows import pack_body, postings_of, story_row
from twicetold.usecases import drafting
from twicetold.usecases.pipeline import Draft
from twicetold.usecases.ports import Analyser
from twicetold.web.api.submissions import Intake

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


class Preparing:
    """Makes shards. `analyser` reads untrusted text where it can be stopped."""

    def __init__(self, folder: Folder, analyser: Analyser, source: str | None, *, now: datetime) -> None:
        self._folder = folder
        self._analyser = analyser
        self._source = source
        self._now = now
        self._intake = Intake(lambda: now)

    def shard(self, number: int, rows: Mapping[int, Mapping[str, Any]]) -> None:
        """Write the shard of some rows, which are told by number, unless it is there."""
        done = self._folder.shard(number, "texts")
        if done.exists():
            return
        taken = {row: self._submission(fields) for row, fields in rows.items()}
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

    def _submission(self, fields: Mapping[str, Any]) -> Submission | TwicetoldError:
        try:
            return self._intake.story(body(fields, self._source))
        except TwicetoldError as refused:
            return refused


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
