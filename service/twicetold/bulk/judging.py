"""Holds each story against its candidates among those before it, as a service does that is sent them in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from twicetold.bulk.folder import Folder
from twicetold.bulk.gathering import SortedPostings, open_stories
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.domain.model import Fingerprint, Keys
from twicetold.store.queries.candidates import ranked
from twicetold.usecases.find_matches import Subject, find_matches
from twicetold.usecases.pipeline import CandidateQuery, Hit, StoredFeatures
from twicetold.usecases.ports import CandidateReading
from twicetold.usecases.processor_slots import ProcessorSlots

CHUNK = 500
"""Stories that are judged, and kept, together."""
MATCHES = pa.schema(
    [
        ("a", pa.int64()), ("b", pa.int64()), ("relation", pa.string()), ("why", pa.string()),
        ("confidence", pa.float64()), ("jaccard", pa.float64()), ("a_in_b", pa.float64()), ("b_in_a", pa.float64()),
        ("longest_run", pa.int64()), ("clusters", pa.bool_()),
    ]
)  # fmt: skip
_COMPARED = ("story_id", "source", "url", "url_key", "title", "published_at", "thin", "digest", "tokens", "kinds")


class Corpus:
    """The stories of a run; implements `ports.Compared`, and `ports.CandidateReading` of itself."""

    def __init__(self, folder: Folder, *, now: datetime) -> None:
        self._postings = SortedPostings(folder)
        self._stories = open_stories(folder)
        self._now = now

    def __len__(self) -> int:
        return int(self._stories.num_rows)

    @contextmanager
    def reading(self) -> Iterator[CandidateReading]:
        """Nothing changes: one snapshot for all."""
        yield self

    def candidates(self, queries: Sequence[CandidateQuery], *, limit: int) -> list[list[Hit]]:
        """Those before each query's own story."""
        return ranked(self._postings, queries, lambda stories: stories, limit=limit, earlier=True)

    def word_counts(self, keys: Sequence[int]) -> dict[int, int]:
        """How many words stories have."""
        return dict(zip(keys, self._stories["words"].take(pa.array(keys, pa.int64())).to_pylist(), strict=True))

    def furniture(self, sources: Sequence[str]) -> dict[str, Keys]:  # noqa: ARG002  # none is learned
        """What sources repeat is not learned in a run."""
        return {}

    def features(self, keys: Sequence[int]) -> dict[int, StoredFeatures]:
        """What verification needs of stories."""
        rows = self._stories.select(_COMPARED).take(pa.array(keys, pa.int64())).to_pylist()
        return {
            key: StoredFeatures(
                key=key,
                received_at=self._now,
                words=np.frombuffer(row.pop("tokens"), "<u4"),
                kinds=np.frombuffer(row.pop("kinds"), np.uint8),
                **row,
            )
            for key, row in zip(keys, rows, strict=True)
        }

    def subjects(self, first: int, last: int) -> list[Subject]:
        """The stories with keys in `[first, last)` as subjects."""
        rows = self._stories.slice(first, last - first).to_pylist()
        return [
            Subject(
                key=key,
                source=row["source"],
                url_key=row["url_key"],
                title=row["title"],
                published_at=row["published_at"],
                received_at=self._now,
                thin=row["thin"],
                fingerprint=Fingerprint(
                    words=np.frombuffer(row["tokens"], "<u4"),
                    kinds=np.frombuffer(row["kinds"], np.uint8),
                    digest=row["digest"],
                    signature=np.empty(0, np.uint32),
                    bands=np.frombuffer(row["bands"], "<i8"),
                    passages=np.frombuffer(row["passages"], "<i8"),
                ),
            )
            for key, row in enumerate(rows, first)
        ]


def judge(folder: Folder, corpus: Corpus, number: int, parameters: FingerprintParameters) -> None:
    """Write the matches of one chunk of stories, unless they are there."""
    done = folder.shard(number, "matches")
    if done.exists():
        return
    first, last = number * CHUNK, min((number + 1) * CHUNK, len(corpus))
    judged = find_matches(corpus, corpus.subjects(first, last), parameters, ProcessorSlots())
    found = [one.match(key) for key, verdicts in enumerate(judged, first) for one in verdicts]
    columns = {name: [getattr(match, name) for match in found if match is not None] for name in MATCHES.names}
    table = pa.table(columns, schema=MATCHES)
    folder.write(done, lambda part: parquet.write_table(table, part, compression="zstd"))
