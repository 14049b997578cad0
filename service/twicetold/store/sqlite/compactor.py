"""Starts compactions of the index, each in a process of its own, so that no request waits for one."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import twicetold

_log = logging.getLogger(__name__)


class Compactor:
    """Keeps one compaction of a database running at a time, as far as this process knows; others are told by a lock."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._running: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start one, unless the one before still runs. What fails is tried again after another commit."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            if self._running is not None and self._running.poll() is None:
                return
            if self._running is not None and self._running.returncode:
                _log.warning("a compaction of the index ended with status %d", self._running.returncode)
            with suppress(OSError):  # no process to be had: stories wait a little longer
                self._running = subprocess.Popen(  # noqa: S603  # all ours
                    [sys.executable, "-P", "-m", "twicetold.store.sqlite.index.compaction", str(self._database)],
                    env={"PYTHONPATH": str(Path(twicetold.__file__).parents[1]), "OPENBLAS_NUM_THREADS": "1"},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
        finally:
            self._lock.release()

    def finish(self) -> None:
        """Wait for one that runs."""
        if self._running is not None:
            self._running.wait()
