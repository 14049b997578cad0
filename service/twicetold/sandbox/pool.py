"""Children that can be killed, for all work on what strangers wrote."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal, NamedTuple

from msgspec import Struct, ValidationError

from twicetold.domain.errors import ExtractionFailed, ExtractionKilled, TwicetoldError, Unavailable
from twicetold.sandbox import protocol
from twicetold.sandbox.forkserver import Child, ForkServer
from twicetold.sandbox.protocol import (
    Analyse,
    Compare,
    Depart,
    Done,
    Ended,
    FindTerms,
    FindWords,
    Index,
    Learn,
    Locate,
    ReadQuery,
    Refused,
    Setup,
    Task,
)

Limit = Literal["time", "memory", "crash"]
_GRACE = 2.0
"""Seconds that a worker waits beyond a limit, for the kernel ends a child a moment after it."""
_AT_ONCE = 16
BYTES_AT_ONCE = 2**17
"""Tasks and bytes sent to a child in one message, at most: fewer would be bound by messages, more would keep others
waiting and leave the second child without work."""
LARGE = 2**18
"""Bytes from which on a task may not take the last free child: many times the work of most."""


class PoolLimits(Struct, frozen=True, kw_only=True):
    """What one task may cost, and how long callers wait.

    seconds: processor time for one task. clock_seconds: the same by the clock; more, for a machine that is busy is no
    fault of a text. memory: bytes one child may map beyond what its code and first tasks take.
    read: a child is replaced after so many bytes, as caches grow. wait: seconds a caller waits for a free child.
    """

    seconds: float = 10.0
    clock_seconds: float = 60.0
    memory: int = 512 * 1024 * 1024
    read: int = 128 * 1024 * 1024
    wait: float = 30.0


class ChildPool:
    """A pool of children, each doing one task at a time; safe to call from any number of threads.

    Processes start with the first task, so build it before or after a fork as you like, but use it only after.
    """

    def __init__(self, limits: PoolLimits, setup: Callable[[], Setup], *, children: int = 2) -> None:
        self._limits = limits
        self._children = children
        self._forkserver = ForkServer(setup)
        self._threads = ThreadPoolExecutor(children, thread_name_prefix="sandbox")
        self._idle: list[Child] = []
        self._busy = self._large = 0
        self._closed = False
        self._changed = threading.Condition()

    def run(self, tasks: Sequence[Task]) -> list[Done | TwicetoldError]:
        """What came of each task, in order.

        `ExtractionFailed` for a page that is refused, `ExtractionKilled` for a task over the time or memory limit,
        `Unavailable` when no child became free in time, and after `close`.
        """
        groups = list(grouped(tasks))
        done = [self._run(groups[0])] if len(groups) == 1 else self._threads.map(self._run, groups)
        return [outcome for outcomes in done for outcome in outcomes]

    def start(self) -> None:
        """Start what the first task would start; what fails is told with that one."""
        child = self._take(large=False)
        self._give_back(child, alive=True, large=False)

    def close(self) -> None:
        """Refuse new tasks, let those under way end (they are bounded by the limits), and end all processes."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._busy == 0, timeout=self._limits.seconds + _GRACE)
            for child in self._idle:
                child.close()
            self._idle.clear()
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._forkserver.close()

    def _run(self, tasks: Sequence[Task]) -> list[Done | TwicetoldError]:
        outcomes: list[Done | TwicetoldError] = []
        large = sum(map(size, tasks)) >= LARGE
        try:
            while len(outcomes) < len(tasks):
                self._outcomes(tasks[len(outcomes) :], outcomes, large=large)
        except Unavailable as error:
            outcomes += [error] * (len(tasks) - len(outcomes))
        return outcomes

    def _outcomes(self, tasks: Sequence[Task], outcomes: list[Done | TwicetoldError], *, large: bool) -> None:
        """Have a child do tasks until all are done or it ends."""
        child = self._take(large=large)
        alive = False
        try:
            child.read += sum(map(size, tasks))
            child.connection.settimeout(self._limits.clock_seconds + _GRACE)
            for number, task in enumerate(tasks):
                reply = self._reply(task, child, sent=() if number else tasks)
                outcomes.append(reply if isinstance(reply, TwicetoldError) else self._outcome(task, reply))
                if isinstance(reply, TwicetoldError | Ended):
                    return
            alive = True
        finally:
            self._give_back(child, alive=alive, large=large)

    def _reply(self, task: Task, child: Child, *, sent: Sequence[Task]) -> protocol.Reply | TwicetoldError:
        started = time.monotonic()
        try:
            if sent:
                protocol.send(child.connection, protocol.encode(sent))
            return protocol.decode_reply.decode(protocol.receive(child.connection))
        except (EOFError, OSError, ValidationError):
            return self._lost(task, time.monotonic() - started)

    def _take(self, *, large: bool) -> Child:
        with self._changed:
            free = self._changed.wait_for(lambda: self._closed or self._may_start(large), timeout=self._limits.wait)
            if self._closed:
                raise Unavailable("the service is shutting down; send this again")
            if not free:
                raise Unavailable("too many texts are waiting to be read; send this again later", retry_after=5)
            self._busy += 1
            self._large += large
            if self._idle:
                return self._idle.pop()
        try:
            return self._forkserver.new_child()
        except BaseException:
            self._give_back(None, alive=False, large=large)
            raise

    def _may_start(self, large: bool) -> bool:
        return self._busy < self._children and not (large and self._large >= max(1, self._children - 1))

    def _give_back(self, child: Child | None, *, alive: bool, large: bool) -> None:
        with self._changed:
            if child is not None:
                if alive and child.read < self._limits.read:
                    self._idle.append(child)
                else:
                    child.close()
            self._busy -= 1
            self._large -= large
            self._changed.notify_all()

    def _outcome(self, task: Task, reply: protocol.Reply) -> Done | TwicetoldError:
        match reply:
            case Refused(detail=detail):
                told = _told(task)
                return ExtractionFailed(detail or f"{told.name} could not be read; {told.advice}", field=told.field)
            case Ended(limit=limit):
                return self._killed(task, limit)
        return reply

    def _lost(self, task: Task, seconds: float) -> TwicetoldError:
        """What to say of a task whose child ended without a word."""
        if seconds >= self._limits.clock_seconds:
            return Unavailable("the machine is too busy to read this now; send it again later", retry_after=5)
        return self._killed(task, "time" if seconds >= self._limits.seconds else "crash")

    def _killed(self, task: Task, limit: Limit) -> ExtractionKilled:
        told = _told(task)
        why = {
            "time": f"it took longer than {self._limits.seconds:g} seconds",
            "memory": f"it needed more than {self._limits.memory >> 20} MB of memory",
            "crash": "reading failed on it",
        }[limit]
        return ExtractionKilled(f"{told.name} could not be read: {why}; {told.advice}", field=told.field)


