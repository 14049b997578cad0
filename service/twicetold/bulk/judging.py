"""Holds stories against those that they meet, as a service does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pyarrow as pa

from twicetold.bulk.folder import Folder
from twicetold.bulk.learning import read_furniture
from twicetold.bulk.pairing import Pairs
from twicetold.bulk.stories import Stories
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.domain.model import Keys
from twicetold.usecases.find_matches import find_matches
from twicetold.usecases.pipeline import CandidateQuery, Hit, StoredFeatures
from twicetold.usecases.ports import CandidateReading
from twicetold.usecases.processor_slots import ProcessorSlots

MATCHES = pa.schema(
    [
        ("a", pa.int64()), ("b", pa.int64()), ("relation", pa.string()), ("why", pa.string()),
        ("confidence", pa.float64()), ("jaccard", pa.float64()), ("a_in_b", pa.float64()), ("b_in_a", pa.float64()),
        ("longest_run", pa.int64()), ("clusters", pa.bool_()),
    ]
)  # fmt: skip


class Corpus:
    """The stories of a run with those that each meets; implements `ports.Compared`, and its reading of itself."""

    def __init__(self, folder: Folder, stories: Stories) -> None:
        self.stories = stories
        self._pairs = Pairs(folder)
        self._furniture = read_furniture(folder)

    @contextmanager
    def reading(self) -> Iterator[CandidateReading]:
        """Nothing changes: one snapshot for all."""
        yield self

    def candidates(self, queries: Sequence[CandidateQuery], *, limit: int) -> list[list[Hit]]:  # noqa: ARG002  # all were chosen
        """The earlier stories that were found to be worth it."""
        met = self._pairs.of([-1 if query.key is None else query.key for query in queries])
        return [[Hit(key=key) for key in keys.tolist()] for keys in met]

    def word_counts(self, keys: Sequence[int]) -> dict[int, int]:
        """How many words stories have."""
        return self.stories.word_counts(keys)

    def features(self, keys: Sequence[int]) -> dict[int, StoredFeatures]:
        """What verification needs of stories."""
        return self.stories.features(keys)

    def furniture(self, sources: Sequence[str]) -> dict[str, Keys]:
        """What sources repeat as their own."""
        return {source: self._furniture[source] for source in sources if source in self._furniture}


def judge(folder: Folder, corpus: Corpus, number: int, keys: range, parameters: FingerprintParameters) -> None:
    """Write the matches of some stories, unless they are there."""
    done = folder.shard(number, "matches")
    if done.exists():
        return
    judged = find_matches(corpus, corpus.stories.subjects(keys), parameters, ProcessorSlots())
    found = [one.match(key) for key, verdicts in zip(keys, judged, strict=True) for one in verdicts]
    columns = {name: [getattr(match, name) for match in found if match is not None] for name in MATCHES.names}
    folder.table(done, pa.table(columns, schema=MATCHES))
