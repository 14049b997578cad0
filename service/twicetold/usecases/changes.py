"""The feed of what changed: read after a number, or waited for."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from threading import Condition, Event, Lock, Thread

from twicetold.domain.errors import Gone, NotFound, TwicetoldError
from twicetold.usecases.ports import Clock, Store
from twicetold.usecases.read_models import Change, ChangeFilter

EVERY = 0.5
"""Seconds between two looks for new changes while somebody waits for them: one thread looks for all who wait."""
STEP = 1000
"""Changes read in one transaction."""
LOOKED_AT = 1_000_000
"""Changes that one call looks at: a filter that hardly anything passes is told how far it got."""


class Changes:
    """Tells what changed, each change once and in one order, across all processes that share the store."""

    def __init__(self, store: Store, clock: Clock, *, every: float = EVERY) -> None:
        self._store = store
        self._clock = clock
        self._every = every
        self._numbering = Lock()
        self._news = Condition()
        self._last = 0
        self._waiting = 0
        self._wanted = Event()
        self._stopped = Event()
        self._watch: Thread | None = None

    def last(self) -> int:
        """The number of the last change that was committed."""
        with (
            self._numbering
        ):  # who asks at once with others waits for the one that numbers, not for the store's writers
            return self._store.number_changes()

    def read(self, wanted: ChangeFilter, *, after: int, limit: int) -> tuple[Sequence[Change], int]:
        """The next `limit` changes after a number, and the number up to which these are all that is wanted.

        Raises `Gone` where changes after that number were forgotten, `NotFound` for a number that was not given yet.
        """
        last = self.last()
        self._check(after, last)
        found: list[Change] = []
        read = after
        while read < min(last, after + LOOKED_AT):
            with self._store.reading() as reading:
                changes = reading.changes(after=read, limit=STEP)
            for change in changes:
                read = change.seq
                if wanted.wants(change):
                    found.append(change)
                    if len(found) == limit:
                        return found, read
            if not changes:
                break
        return found, read

    def oldest(self) -> int:
        """The number after which all changes are kept."""
        with self._store.reading() as reading:
            forgotten, _ = reading.change_numbers()
        return forgotten

    def wait(self, *, after: int, seconds: float) -> None:
        """Return when there are changes after a number, or when the time is over."""
        until = time.monotonic() + seconds
        with self._news:
            self._waiting += 1
            self._wanted.set()
            if self._watch is None:
                self._watch = Thread(target=self._look, name="changes", daemon=True)
                self._watch.start()
            while self._last <= after and not self._stopped.is_set() and (left := until - time.monotonic()) > 0:
                self._news.wait(left)
            self._waiting -= 1

    def forget(self, *, older_than: timedelta) -> None:
        """Forget the changes that were made longer ago."""
        with self._numbering:
            self._store.forget_changes(before=self._clock() - older_than)

    def stop(self) -> None:
        """Let nobody wait any longer."""
        self._stopped.set()
        self._wanted.set()
        with self._news:
            self._news.notify_all()
        if self._watch is not None:
            self._watch.join(timeout=5)

    def _check(self, after: int, last: int) -> None:
        if after > last:
            raise NotFound(
                f"no change has the number {after} yet, the last one is {last}; this may be another store than before: "
                "start anew without after",
                field="after",
            )
        if after < (forgotten := self.oldest()):
            raise Gone(
                f"changes are kept for a while only, and those up to {forgotten} are not kept any more; read what is "
                f"stored anew, as with /v1/export, then go on after={forgotten}",
                field="after",
            )

    def _look(self) -> None:
        """Look for changes as long as somebody waits."""
        while not self._stopped.is_set():
            self._wanted.wait()
            with suppress(TwicetoldError):  # who reads next will be told
                last = self.last()
                with self._news:
                    self._last = last
                    self._news.notify_all()
            self._stopped.wait(self._every)
            with self._news:
                if not self._waiting and not self._stopped.is_set():
                    self._wanted.clear()
