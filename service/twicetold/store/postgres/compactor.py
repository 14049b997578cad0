"""Starts compactions of the index, in a thread, so that no request waits for one."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from twicetold.domain.errors import TwicetoldError

_log = logging.getLogger(__name__)


class Compactor:
    """Keeps one compaction running at a time, as far as this process knows; others are told by a lock of the server."""

    def __init__(self, compact: Callable[[], object]) -> None:
        self._compact = compact
        self._starting = threading.Lock()
        self._running: threading.Thread | None = None

    def start(self) -> None:
        """Start one, unless the one before still runs. What fails is tried again after another commit."""
        with self._starting:
            if self._running is not None and self._running.is_alive():
                return
            self._running = threading.Thread(target=self._run, name="compaction", daemon=True)
            self._running.start()

    def _run(self) -> None:
        try:
            self._compact()
        except TwicetoldError as error:
            _log.warning("the index will be compacted later: %s", error)
        except Exception:
            _log.exception("a compaction of the index failed")

    def finish(self) -> None:
        """Wait for one that runs."""
        if self._running is not None:
            self._running.join()
