"""A lock that lets one writer in at a time, over threads and processes, roughly in order of arrival."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from twicetold.domain.errors import Unavailable
from twicetold.store.sqlite.failures import unusable

_FIRST_PAUSE, _LONGEST_PAUSE = 0.0002, 0.004
"""Seconds between two tries at a file lock: short against a commit with its sync, long enough to cost no processor."""


class WriterLock:
    """SQLite's own busy handler sleeps and retries, so a busy writer can shut the others out for as long as it likes.

    Here threads of one process queue up first in, first out, and the first of each process takes two `flock`s on files
    beside the database: the gate, then the lock. Who has just released the lock meets the next writer at the gate, so
    nobody overtakes the same waiter twice. The kernel drops both when a process dies, whatever it was doing.
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
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    os.close(descriptor)
                    raise _busy() from None
                time.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                return descriptor


def _busy() -> Unavailable:
    return Unavailable("the store is busy with other writers; try again in a moment")
