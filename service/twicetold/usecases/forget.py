"""Deleting stories and learned boilerplate."""

from __future__ import annotations

from datetime import datetime, timedelta

from twicetold.domain.errors import NotFound
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.domain.matching.parameters import CROWD
from twicetold.usecases.derive import TIES, attach
from twicetold.usecases.ports import Clock, Progress, Recording, Store
from twicetold.usecases.record import recluster
from twicetold.usecases.report import stored_story

CHUNK = 100
"""Stories removed in one transaction, so that pruning never keeps writers waiting for long."""


class Forgetting:
    """Removes what should no longer be known."""

    def __init__(self, store: Store, clock: Clock, parameters: FingerprintParameters) -> None:
        self._store = store
        self._clock = clock
        self._parameters = parameters

    def delete(self, story_id: str) -> None:
        """Remove a story with its history, matches and index entries; its cluster is made anew. Raises `NotFound`."""
        with self._store.reading() as reading:
            stored_story(reading, story_id)
        self._remove([story_id])

    def prune(self, *, older_than: timedelta, progress: Progress | None = None) -> int:
        """Remove all stories received longer ago than `older_than`; returns how many."""
        before = self._clock() - older_than
        removed = 0
        while expired := self._expired(before):
            self._remove(expired)
            removed += len(expired)
            if progress is not None:
                progress(removed, 0)
        return removed

    def _expired(self, before: datetime) -> list[str]:
        with self._store.reading() as reading:
            return reading.expired(before=before, limit=CHUNK)

    def boilerplate(self, source: str, block_id: str, *, allow: bool) -> None:
        """Forget that a block was learned, or `allow` it for good. Raises `NotFound`."""
        known = (
            self._store.allow_block(source, block_id)
            if allow
            else self._store.forget_block(source, block_id, at=self._clock())
        )
        if not known:
            raise NotFound(f"the source {source!r} has no learned block {block_id!r}", field="id")

    def _remove(self, story_ids: list[str]) -> None:
        now = self._clock()
        self._store.record(lambda recording: _remove(recording, story_ids, self._parameters, now=now))


def _remove(recording: Recording, story_ids: list[str], parameters: FingerprintParameters, *, now: datetime) -> None:
    keys = recording.lock(story_ids)
    tied = recording.components(keys, limit=CROWD)
    kin = recording.kin_of(keys, limit=TIES)
    recording.delete(keys, now=now)
    # Of a crowd too many are left for those that go to have held them together.
    left = {one.key for around in tied if around.complete for one in around.members}.difference(keys)
    recording.unsettle([one.key for around in tied if not around.complete for one in around.members])
    moved = recluster(recording, sorted(left), parameters, now=now)
    attach(recording, {*kin, *left, *moved}.difference(keys), now=now)
