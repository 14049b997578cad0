"""How often and how long a call is tried again, for both clients: decisions without any connection or clock."""

from __future__ import annotations

import random

import httpx

from twicetold_client import wire
from twicetold_client.errors import Problem, ServiceError, Unreachable
from twicetold_client.results import Line
from twicetold_client.wire import Batch

TRIES = 8
"""Times that a call is tried; the pauses between add up to about two minutes."""
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 60.0

Failed = ServiceError | Unreachable


def refused(answer: httpx.Response) -> ServiceError:
    """The error of an answer that is one."""
    return ServiceError(wire.problem_of(answer.status_code, answer.headers, answer.content))


def unreachable(error: httpx.TransportError) -> Unreachable:
    """The error of a call without an answer."""
    return Unreachable(f"the service does not answer: {type(error).__name__}")


class Trying:
    """The tries of one call."""

    def __init__(self, tries: int) -> None:
        self._left = max(tries, 1)
        self._tried = 0

    @property
    def last(self) -> bool:
        """Whether this is the last try."""
        return self._left == 1

    def again(self, failed: Failed) -> float:
        """Seconds until the next try; raises what `failed` after the last one, and where it will stay so.

        As long as the service asked for, or twice as long each time; never as long as all others (full jitter).
        """
        problem = failed.problem if isinstance(failed, ServiceError) else None
        if self.last or (problem is not None and not problem.may_pass):
            raise failed
        self._left -= 1
        self._tried += 1
        pause = min(_FIRST_PAUSE * 2.0**self._tried, _LONGEST_PAUSE)
        asked = problem.retry_after if problem is not None else None
        return (asked or 0.0) + pause * random.random()  # noqa: S311  # spreads retries, guards no secret


class Sending:
    """A batch on its way, until each of its lines has an answer that stays."""

    headers = (
        ("Content-Type", wire.NDJSON),
        ("Accept", wire.NDJSON),
        ("Content-Encoding", "zstd"),
        ("Prefer", "return=minimal"),
    )

    def __init__(self, batch: Batch, tries: int) -> None:
        self._batch = batch
        self._rest = batch
        self._trying = Trying(tries)
        self._answered: dict[int, Line] = {}
        self._passing: dict[int, Line] = {}

    def body(self) -> bytes:
        """What one try sends: the lines without an answer that stays."""
        self._rest = wire.rest(self._batch, self._answered)
        self._passing = {}
        return self._rest.body()

    def take(self, line: str, answer: httpx.Response) -> None:
        """One line of the answer."""
        if line:
            told = wire.line_of(self._rest, line, retry_after=wire.seconds_of(answer.headers))
            may_pass = told.problem is not None and told.problem.may_pass
            (self._passing if may_pass else self._answered)[told.index] = told

    def ended(self, failed: Failed | None = None) -> float | None:
        """A try is over: seconds until the next, None when every line has its answer.

        Lines that the last try is refused for the moment keep that as their answer. Raises what `failed` where the
        batch as a whole is refused for good or has no answer after the last try.
        """
        missing = len(self._batch.lines) - len(self._answered)
        if failed is None and self._passing and self._trying.last and len(self._passing) == missing:
            self._answered |= self._passing
            missing = 0
        if not missing:
            return None
        problem = max((line.problem for line in self._passing.values() if line.problem), key=_wait, default=None)
        if failed is None and problem is not None and not self._trying.last:
            failed = ServiceError(problem)
        return self._trying.again(failed or Unreachable("the service ended its answer early"))

    def lines(self) -> list[Line]:
        """What became of each line, in order."""
        return [self._answered[index] for index in self._batch.indexes]


def _wait(problem: Problem) -> float:
    return problem.retry_after or 0.0
