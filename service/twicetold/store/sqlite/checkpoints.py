"""Copying the log into the database, beside the requests that fill it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

import apsw

from twicetold.domain.errors import Unavailable
from twicetold.store.sqlite.lock import WriterLock

COPIED_AT = 4000
"""Pages in the log at which it is copied, 32 MB. Oftener copies pages that soon change again; more rarely makes the log
long, and reading it after a crash slow."""
_AT_ONCE = 4
"""Times that size at which the writer who meets it copies the log itself, so that no load outgrows the copying."""


class Checkpoints:
    """Copies the log of one process's connections, in a thread of its own for each time it has grown long.

    SQLite would do it in the commit that reaches the size, and its sender would wait. Nothing here is needed for what
    is committed to last; what fails is tried again after another commit.
    """

    def __init__(self, connect: Callable[[], apsw.Connection], lock: WriterLock, *, copied_at: int = COPIED_AT) -> None:
        self._connect = connect
        self._lock = lock
        self._copied_at = copied_at
        self._running: threading.Thread | None = None

    def watch(self, connection: apsw.Connection) -> None:
        """Have the commits of a connection counted. Replaces SQLite's own checkpoints on it."""
        connection.set_wal_hook(self._committed)

    def _committed(self, connection: apsw.Connection, _database: str, pages: int) -> int:
        if pages >= _AT_ONCE * self._copied_at:
            _copy(connection)
        elif pages >= self._copied_at and (self._running is None or not self._running.is_alive()):
            running = threading.Thread(target=self._run, name="checkpoint", daemon=True)
            with suppress(RuntimeError):  # no thread to be had: the commit stands, and the next one tries again
                running.start()
                self._running = running
        return apsw.SQLITE_OK

    def _run(self) -> None:
        with suppress(apsw.Error, Unavailable):
            connection = self._connect()
            try:
                if _copy(connection):
                    return
                # What was committed meanwhile is little. The next writer starts the log afresh only if all is copied,
                # so nobody may add to it now.
                with self._lock.held():
                    _copy(connection)
            finally:
                connection.close(True)

    def finish(self) -> None:
        """Wait for a copying that is under way."""
        if self._running is not None:
            self._running.join()


def _copy(connection: apsw.Connection) -> bool:
    """Copy what no reader still needs in the log; whether that was all. Neither readers nor writers wait for it."""
    try:
        pages, copied = connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
    except apsw.Error:
        return False
    return pages == copied
