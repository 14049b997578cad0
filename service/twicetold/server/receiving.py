"""Receiving requests: one thread for all connections, and a thread of its own for each request that has arrived.

gunicorn's threaded worker gives a connection a thread when it is accepted and waits there, without end, for the rest of
the request. Here what clients send is collected as it comes (`admission`), what is too much is refused, and probes have
threads that nothing else can take, as have those who wait for changes.
"""

from __future__ import annotations

import errno
import logging
import math
import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from threading import Event
from types import FrameType

from gunicorn.workers import gthread

from twicetold.server.admission import Arrival, Bounds, Head, State
from twicetold.server.refusals import Refusal
from twicetold.web.bodies import READ

POLITENESS = 0.005
"""Seconds that a worker leaves a new connection to other workers, for each batch it is busy with.

Batches are bound by the processor: two in one worker take turns while another worker may have nothing to do."""

STOPPING = 2.0
"""Seconds that a stopping worker leaves its idle connections, for a request that may be under way."""

stopping = Event()
"""Set in a worker that was asked to stop, when batches should give up their remaining lines."""

leaving = Event()
"""Set in a worker as soon as it was asked to stop: whoever waits for changes is to wait elsewhere."""

_log = logging.getLogger(__name__)


def _admit_all(_: Head) -> bool:
    return True


