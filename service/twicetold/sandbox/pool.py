"""Extraction in children that can be killed: the `Extractor` of the use cases."""

from __future__ import annotations

import threading
import time
from datetime import datetime
from typing import Literal

import numpy as np
from msgspec import Struct, ValidationError

from twicetold.domain.errors import ExtractionFailed, ExtractionKilled, Overloaded, Unavailable
from twicetold.domain.extraction.prescan import PageLimits, refused
from twicetold.domain.model import Extracted
from twicetold.sandbox import protocol
from twicetold.sandbox.forkserver import Child, ForkServer

Limit = Literal["time", "memory", "crash"]
_GRACE = 2.0
"""Seconds that a worker waits beyond a limit, for the kernel ends a child a moment after it."""


class ExtractionLimits(Struct, frozen=True, kw_only=True):
    """What one page may cost, and how long callers wait.

    seconds: time for one page. memory: bytes one child may map beyond what its code and a first page take. pages: a
    child is replaced after so many, as caches grow. wait: seconds a caller waits for a free child. page: what `prescan`
    refuses.
    """

    seconds: float = 10.0
    memory: int = 512 * 1024 * 1024
    pages: int = 500
    wait: float = 30.0
    page: PageLimits = PageLimits()


class ChildExtractor:
    """A pool of children, each extracting one page at a time; safe to call from any number of threads.

    Processes start with the first page, so build it before or after a fork as you like, but use it only after.
    """

    def __init__(
        self,
        limits: ExtractionLimits,
        *,
        children: int = 2,
        target: str = "twicetold.domain.extraction.extract:extract_encoded",
    ) -> None:
        self._limits = limits
        self._children = children
        self._forkserver = ForkServer(target, seconds=limits.seconds, memory=limits.memory)
        self._idle: list[Child] = []
        self._busy = 0
        self._closed = False
        self._changed = threading.Condition()

    def extract(self, page: bytes, *, url: str | None, now: datetime | None = None) -> Extracted:
        """The text of a page that is `encoded`.

        Raises `ExtractionFailed` for a page that is refused, `ExtractionKilled` for one over the time or memory limit,
        `Overloaded` when no child became free in time, `Unavailable` after `close`.
        """
        most = self._limits.page.size
        if len(page) > most and _characters(page) > most:
            raise refused(f"more than {most:,} characters")
        task = protocol.encode(protocol.Task(url=url, now=now, limits=self._limits.page))
        child = self._take()
        try:
            reply = self._ask(child, task, page)
        except BaseException:
            self._give_back(child, alive=False)
            raise
        self._give_back(child, alive=not isinstance(reply, protocol.Ended))
        match reply:
            case protocol.Done(extracted=extracted):
                return extracted
            case protocol.Refused(detail=detail):
                raise ExtractionFailed(detail, field="html")
            case protocol.Ended(limit=limit):
                raise self._killed(limit)

    def close(self) -> None:
        """Refuse new pages, let those under way end (they are bounded by the limits), and end all processes."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._busy == 0, timeout=self._limits.seconds + _GRACE)
            for child in self._idle:
                child.close()
            self._idle.clear()
        self._forkserver.close()

    def _take(self) -> Child:
        with self._changed:
            free = self._changed.wait_for(
                lambda: self._closed or self._busy < self._children, timeout=self._limits.wait
            )
            if self._closed:
                raise Unavailable("the service is shutting down; send this again")
            if not free:
                raise Overloaded("too many pages are waiting to be read; send this again later")
            self._busy += 1
            if self._idle:
                return self._idle.pop()
        try:
            return self._forkserver.new_child()
        except BaseException:
            self._give_back(None, alive=False)
            raise

    def _give_back(self, child: Child | None, *, alive: bool) -> None:
        with self._changed:
            if child is not None:
                child.pages += 1
                if alive and child.pages < self._limits.pages:
                    self._idle.append(child)
                else:
                    child.close()
            self._busy -= 1
            self._changed.notify_all()

    def _ask(self, child: Child, task: bytes, page: bytes) -> protocol.Reply:
        started = time.monotonic()
        child.connection.settimeout(self._limits.seconds + _GRACE)
        try:
            protocol.send(child.connection, task, page)
            reply, _ = protocol.receive(child.connection)
            return protocol.decode_reply.decode(reply)
        except (EOFError, OSError, ValidationError) as lost:
            late = time.monotonic() - started >= self._limits.seconds
            raise self._killed("time" if late else "crash") from lost

    def _killed(self, limit: Limit) -> ExtractionKilled:
        why = {
            "time": f"it took longer than {self._limits.seconds:g} seconds",
            "memory": f"it needed more than {self._limits.memory >> 20} MB of memory",
            "crash": "the extractor failed on it",
        }[limit]
        return ExtractionKilled(f"the page could not be read: {why}; send the story's text instead", field="html")


def _characters(page: bytes) -> int:
    """How many a text in UTF-8 has: all bytes but those that go on with one."""
    return int(np.count_nonzero(np.frombuffer(page, np.int8) >= -64))