class _Told(NamedTuple):
    """How a caller is told of a task that failed."""

    name: str
    advice: str
    field: str | None


_PAGE = _Told("the page", "send the story's text instead", "html")
_TEXT = _Told("the text", "send less of it", "text")
_STORED = _Told("a stored text", "delete its story, or allow more", None)


def _told(task: Task) -> _Told:
    if not isinstance(task, Analyse):
        return _STORED
    return _TEXT if task.given.html is None else _PAGE


def size(task: Task) -> int:
    """About how many bytes a child is to read."""
    match task:
        case Analyse(given):
            return len(given.html or given.text or "")
        case Index(one):
            return len(one.text)
        case Learn(told) | Locate(told) | FindWords(told):
            return sum(len(one.text) for one in told)
        case Compare(texts) | Depart(_, texts):
            return sum(map(len, texts))
        case FindTerms(told):
            return len(told.text)
        case ReadQuery(query):
            return len(query)


def grouped(tasks: Sequence[Task]) -> Iterator[Sequence[Task]]:
    """Tasks as they go to children: together up to a bound."""
    first = total = 0
    for number, task in enumerate(tasks):
        total += size(task)
        if number > first and (total > BYTES_AT_ONCE or number - first >= _AT_ONCE):
            yield tasks[first:number]
            first, total = number, size(task)
    if first < len(tasks):
        yield tasks[first:]