class Receiver(gthread.ThreadWorker):  # type: ignore[misc]  # gunicorn ships no type information
    """A threaded worker that receives for all connections in its main thread."""

    bounds = Bounds()
    """Set by `twicetold.server.gunicorn_conf`."""

    admits: Callable[[Head], bool] = staticmethod(_admit_all)
    """Whether a request is served at all; the body of any other is not waited for."""

    def init_process(self) -> None:
        """Run the worker; returns when it has stopped."""
        self._probes = ThreadPoolExecutor(2, thread_name_prefix="probe")
        self._feeds = ThreadPoolExecutor(self.bounds.watchers, thread_name_prefix="feed")
        self._arrivals: dict[gthread.TConn, Arrival] = {}
        self._lingering: dict[gthread.TConn, float] = {}
        self._peers: Counter[str] = Counter()
        self._buffered = self._batches = self._long_bodies = self._held = self._watchers = 0
        self._polite_until = 0.0
        self._stop_idle_at = self._give_up_at = math.inf
        super().init_process()

    def accept(self, listener: socket.socket) -> None:
        """Take a new connection, unless a worker with fewer batches does so first."""
        now = time.monotonic()
        if self._batches and not self._polite_until:
            self._polite_until = now + POLITENESS * self._batches
        if now < self._polite_until:
            return
        self._polite_until = 0.0
        try:
            client, address = listener.accept()
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno != errno.ECONNABORTED:
                raise
            return
        self.nr_conns += 1
        conn = gthread.TConn(self.cfg, client, address, listener.getsockname())
        self._peers[_peer(conn)] += 1
        if self.nr_conns >= self.worker_connections and self._arrivals:
            self._close(next(iter(self._arrivals)))  # who has been waited for longest
        self._await(conn, Arrival(self.bounds, self.admits, now=now))

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for what clients send, and take it."""
        if self._polite_until:
            # The listener stays readable, so that waiting for it would return at once.
            time.sleep(min(POLITENESS, max(0.0, self._polite_until - time.monotonic())))
        super().wait_for_and_dispatch_events(timeout)

    def _await(self, conn: gthread.TConn, arrival: Arrival) -> None:
        """Receive a request; what of it is there may be all."""
        self._arrivals[conn] = arrival
        self._buffered += len(arrival.data)
        conn.sock.setblocking(False)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._receive, conn))
        if arrival.state is not State.HEAD:
            self._received(conn, arrival)

    def _receive(self, conn: gthread.TConn, client: socket.socket) -> None:
        arrival = self._arrivals[conn]
        try:
            received = client.recv(READ)
        except BlockingIOError:
            return
        except OSError:
            self._close(conn)
            return
        if not received and arrival.head is None:
            self._close(conn)
            return
        self._buffered += len(received)
        arrival.add(received, time.monotonic())
        self._received(conn, arrival)

    def _received(self, conn: gthread.TConn, arrival: Arrival) -> None:
        if arrival.state is State.READY and arrival.head is not None:
            self._admit(conn, arrival, arrival.head)
        elif arrival.state is State.TOO_LONG:
            line = b"\r\n" in arrival.data
            self._refuse(conn, Refusal.HEADERS_TOO_LONG if line else Refusal.LINE_TOO_LONG)
        elif self._buffered > self.bounds.buffered and arrival.state is State.BODY:
            self._refuse(conn, Refusal.TOO_MANY_BODIES)

    def _admit(self, conn: gthread.TConn, arrival: Arrival, head: Head) -> None:
        """Give a request a thread, unless too much of its kind is under way."""
        refusal = None if head.probe else self._refusal(conn, arrival, head)
        if refusal:
            self._refuse(conn, refusal)
            return
        self._forget(conn)
        long = arrival.long  # as it is now: what is taken of an arrival is no more in it
        self._batches += head.batch
        self._long_bodies += long
        self._held += head.batch or long
        self._watchers += head.watches
        pool = self._probes if head.probe else self._feeds if head.watches else self.tpool
        alone = head.probe or head.batch or head.watches or long
        served = pool.submit(self.serve, conn, arrival.take(), alone=alone, admitted=time.monotonic())
        served.add_done_callback(partial(self.method_queue.defer, self._served, conn, head, long))

    def _refusal(self, conn: gthread.TConn, arrival: Arrival, head: Head) -> Refusal | None:
        bounds = self.bounds
        if bounds.per_peer and self._peers[_peer(conn)] > bounds.per_peer:
            return Refusal.TOO_MANY_CONNECTIONS
        spare = max(1, self.cfg.threads // 4)  # threads that only short requests are given
        if (head.batch or arrival.long) and self._held >= max(1, self.cfg.threads - spare):
            return Refusal.TOO_MANY_BATCHES if head.batch else Refusal.TOO_MANY_BODIES
        if head.watches and self._watchers >= bounds.watchers:
            return Refusal.TOO_MANY_WATCHERS
        if head.batch and self._batches >= bounds.batches:
            return Refusal.TOO_MANY_BATCHES
        if arrival.long and self._long_bodies >= bounds.long_bodies:
            return Refusal.TOO_MANY_BODIES
        return None

    def _served(self, conn: gthread.TConn, head: Head, long: bool, served: Future[Arrival | None]) -> None:
        self._batches -= head.batch
        self._long_bodies -= long
        self._held -= head.batch or long
        self._watchers -= head.watches
        following = None if served.cancelled() or served.exception() else served.result()
        if following is None:
            self._linger(conn)
        else:
            self._await(conn, following)

    def _refuse(self, conn: gthread.TConn, refusal: Refusal) -> None:
        refusal.send(conn.sock)
        self._forget(conn)
        self._linger(conn)

    def _linger(self, conn: gthread.TConn) -> None:
        """Throw away what a client still sends: to close on unread bytes resets, and the answer is never seen."""
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._discard, conn))
        except (OSError, ValueError, KeyError):
            self._close(conn)
            return
        self._lingering[conn] = time.monotonic() + self.bounds.linger

    def _discard(self, conn: gthread.TConn, client: socket.socket) -> None:
        try:
            if client.recv(READ):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._close(conn)

    def _forget(self, conn: gthread.TConn) -> None:
        """Stop to receive."""
        self._lingering.pop(conn, None)
        arrival = self._arrivals.pop(conn, None)
        if arrival is not None:
            self._buffered -= len(arrival.data)
        with suppress(OSError, ValueError, KeyError):
            self.poller.unregister(conn.sock)

    def _close(self, conn: gthread.TConn) -> None:
        self._forget(conn)
        self.nr_conns -= 1
        self._peers[_peer(conn)] -= 1
        if not self._peers[_peer(conn)]:
            del self._peers[_peer(conn)]
        conn.close()

    def murder_pending(self) -> None:
        """Called every second: end what took too long."""
        now = time.monotonic()
        for conn, arrival in list(self._arrivals.items()):
            if not arrival.data and self._stop_idle_at < now:
                self._close(conn)
            elif arrival.deadline < now:
                if arrival.head is None:
                    self._close(conn)
                else:
                    self._refuse(conn, Refusal.BODY_TIMEOUT)
        for conn, deadline in list(self._lingering.items()):
            if min(deadline, self._stop_idle_at) < now:
                self._close(conn)
        if self._give_up_at < math.inf:
            leaving.set()
        if now > self._give_up_at:
            stopping.set()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop: batches in flight get half of the graceful time."""
        now = time.monotonic()
        self._stop_idle_at = min(self._stop_idle_at, now + STOPPING)
        self._give_up_at = min(self._give_up_at, now + self.cfg.graceful_timeout / 2)
        super().handle_exit(sig, frame)

    def serve(self, conn: gthread.TConn, data: bytes, *, alone: bool, admitted: float) -> Arrival | None:
        """Serve a request that has arrived, and was given to the threads when it was `admitted` (monotonic seconds).

        What is there of the next one; None when there will be none.
        """
        raise NotImplementedError


def _peer(conn: gthread.TConn) -> str:
    return str(conn.client[0]) if conn.client else ""
