"""Clients that stall in the middle of a body: silence and slowness both end in a 408, never in a thread that waits.

A server's reader may wait for more than one packet, so a timeout on the socket alone does not bound a client that sends
a byte now and then. A thread, one per process, ends the reading at the deadline.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from twicetold.web.problems import BodyTimeout

TICK = 0.5
"""Seconds between two looks at the deadlines."""


@contextmanager
def arriving(environ: dict[str, Any], *, silence: float, deadline: float) -> Iterator[None]:
    """Bound the reading of a body from the socket that gunicorn names in `environ`; without one nothing is bounded.

    Raises `BodyTimeout` after `silence` seconds without a byte, or `deadline` seconds in all.
    """
    connection = environ.get("gunicorn.socket")
    if not isinstance(connection, socket.socket):
        yield
        return
    before = connection.gettimeout()
    connection.settimeout(silence)
    watch = _deadlines.watch(connection, deadline)
    try:
        yield
    except Exception as error:
        if watch.expired:
            raise BodyTimeout(f"the body did not arrive within {deadline:g} seconds; send it again") from None
        # Werkzeug tells a timeout as a lost client.
        if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
            raise BodyTimeout(f"no byte of the body came for {silence:g} seconds; send it again") from None
        raise
    finally:
        _deadlines.leave(watch)
        connection.settimeout(before)
    if watch.expired:
        raise BodyTimeout(f"the body did not arrive within {deadline:g} seconds; send it again")


class _Watch:
    """One body being read."""

    def __init__(self, connection: socket.socket, until: float) -> None:
        self.connection = connection
        self.until = until
        self.expired = False


class _Deadlines:
    """Shuts the reading side of connections whose body is overdue.

    Its thread starts with the first body, so after any fork, and ends when none is being read.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watches: set[_Watch] = set()
        self._thread: threading.Thread | None = None

    def watch(self, connection: socket.socket, seconds: float) -> _Watch:
        """Give a connection so many seconds."""
        watch = _Watch(connection, time.monotonic() + seconds)
        with self._lock:
            self._watches.add(watch)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._look, name="body-deadlines", daemon=True)
                self._thread.start()
        return watch

    def leave(self, watch: _Watch) -> None:
        """Its body is read."""
        with self._lock:
            self._watches.discard(watch)

    def _look(self) -> None:
        while True:
            time.sleep(TICK)
            with self._lock:
                if not self._watches:
                    self._thread = None
                    return
                now = time.monotonic()
                for watch in self._watches:
                    if now >= watch.until and not watch.expired:
                        watch.expired = True
                        _stop_reading(watch.connection)


def _stop_reading(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RD)
    except OSError:
        return  # already gone


_deadlines = _Deadlines()
