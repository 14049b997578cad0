"""A lock that lets one writer in at a time, over threads and processes, roughly in order of arrival."""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from twicetold.domain.errors import Unavailable
from twicetold.store.sqlite.failures import unusable

_FIRST_PAUSE, _LONGEST_PAUSE = 0.0002, 0.004
"""Seconds between two tries at a file lock: short against a commit with its sync, long enough to cost no processor."""
_WATCHED_EVERY = 0.25
_STOPPED_FOR = 2.0
"""Seconds between two looks at who holds a lock that is waited for, and seconds that it may be stopped (by SIGSTOP, or
by Ctrl-Z at a terminal) before it is killed: what it had not committed is undone, and nobody was told of it."""

_log = logging.getLogger(__name__)


class WriterLock:
    """SQLite's own busy handler sleeps and retries, so a busy writer can shut the others out for as long as it likes.

    Here threads of one process queue up first in, first out, and the first of each process takes two `flock`s on files
    beside the database: the gate, then the lock. Who has just released the lock meets the next writer at the gate, so
    nobody overtakes the same waiter twice. The kernel drops both when a process dies, whatever it was doing; and one
    that was stopped while it holds them dies by whoever waits.
    """

    def __init__(self, path: Path, *, timeout: float) -> None:
        self._paths = (path.with_name(path.name + "-gate"), path.with_name(path.name + "-lock"))
        self._timeout = timeout
        self._start_afresh()

    def _start_afresh(self) -> None:
        self._pid = os.getpid()
        self._turn = threading.Condition()
        self._queue: deque[object] = deque()

    @contextmanager
    def held(self, *, timeout: float | None = None) -> Iterator[None]:
        """The lock for a block. Raises `Unavailable` when it cannot be had in time, in `timeout` seconds if given."""
        if self._pid != os.getpid():
            self._start_afresh()
        deadline = time.monotonic() + (timeout or self._timeout)
        with self._front_of_queue(deadline):
            gate = self._take(self._paths[0], deadline)
            try:
                lock = self._take(self._paths[1], deadline)
            finally:
                os.close(gate)
            try:
                yield
            finally:
                os.close(lock)

    def remove(self) -> None:
        """Delete the files of a lock that nobody can want any more."""
        for path in self._paths:
            path.unlink(missing_ok=True)

    @contextmanager
    def _front_of_queue(self, deadline: float) -> Iterator[None]:
        ticket = object()
        with self._turn:
            self._queue.append(ticket)
            try:
                if not self._turn.wait_for(lambda: self._queue[0] is ticket, deadline - time.monotonic()):
                    raise _busy()
            except BaseException:
                self._leave(ticket)
                raise
        try:
            yield
        finally:
            with self._turn:
                self._leave(ticket)

    def _leave(self, ticket: object) -> None:
        self._queue.remove(ticket)
        self._turn.notify_all()

    @staticmethod
    def _take(path: Path, deadline: float) -> int:
        try:
            # A file of its own for each holder: flock belongs to the open file, not to the process.
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise unusable("writer lock cannot be opened", error) from error
        pause = _FIRST_PAUSE
        watched = _Watched(descriptor)
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    os.close(descriptor)
                    raise _busy() from None
                watched.look()
                time.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                return descriptor


class _Watched:
    """The process that holds a lock on a file, as one who waits for it sees it; see proc_locks(5)."""

    def __init__(self, descriptor: int) -> None:
        self._inode = os.fstat(descriptor).st_ino
        self._device = os.fstat(descriptor).st_dev
        self._look_at = time.monotonic() + _WATCHED_EVERY
        self._stopped: int | None = None
        self._since = 0.0

    def look(self) -> None:
        """Now and then see whether the holder is stopped, and kill it when it has been for long enough."""
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + _WATCHED_EVERY
        stopped = self._stopped_holder()
        if stopped is None or stopped != self._stopped:
            self._stopped, self._since = stopped, now
        elif now - self._since >= _STOPPED_FOR:
            with suppress(OSError):
                os.kill(stopped, signal.SIGKILL)
                _log.error("killed process %d, which was stopped while it held the writers' lock of the store", stopped)

    def _stopped_holder(self) -> int | None:
        """None, too, where the system does not tell, and for a process of another container."""
        held = f"{os.major(self._device):02x}:{os.minor(self._device):02x}:{self._inode}"
        with suppress(OSError, ValueError):
            for line in Path("/proc/locks").read_text("ascii").splitlines():
                fields = line.split()
                if fields[1] == "FLOCK" and fields[5] == held and int(fields[4]) > 0:
                    holder = int(fields[4])
                    _, _, state = Path(f"/proc/{holder}/stat").read_text("utf-8", "replace").rpartition(") ")
                    return holder if state.startswith("T ") else None
        return None


def _busy() -> Unavailable:
    return Unavailable("the store is busy with other writers; try again in a moment")
