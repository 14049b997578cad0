"""The `Analyser` of the use cases, over a pool of children."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np

from twicetold.domain.analysis import (
    Analysis,
    AnalysisInput,
    Indexable,
    Learned,
    Lesson,
    Located,
    SearchedText,
    Unlocated,
    VersionChange,
)
from twicetold.domain.errors import TwicetoldError
from twicetold.domain.extraction.prescan import PageLimits
from twicetold.domain.fingerprint.batches import batched
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.domain.fingerprint.searchable import QueryWords
from twicetold.domain.fingerprint.signature import permutations
from twicetold.domain.fingerprint.terms import Terms
from twicetold.domain.matching.departures import Departure
from twicetold.domain.model import Story
from twicetold.sandbox.pool import BYTES_AT_ONCE, ChildPool, PoolLimits
from twicetold.sandbox.protocol import (
    Analyse,
    Compare,
    Depart,
    Done,
    FindTerms,
    FindWords,
    Index,
    Learn,
    Locate,
    ReadQuery,
    Setup,
)

T = TypeVar("T")
TARGET = "twicetold.sandbox.work:perform"


class SandboxedAnalyser:
    """Looks at texts in children; what these answer are cleaned texts, tokens and arrays."""

    def __init__(
        self,
        parameters: FingerprintParameters,
        limits: PoolLimits,
        *,
        page: PageLimits | None = None,
        children: int = 2,
        target: str = TARGET,
    ) -> None:
        def setup() -> Setup:
            return Setup(
                target=target,
                seconds=limits.seconds,
                clock_seconds=limits.clock_seconds,
                memory=limits.memory,
                limits=page or PageLimits(),
                parameters=parameters,
                permutations=np.concatenate(permutations(parameters)).ravel(),
            )

        self._pool = ChildPool(limits, setup, children=children)

    def start(self) -> None:
        """See `ChildPool.start`."""
        self._pool.start()

    def analyse(self, inputs: Sequence[AnalysisInput]) -> list[Analysis | TwicetoldError]:
        """See `ports.Analyser.analyse`."""
        outcomes = self._pool.run([Analyse(given) for given in inputs])
        return [_given(one.analysis) if isinstance(one, Done) else one for one in outcomes]

    def indexable(self, stories: Sequence[Story]) -> list[Indexable]:
        """See `ports.Analyser.indexable`."""
        outcomes = self._pool.run([Index(SearchedText.of(story), story.language, story.thin) for story in stories])
        return [_given(done.indexable) for done in _done(outcomes)]

    def learn(self, lessons: Sequence[Lesson]) -> Learned:
        """See `ports.Analyser.learn`."""
        (done,) = _done(self._pool.run([Learn(lessons)]))
        return _given(done.learned)

    def locate(self, texts: Sequence[Unlocated]) -> list[Located]:
        """See `ports.Analyser.locate`."""
        batches = batched(texts, [len(one.text) for one in texts], most=BYTES_AT_ONCE)
        return [
            Located(places=one.places.reshape(-1, 2), words=one.words)
            for done in _done(self._pool.run([Locate(batch) for batch in batches]))
            for one in _given(done.located)
        ]

    def changes(self, versions: Sequence[str]) -> list[VersionChange]:
        """See `ports.Analyser.changes`."""
        if len(versions) < 2:
            return []
        (done,) = _done(self._pool.run([Compare(versions)]))
        return _given(done.changes)

    def found_by(self, stories: Sequence[Story]) -> list[tuple[str, ...]]:
        """See `ports.Analyser.found_by`."""
        told = [SearchedText.of(story) for story in stories]
        batches = batched(told, [len(one.text) for one in told], most=BYTES_AT_ONCE)
        return [
            words
            for done in _done(self._pool.run([FindWords(batch) for batch in batches]))
            for words in _given(done.found_by)
        ]

    def terms_of(self, story: Story) -> Terms:
        """See `ports.Analyser.terms_of`."""
        (done,) = _done(self._pool.run([FindTerms(SearchedText.of(story), story.language)]))
        return _given(done.terms)

    def read_query(self, query: str) -> QueryWords:
        """See `ports.Analyser.read_query`."""
        (done,) = _done(self._pool.run([ReadQuery(query)]))
        return _given(done.query)

    def departures(self, text: str, others: Sequence[str]) -> list[Departure]:
        """See `ports.Analyser.departures`."""
        batches = batched(others, [len(other) for other in others], most=BYTES_AT_ONCE)
        tasks = [Depart(text, batch) for batch in batches]
        return [found for done in _done(self._pool.run(tasks)) for found in _given(done.departures)]

    def close(self) -> None:
        """End all processes, once they have done what they are doing."""
        self._pool.close()


def _done(outcomes: Sequence[Done | TwicetoldError]) -> Iterator[Done]:
    """All of them. Raises the first error."""
    for outcome in outcomes:
        if isinstance(outcome, TwicetoldError):
            raise outcome
        yield outcome


def _given(part: T | None) -> T:
    """The part of an answer that its task asked for."""
    if part is None:
        raise TypeError("a child answered with something else than it was asked for")
    return part
