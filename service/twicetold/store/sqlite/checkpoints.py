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
COPIED_AFTER = 3.0
"""Seconds after a commit at which the log is copied however short: whoever copies the database's file alone, as people
do, has all but the last seconds of it."""
_AT_ONCE = 4
"""Times that size at which the writer who meets it copies the log itself, so that no load outgrows the copying."""


class Checkpoints:
    """Copies the log of one process's connections, in a thread of its own: when it has grown long, or some seconds on.

    SQLite would do it in the commit that reaches the size, and its sender would wait. Nothing here is needed for what
    is committed to last; what fails is tried again after another commit.
    """

    def __init__(
        self,
        connect: Callable[[], apsw.Connection],
        lock: WriterLock,
        *,
        copied_at: int = COPIED_AT,
        copied_after: float = COPIED_AFTER,
    ) -> None:
        self._connect = connect
        self._lock = lock
        self._copied_at = copied_at
        self._copied_after = copied_after
        self._due = threading.Event()
        self._long = False
        self._running: threading.Thread | None = None

    def watch(self, connection: apsw.Connection) -> None:
        """Have the commits of a connection counted. Replaces SQLite's own checkpoints on it."""
        connection.set_wal_hook(self._committed)

    def _committed(self, connection: apsw.Connection, _database: str, pages: int) -> int:
        if pages >= _AT_ONCE * self._copied_at:
            _copy(connection)
            return apsw.SQLITE_OK
        if pages >= self._copied_at:
            self._long = True
            self._due.set()
        if self._running is None or not self._running.is_alive():
            running = threading.Thread(target=self._run, name="checkpoint", daemon=True)
            with suppress(RuntimeError):  # no thread to be had: the commit stands, and the next one tries again
                running.start()
                self._running = running
        return apsw.SQLITE_OK

    def _run(self) -> None:
        self._due.wait(self._copied_after)
        self._due.clear()
        long, self._long = self._long, False
        with suppress(apsw.Error, Unavailable):
            connection = self._connect()
            try:
                if _copy(connection) or not long:
                    return
                # What was committed meanwhile is little. The next writer starts the log afresh only if all is copied,
                # so nobody may add to it now.
                with self._lock.held():
                    _copy(connection)
            finally:
                connection.close(True)

    def finish(self) -> None:
        """Copy what was committed, if the thread has not yet, and wait for it."""
        if self._running is not None:
            self._due.set()
            self._running.join()
            self._due.clear()


def _copy(connection: apsw.Connection) -> bool:
    """Copy what no reader still needs in the log; whether that was all. Neither readers nor writers wait for it."""
    try:
        pages, copied = connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
    except apsw.Error:
        return False
    return pages == copied
