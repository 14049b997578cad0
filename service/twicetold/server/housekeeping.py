"""Housekeeping on a timer: matches what a crash left, judges again, makes stories searchable, forgets what is old.

Every worker runs the thread; the one that holds a lock file works, so that of a killed worker another takes over.
"""

from __future__ import annotations

import fcntl
import logging
import time
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Event, Thread

from twicetold.domain.errors import TwicetoldError, Unavailable
from twicetold.usecases.application import Application
from twicetold.usecases.submit import BACKLOG_PATIENCE

PRUNE_SECONDS = 3600
"""Retention counts in days, so that an hour more or less makes no difference."""

_log = logging.getLogger(__name__)


class Housekeeper:
    """Matches the backlog at once, then every `seconds`.

    Also prunes stories older than `retention`, if given, and forgets changes older than `changes_kept`.
    """

    def __init__(
        self,
        application: Application,
        lock: Path,
        *,
        seconds: float,
        retention: timedelta | None,
        changes_kept: timedelta,
    ) -> None:
        self._application = application
        self._lock = lock
        self._seconds = seconds
        self._retention = retention
        self._changes_kept = changes_kept
        self._prune_at = time.monotonic()
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End, after the work that is under way if that takes a few seconds only."""
        self._stopped.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        with self._lock.open("a") as lock:
            while not self._stopped.is_set():
                if _acquired(lock.fileno()):
                    # What is unmatched when a server starts has no worker left that would match it soon.
                    first = self._lock.stat().st_size == 0
                    self._work(timedelta(0) if first else BACKLOG_PATIENCE)
                    if first:
                        self._lock.write_text("matched")
                self._stopped.wait(self._seconds)

    def _work(self, patience: timedelta) -> None:
        """Do all kinds of work, of which none that fails keeps the others from being done."""
        kinds = (partial(self._match, patience), self._enter, self._settle, self._prune, self._compact)
        for work in kinds:
            try:
                work()
            except Unavailable as error:
                _log.warning("housekeeping will be tried again: %s", error)
                return  # the others need the same
            except TwicetoldError as error:
                _log.warning("a part of housekeeping will be tried again: %s", error)
            except Exception:
                _log.exception("a part of housekeeping failed and will be tried again")

    def _match(self, patience: timedelta) -> None:
        if matched := self._application.submit.match_backlog(patience=patience):
            _log.info("matched stories that had been left unmatched", extra={"stories": matched})

    def _enter(self) -> None:
        if entered := self._application.searching.enter_waiting():
            _log.info("made stories searchable that were stored before", extra={"stories": entered})

    def _settle(self) -> None:
        if settled := self._application.settling.round():
            _log.info("judged again what rests on what is stored", extra={"steps": settled})

    def _compact(self) -> None:
        self._application.store.compact()

    def _prune(self) -> None:
        if time.monotonic() < self._prune_at:
            return
        self._prune_at = time.monotonic() + PRUNE_SECONDS
        self._application.changes.forget(older_than=self._changes_kept)
        if self._retention:
            pruned = self._application.forgetting.prune(older_than=self._retention)
            _log.info("forgot stories past their retention", extra={"stories": pruned})


def _acquired(lock: int) -> bool:
    """Whether this process holds the lock, taking it if it is free."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
