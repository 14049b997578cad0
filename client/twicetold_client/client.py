"""The client: one method for each call of the service."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import httpx

from twicetold_client import following, requests, wire
from twicetold_client.requests import Filter, Listing, Request
from twicetold_client.results import Answer, Json, Line, Story
from twicetold_client.trying import TRIES, Failed, Sending, Trying, refused, unreachable
from twicetold_client.wire import Batch

if TYPE_CHECKING:
    from pandas import DataFrame

BATCH = 100
BATCH_BYTES = 4 * 2**20
"""Stories and bytes of a batch: as much as the service stores in one transaction."""
CONNECTIONS = 4
TIMEOUT = httpx.Timeout(60.0, read=300.0)


def headers(key: str | None) -> dict[str, str]:
    """What every call says."""
    return {"User-Agent": "twicetold-client"} | ({"Authorization": f"Bearer {key}"} if key else {})


class Client:
    """Speaks to the Twicetold service at `url`, with an API key if it asks for one.

    Calls that meet a service that is busy or away are tried again; what stays wrong raises `ServiceError` with the
    problem in it, or `Unreachable`. Safe for several threads.
    """

    def __init__(
        self, url: str = "http://localhost:8080", *, key: str | None = None, tries: int = TRIES,
        transport: httpx.BaseTransport | None = None, sleep: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        self._http = httpx.Client(base_url=url, headers=headers(key), timeout=TIMEOUT, transport=transport)
        self._tries = tries
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
        body = self._call(requests.submit(story))
        return Answer(body["outcome"], body)

    def submit_many(
        self, stories: Iterable[Story], *, batch: int = BATCH, within: float | None = None,
        connections: int = CONNECTIONS, progress: Callable[[int], None] | None = None,
    ) -> Iterator[Line]:  # fmt: skip
        """Store many stories, in batches over several connections; yields what became of each, in the order given.

        Stories are read as they are needed, so there may be more than memory holds. Lines that the service could not
        take just then are sent again; a line that is wrong comes back with its problem, and the others go on. With
        `within` a batch leaves after so many seconds even if it is not full, and stories are read by a thread of their
        own: for streams that do not end. `progress` is told how many stories are done. Raises `Unreachable`, or
        `ServiceError` for a whole batch.
        """
        waiting: deque[Future[list[Line]]] = deque()
        done = 0
        batches = wire.batches(stories, most=batch, size=BATCH_BYTES, within=within)
        ready = 0 if within is not None else connections
        with ThreadPoolExecutor(connections) as threads:
            try:
                for some in batches:
                    waiting.append(threads.submit(self._batch, some))
                    while waiting and (len(waiting) > connections or (len(waiting) > ready and waiting[0].done())):
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
        return self._call(requests.story(story_id))

    def forget(self, story_id: str) -> None:
        """Delete a story."""
        self._call(requests.forget(story_id))

    def stories(self, **filters: str | int) -> Iterator[Json]:
        """All stories, latest first; filters are those of `GET /v1/stories`."""
        return self._listed(requests.stories(filters))

    def matches(self, story_id: str, **filters: str | float) -> Iterator[Json]:
        """All matches of a story, strongest first."""
        return self._listed(requests.matches(story_id, filters))

    # --- questions that store nothing --------------------------------------------------------------------------------

    def match(self, **text: object) -> Json:
        """What a text or page would match: fields as of a story."""
        return self._call(requests.match(text))

    def clean(self, **text: object) -> Json:
        """A text or page cleaned, with every cut."""
        return self._call(requests.clean(text))

    def compare(self, a: Story | str, b: Story | str) -> Json:
        """Two texts side by side; a string is the id of a story."""
        return self._call(requests.compare(a, b))

    # --- reports -----------------------------------------------------------------------------------------------------

    def clusters(self, **filters: str | int) -> Iterator[Json]:
        """All clusters; filters and `sort` are those of `GET /v1/clusters`."""
        return self._listed(requests.clusters(filters))

    def cluster(self, cluster_id: str) -> Json:
        """One cluster, with its first members."""
        return self._call(requests.cluster(cluster_id))

    def members(self, cluster_id: str) -> Iterator[Json]:
        """All members of a cluster, earliest first."""
        return self._listed(requests.members(cluster_id))

    def sources(self) -> Iterator[Json]:
        """All sources, by name."""
        return self._listed(requests.sources())

    def source(self, name: str) -> Json:
        """One source: whom it reprints, who reprints it, its learned boilerplate."""
        return self._call(requests.source(name))

    # --- everything, and what changes --------------------------------------------------------------------------------

    def export(self, name: str, *, after: str | None = None, **filters: Filter) -> Iterator[Json]:
        """All stories, assignments, matches, clusters, removed-spans or related ones, a row at a time.

        An answer that breaks off is asked for again from where it ended. `after` begins behind the row of that id.
        """
        export = following.Export(name, after, filters)
        trying = Trying(self._tries)
        while not export.ended:
            failed: Failed | None = None
            try:
                with self._http.stream("GET", export.path, params=export.params()) as answer:
                    if answer.is_success:
                        for line in answer.iter_lines():
                            for row in export.rows(line):
                                trying = Trying(self._tries)
                                yield row
                        yield from export.end()
                    else:
                        answer.read()
                        failed = refused(answer)
            except httpx.TransportError as error:
                failed = unreachable(error)
            if failed is not None:
                self._sleep(trying.again(failed))

    def changes(self, *, after: int | None = None, wait: int = 20, **filters: Filter) -> Iterator[Json]:
        """What changes, as it changes, without end: each change once, in order, those after the number `after` first.

        Raises `ServiceError` with status 410 where the service keeps changes after that number no more.
        """
        feed = following.Feed(after, wait, filters)
        while True:
            yield from feed.changes(self._text(feed.request()))

    def to_pandas(self, name: str, **filters: Filter) -> DataFrame:
        """An export as a table (needs `twicetold-client[pandas]`)."""
        from pandas import DataFrame  # noqa: PLC0415  # an extra

        return DataFrame(list(self.export(name, after=None, **filters)))

    # --- how ---------------------------------------------------------------------------------------------------------

    def _listed(self, listing: Listing) -> Iterator[Json]:
        cursor: str | None = None
        while True:
            page = self._call(listing.page(cursor))
            yield from page[listing.name]
            cursor = page.get("next_cursor")
            if not cursor:
                return

    def _call(self, request: Request) -> dict[str, Any]:
        answer = self._answer(request)
        return dict(answer.json()) if answer.content else {}

    def _text(self, request: Request) -> str:
        return self._answer(request).text

    def _answer(self, request: Request) -> httpx.Response:
        trying = Trying(self._tries)
        while True:
            try:
                answer = self._http.request(
                    request.method, request.path, params=dict(request.params), content=request.content,
                    headers=request.headers,
                )  # fmt: skip
            except httpx.TransportError as error:
                pause = trying.again(unreachable(error))
            else:
                if answer.is_success:
                    return answer
                pause = trying.again(refused(answer))
            self._sleep(pause)

    def _batch(self, batch: Batch) -> list[Line]:
        """Send a batch until each line has an answer that stays."""
        sending = Sending(batch, self._tries)
        while True:
            failed: Failed | None = None
            try:
                with self._http.stream(
                    "POST", "/v1/stories/batch", content=sending.body(), headers=sending.headers
                ) as answer:
                    if answer.is_success:
                        for line in answer.iter_lines():
                            sending.take(line, answer)
                    else:
                        answer.read()
                        failed = refused(answer)
            except httpx.TransportError as error:
                failed = unreachable(error)
            pause = sending.ended(failed)
            if pause is None:
                return sending.lines()
            self._sleep(pause)


def _tell(progress: Callable[[int], None] | None, done: int) -> None:
    if progress is not None:
        progress(done)
