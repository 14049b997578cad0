"""Moves a store on to the fingerprints that this program makes."""

from __future__ import annotations

from datetime import timedelta

from twicetold.usecases.ports import Clock, Progress, Store
from twicetold.usecases.prepare import Preparation
from twicetold.usecases.read_models import StoredStory
from twicetold.usecases.submit import Submit

CHUNK = 100
"""Stories to a transaction."""


class Refingerprinting:
    """`twicetold refingerprint`. Whatever ends it, the next one goes on where it was."""

    def __init__(self, store: Store, preparation: Preparation, submit: Submit, clock: Clock) -> None:
        self._store = store
        self._preparation = preparation
        self._submit = submit
        self._clock = clock

    def refingerprint(self, progress: Progress) -> int:
        """Make the fingerprints of all stories anew from their texts; returns how many were left to do.

        Until that is done stories and reports can be read, and nothing is stored or matched. `match` is next.
        """
        last = self._store.begin_refingerprinting()
        if last is None:
            return 0
        with self._store.reading() as reading:
            done = before = reading.count_upto(last)
        total = self._store.stats().stories
        while stories := self._after(last):
            drafts = self._preparation.redrafts([stored.story for stored in stories])
            keys = [stored.key for stored in stories]
            self._store.refingerprint(dict(zip(keys, drafts, strict=True)), now=self._clock())
            last, done = stories[-1].key, done + len(stories)
            progress(done, max(done, total))
        self._store.finish_refingerprinting()
        return done - before

    def match(self, progress: Progress) -> int:
        """Match all stories that wait for it, beside whatever else is stored now; returns how many."""
        return self._submit.match_backlog(patience=timedelta(0), progress=progress)

    def _after(self, key: int) -> list[StoredStory]:
        with self._store.reading() as reading:
            return reading.stories_after(key, limit=CHUNK)
