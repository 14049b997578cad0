"""Whether this process can serve: found out in the background, told at once."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Event, Thread

from twicetold.domain.errors import TwicetoldError, Unavailable
from twicetold.usecases.ports import Analyser, Store

EVERY = 1.0
"""Seconds between two checks."""
PATIENCE = 5.0
"""Seconds for which a check that succeeded counts; one that still waits by then has told enough."""

_log = logging.getLogger(__name__)


class Readiness:
    """Starts what reads texts, then lets the store be written and read every second, in a thread of its own.

    Who asks never waits, whatever the store does: a load balancer's question must not hang on the writers' lock.
    """

    def __init__(
        self,
        store: Store,
        analyser: Analyser,
        *,
        every: float = EVERY,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._analyser = analyser
        self._every = every
        self._patience = patience
        self._clock = clock
        self._succeeded_at: float | None = None
        self._started = False
        self._failure: str | None = "the service is starting; ask again in a moment"
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="readiness", daemon=True)

    def start(self) -> None:
        """Begin; only after a fork, for a thread does not survive one."""
        self._thread.start()

    def stop(self) -> None:
        """End, after the check that is running if that takes a few seconds only."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout=self._patience)

    def require(self) -> None:
        """Raise `Unavailable` unless the last check succeeded, and that not long ago. Returns at once."""
        if self._failure is not None:
            raise Unavailable(self._failure)
        waited = self._clock() - (self._succeeded_at or 0.0)
        if waited > self._patience:
            raise Unavailable(f"the store has not answered for {waited:.0f} seconds")

    def check(self) -> None:
        """Check once, and remember how that went."""
        try:
            if not self._started:
                self._analyser.start()
                self._started = True
            self._store.probe()
        except TwicetoldError as error:
            self._failure = error.detail
        except Exception:
            _log.exception("the check of the store failed")
            self._failure = "the check of the store failed; the log says why"
        else:
            self._succeeded_at, self._failure = self._clock(), None

    def _run(self) -> None:
        while not self._stopped.is_set():
            self.check()
            self._stopped.wait(self._every)
