"""Choosing the canonical stories of all clusters, after the policy has changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from twicetold.usecases.ports import Clock, Progress, Recording, Store

CHUNK = 100
"""Clusters looked at in one transaction, so that no writer waits for long."""


class Choosing:
    """Goes through all clusters."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def choose_all(self, progress: Progress) -> int:
        """Choose the canonical story of every cluster by the store's policy; returns how many were looked at."""
        done, after = 0, ""
        while True:
            clusters = self._store.record(partial(_choose, after=after, now=self._clock()))
            if not clusters:
                return done
            done, after = done + len(clusters), clusters[-1]
            progress(done, self._store.stats().clusters)


def _choose(recording: Recording, *, after: str, now: datetime) -> Sequence[str]:
    return recording.choose_canonicals(after=after, limit=CHUNK, now=now)
