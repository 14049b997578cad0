"""The gunicorn worker: what a request meets in its thread, and how errors outside of the application are answered."""

from __future__ import annotations

import logging
import os
import select
import socket
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from gunicorn.http import Request
from gunicorn.workers import gthread

from twicetold.server.admission import Arrival, State
from twicetold.server.exchange import Exchange, FramedBody
from twicetold.server.receiving import Receiver
from twicetold.server.refusals import Refusal, check_host
from twicetold.web.bodies import READ
from twicetold.web.exchange import EXCHANGE

IN_A_ROW = 32
"""Requests of one client that a thread serves before others get their turn."""

STARTING = 60.0
"""Seconds that a new worker may take until its poller runs."""

_log = logging.getLogger(__name__)


class Worker(Receiver):
    """A threaded worker with bounded patience."""

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
        self._serving = threading.local()
        super().init_process()

    def serve(self, conn: gthread.TConn, data: bytes, *, alone: bool, admitted: float) -> Arrival | None:
        """Serve a request that has arrived, and those of its client that follow at once, unless it is to be `alone`.

        The next request of the connection as far as it is there; None when there will be none.
        """
        self._serving.waited = time.monotonic() - admitted
        for number in range(1, IN_A_ROW + 1):
            conn.sock.setblocking(True)
            conn.init()
            conn.parser.unreader.unread(data)
            if self.handle(conn) is not True:
                return None
            begun, now = conn.parser.unreader.take_buffered(), time.monotonic()
            arrival = Arrival(self.bounds, self.admits, now=now, begun=begun, idle=self.bounds.keepalive)
            if alone or number == IN_A_ROW or not self.alive or not self._arrived(arrival, conn.sock):
                break
            data, self._serving.waited = arrival.take(), 0.0
        return arrival

    def _arrived(self, arrival: Arrival, client: socket.socket) -> bool:
        """Whether a next request is there that the thread can go on with."""
        if arrival.state is State.HEAD and self._sends_on(client):
            with suppress(OSError):
                received = client.recv(READ, socket.MSG_DONTWAIT)
                if received:  # otherwise it has left, which the poller will find
                    arrival.add(received, time.monotonic())
        head = arrival.head
        if arrival.state is not State.READY or head is None:
            return False
        return not (head.probe or head.batch or head.watches or arrival.long)

    def _sends_on(self, client: socket.socket) -> bool:
        waiting = select.poll()
        waiting.register(client, select.POLLIN)
        return bool(waiting.poll(1000 * self.following))

    def load_wsgi(self) -> None:
        """Load the application, and let it know the exchange that each of its requests is part of."""
        super().load_wsgi()
        application: WSGIApplication = vars(self)["wsgi"]
        self.application = application
        self.admits = getattr(application, "admits", self.admits)

        def with_exchange(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            environ[EXCHANGE] = self._serving.exchange
            return application(environ, start_response)

        self.wsgi = with_exchange

    def handle_request(self, req: Request, conn: gthread.TConn) -> object:
        """Serve a request whose head is complete."""
        check_host(req)
        if req.uri.startswith("//"):
            # gunicorn takes what follows for a host
            req.path = req.uri.partition("?")[0]
        conn.sock.settimeout(self.bounds.silence)
        req.unreader.max_body_chunk = READ
        body = FramedBody(req.body.reader)
        req.body.reader = body
        self._serving.exchange = Exchange(req, conn.sock, body, waited=self._serving.waited)
        return super().handle_request(req, conn)

    def handle_error(self, req: object, client: socket.socket, addr: object, exc: Exception) -> None:
        """Answer a request that cannot be read as HTTP."""
        del req, addr  # nothing of a client's address or of a broken request is logged
        refusal = Refusal.of(exc)
        if refusal is Refusal.FAILED:
            _log.error("a request failed outside of the application", exc_info=exc)
        refusal.send(client)
