"""The client: one method for each call of the service."""

from __future__ import annotations

import json
import random
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

import httpx

from twicetold_client import wire
from twicetold_client.errors import ServiceError, Unreachable
from twicetold_client.results import Answer, Json, Line, Story
from twicetold_client.wire import Batch

BATCH = 100
BATCH_BYTES = 4 * 2**20
"""Stories and bytes of a batch: as much as the service stores in one transaction."""
CONNECTIONS = 4
TRIES = 8
"""Times that a call is tried; the pauses between add up to about two minutes."""
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 60.0
_TIMEOUT = httpx.Timeout(60.0, read=300.0)


class Client:
    """Speaks to the Twicetold service at `url`, with an API key if it asks for one.

    Calls that meet a service that is busy or away are tried again; what stays wrong raises `ServiceError` with the
    problem in it, or `Unreachable`. Safe for several threads.
    """

    def __init__(
        self, url: str = "http://localhost:8080", *, key: str | None = None, tries: int = TRIES,
        transport: httpx.BaseTransport | None = None, sleep: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        headers = {"User-Agent": "twicetold-client"} | ({"Authorization": f"Bearer {key}"} if key else {})
        self._http = httpx.Client(base_url=url, headers=headers, timeout=_TIMEOUT, transport=transport)
        self._tries = max(tries, 1)
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    # --- stories -----------------------------------------------------------------------------------------------------

    def submit(self, story: Story) -> Answer:
        """Store one story; the answer has what it matches, with the shared passages."""
        body = self._call("POST", "/v1/stories", content=wire.encoded(story))
        return Answer(body["outcome"], body)

    def submit_many(
        self, stories: Iterable[Story], *, batch: int = BATCH, connections: int = CONNECTIONS,
        progress: Callable[[int], None] | None = None,
    ) -> Iterator[Line]:  # fmt: skip
        """Store many stories, in batches over several connections; yields what became of each, in the order given.

        Stories are read as they are needed, so there may be more than memory holds. Lines that the service could not
        take just then are sent again; a line that is wrong comes back with its problem, and the others go on.
        `progress` is told how many stories are done. Raises `Unreachable`, or `ServiceError` for a whole batch.
        """
        waiting: deque[Future[list[Line]]] = deque()
        done = 0
        with ThreadPoolExecutor(connections) as threads:
            try:
                for some in wire.batches(stories, most=batch, size=BATCH_BYTES):
                    waiting.append(threads.submit(self._batch, some))
                    if len(waiting) > connections:
                        lines = waiting.popleft().result()
                        done += len(lines)
                        _tell(progress, done)
                        yield from lines
                while waiting:
                    lines = waiting.popleft().result()
                    done += len(lines)
                    _tell(progress, done)
                    yield from lines
            finally:
                for future in waiting:
                    future.cancel()

    def story(self, story_id: str) -> Json:
        """One story as it is stored, with its cuts."""
        return self._call("GET", wire.path("v1", "stories", story_id))

    def forget(self, story_id: str) -> None:
        """Delete a story."""
        self._call("DELETE", wire.path("v1", "stories", story_id))

    def stories(self, **filters: str | int) -> Iterator[Json]:
        """All stories, latest first; filters are those of `GET /v1/stories`."""
        return self._listed("/v1/stories", "stories", filters)

    def matches(self, story_id: str, **filters: str | float) -> Iterator[Json]:
        """All matches of a story, strongest first."""
        return self._listed(wire.path("v1", "stories", story_id, "matches"), "matches", filters)

    # --- questions that store nothing --------------------------------------------------------------------------------

    def match(self, **text: object) -> Json:
        """What a text or page would match: fields as of a story."""
        return self._call("POST", "/v1/match", content=wire.encoded(text))

    def clean(self, **text: object) -> Json:
        """A text or page cleaned, with every cut."""
        return self._call("POST", "/v1/clean", content=wire.encoded(text))

    def compare(self, a: Story | str, b: Story | str) -> Json:
        """Two texts side by side; a string is the id of a story."""
        sides = {name: {"story_id": side} if isinstance(side, str) else side for name, side in (("a", a), ("b", b))}
        return self._call("POST", "/v1/compare", content=wire.encoded(sides))

    # --- reports -----------------------------------------------------------------------------------------------------

    def clusters(self, **filters: str | int) -> Iterator[Json]:
        """All clusters; filters and `sort` are those of `GET /v1/clusters`."""
        return self._listed("/v1/clusters", "clusters", filters)

    def cluster(self, cluster_id: str) -> Json:
        """One cluster, with its first members."""
        return self._call("GET", wire.path("v1", "clusters", cluster_id))

    def members(self, cluster_id: str) -> Iterator[Json]:
        """All members of a cluster, earliest first."""
        return self._listed(wire.path("v1", "clusters", cluster_id), "members", {})

    def sources(self) -> Iterator[Json]:
        """All sources, by name."""
        return self._listed("/v1/sources", "sources", {})

    def source(self, name: str) -> Json:
        """One source: whom it reprints, who reprints it, its learned boilerplate."""
        return self._call("GET", wire.path("v1", "sources", name))

    # --- how ---------------------------------------------------------------------------------------------------------

    def _listed(self, path: str, name: str, filters: dict[str, Any]) -> Iterator[Json]:
        cursor: str | None = None
        while True:
            page = self._call("GET", path, params=filters | ({"cursor": cursor} if cursor else {}))
            yield from page[name]
            cursor = page.get("next_cursor")
            if not cursor:
                return

    def _call(
        self, method: str, path: str, *, content: bytes | None = None, params: Json | None = None
    ) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"} if content is not None else {}
        for left in reversed(range(self._tries)):
            try:
                answer = self._http.request(method, path, content=content, params=params, headers=headers)
            except httpx.TransportError as error:
                if not left:
                    raise Unreachable(_said(error)) from error
                self._pause(self._tries - left, None)
                continue
            if answer.is_success:
                return dict(answer.json()) if answer.content else {}
            problem = wire.problem_of(answer.status_code, answer.headers, answer.content)
            if not left or not problem.may_pass:
                raise ServiceError(problem)
            self._pause(self._tries - left, problem.retry_after)
        raise AssertionError  # the last try returns or raises

    def _batch(self, batch: Batch) -> list[Line]:
        """Send a batch until each line has an answer that stays."""
        answered: dict[int, Line] = {}
        for left in reversed(range(self._tries)):
            wait: float | None = None
            lost: httpx.TransportError | None = None
            passing: list[Line] = []
            try:
                for line in self._sent(wire.rest(batch, answered)):
                    if line.problem is not None and line.problem.may_pass:
                        passing.append(line)
                        wait = line.problem.retry_after
                    else:
                        answered[line.index] = line
            except httpx.TransportError as error:
                lost = error
            except ServiceError as error:
                if not left or not error.problem.may_pass:
                    raise
                wait = error.problem.retry_after
            if len(answered) == len(batch.lines):
                break
            if not left:
                if lost is not None or not passing:
                    raise Unreachable(_said(lost) if lost else "the service ended its answer early") from lost
                answered |= {line.index: line for line in passing}
                break
            self._pause(self._tries - left, wait)
        return [answered[index] for index in batch.indexes]

    def _sent(self, batch: Batch) -> Iterator[Line]:
        headers = {"Content-Type": wire.NDJSON, "Content-Encoding": "zstd", "Prefer": "return=minimal"}
        with self._http.stream("POST", "/v1/stories/batch", content=batch.body(), headers=headers) as answer:
            if not answer.is_success:
                answer.read()
                raise ServiceError(wire.problem_of(answer.status_code, answer.headers, answer.content))
            for line in answer.iter_lines():
                if line:
                    yield wire.line_of(batch, json.loads(line), retry_after=wire.seconds_of(answer.headers))

    def _pause(self, tried: int, asked: float | None) -> None:
        """Wait as long as was asked for, else twice as long each time; never as long as all others (full jitter)."""
        pause = min(_FIRST_PAUSE * 2**tried, _LONGEST_PAUSE)
        self._sleep((asked or 0.0) + pause * random.random())  # noqa: S311  # spreads retries, guards no secret


def _tell(progress: Callable[[int], None] | None, done: int) -> None:
    if progress is not None:
        progress(done)


def _said(error: httpx.TransportError) -> str:
    return f"the service does not answer: {type(error).__name__}"
