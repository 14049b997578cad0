"""The gunicorn worker: threads that no slow client can hold, and a stop that batches get to know of.

gunicorn's threaded worker gives a connection a thread when it is accepted and waits there, without end, for the rest of
the request. Here a connection waits in the poller until it sends something, its head has to be complete in time, and
a later read or write on its socket fails when it makes no progress for `TWICETOLD_BODY_SECONDS`.
"""

from __future__ import annotations

import errno
import logging
import os
import select
import socket
import time
from threading import Event
from types import FrameType
from typing import Protocol

import msgspec
from gunicorn import util
from gunicorn.http import Request
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, ParseException
from gunicorn.workers import gthread

from twicetold.web.bodies import READ

POLITENESS = 0.005
"""Seconds that a worker leaves a new connection to other workers, for each batch it is busy with.

Batches are bound by the processor: two in one worker take turns while another worker may have nothing to do."""

IN_A_ROW = 32
"""Requests of one client that a thread serves before others get their turn."""

STARTING = 60.0
"""Seconds that a new worker may take until its poller runs."""

stopping = Event()
"""Set in a worker that was asked to stop, when batches should give up their remaining lines."""

_log = logging.getLogger(__name__)


class Worker(gthread.ThreadWorker):  # type: ignore[misc]  # gunicorn ships no type information
    """A threaded worker with bounded patience."""

    patience = 10.0
    """Seconds for a whole head, which has some kilobytes at most: no crawler takes longer."""

    silence = 30.0
    """Seconds without progress on a socket after that; set by `twicetold.server.gunicorn_conf`."""

    following = 0.002
    """Seconds that a thread waits for a client's next request: by way of the poller a small one takes several times as
    long."""

    def init_process(self) -> None:
        """Run the worker; returns when it has stopped.

        The arbiter replaces a worker whose poller stands still for `timeout` seconds, for one that is frozen may hold
        the store's writer lock. Building the application takes longer on a busy machine, so its time is given ahead.
        """
        ahead = time.monotonic() + STARTING
        os.utime(self.tmp.fileno(), (ahead, ahead))
        self._heads: dict[gthread.TConn, float] = {}
        self._batches = 0
        self._give_up_at: float | None = None
        super().init_process()

    def handle(self, conn: gthread.TConn) -> object:
        """Serve a request, if the client has begun to send one, and those it sends right after the answers."""
        for _ in range(IN_A_ROW):
            served = self._handle_one(conn)
            if served is not True or not self.alive or not self._sends_on(conn.sock):
                break
        return served

    def _sends_on(self, client: socket.socket) -> bool:
        waiting = select.poll()
        waiting.register(client, select.POLLIN)
        return bool(waiting.poll(1000 * self.following))

    def _handle_one(self, conn: gthread.TConn) -> object:
        if not conn.initialized and not conn.wait_for_data(0):
            return gthread._DEFER  # noqa: SLF001  # how `handle` itself sends a connection back to the poller
        self._heads[conn] = time.monotonic() + self.patience
        try:
            return super().handle(conn)
        finally:
            self._heads.pop(conn, None)

    def handle_request(self, req: Request, conn: gthread.TConn) -> object:
        """Serve a request whose head is complete."""
        self._heads.pop(conn, None)
        conn.sock.settimeout(self.silence)
        req.unreader.max_body_chunk = READ
        req.body.reader = _Framed(req.body.reader)
        if not req.path.endswith("/batch"):
            return super().handle_request(req, conn)
        self._batches += 1
        try:
            return super().handle_request(req, conn)
        finally:
            self._batches -= 1

    def accept(self, listener: socket.socket) -> None:
        """Take a new connection, unless a worker with fewer batches does so first."""
        time.sleep(POLITENESS * self._batches)
        super().accept(listener)

    def murder_pending(self) -> None:
        """Called every second: end what took too long."""
        super().murder_pending()
        now = time.monotonic()
        for conn, deadline in list(self._heads.items()):
            if deadline < now:
                _hang_up(conn.sock)
        if self._give_up_at is not None and now > self._give_up_at:
            stopping.set()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop: batches in flight get half of the graceful time."""
        if self._give_up_at is None:
            self._give_up_at = time.monotonic() + self.cfg.graceful_timeout / 2
        super().handle_exit(sig, frame)

    def handle_error(self, req: object, client: socket.socket, addr: object, exc: Exception) -> None:
        """Answer a request that cannot be read as HTTP, as every error is answered (RFC 9457)."""
        del req, addr  # nothing of a client's address or of a broken request is logged
        if not isinstance(exc, ParseException):
            _log.error("a request failed outside of the application", exc_info=exc)
            _refuse(client, 500, "Internal Server Error", "the request could not be served")
        elif isinstance(exc, LimitRequestLine):
            _refuse(client, 414, "URI Too Long", "the request line is too long")
        elif isinstance(exc, LimitRequestHeaders):
            _refuse(client, 431, "Request Header Fields Too Large", "the header fields are too many or too long")
        else:
            _refuse(client, 400, "Bad Request", "the request is not valid HTTP/1.1")


class _Reader(Protocol):
    """What gunicorn reads a body with."""

    def read(self, size: int) -> bytes:
        """At most so many bytes; none at the end."""


class _Framed:
    """Reads a body; chunks that are not framed as HTTP/1.1 says end it as a lost connection does.

    So applications meet the errors of a file only, and none that quotes the body, as gunicorn's own do.
    """

    def __init__(self, reader: _Reader) -> None:
        self._reader = reader

    def read(self, size: int) -> bytes:
        """At most so many bytes; none at the end."""
        try:
            return self._reader.read(size)
        except ParseException:
            raise ConnectionResetError(errno.ECONNRESET, "the body is not framed as HTTP/1.1 says") from None


def _hang_up(client: socket.socket) -> None:
    try:
        client.shutdown(socket.SHUT_RDWR)
    except OSError:
        _log.debug("a client that was too slow had already left")


def _refuse(client: socket.socket, status: int, title: str, detail: str) -> None:
    problem = msgspec.json.encode({"type": "about:blank", "title": title, "status": status, "detail": detail})
    head = (
        f"HTTP/1.1 {status} {title}\r\nConnection: close\r\n"
        f"Content-Type: application/problem+json\r\nContent-Length: {len(problem)}\r\n\r\n"
    )
    _log.warning("%d %s", status, detail, extra={"status": status})
    try:
        util.write_nonblock(client, head.encode() + problem)
    except OSError:
        _log.debug("a client that was refused had already left")
