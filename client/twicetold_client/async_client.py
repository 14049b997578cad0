"""The client for programs that wait for many things at once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from types import TracebackType
from typing import Any, Self

import httpx

from twicetold_client import following, requests, wire
from twicetold_client.client import BATCH, BATCH_BYTES, CONNECTIONS, TIMEOUT, headers
from twicetold_client.requests import Filter, Listing, Request
from twicetold_client.results import Answer, Json, Line, Story
from twicetold_client.trying import TRIES, Failed, Sending, Trying, refused, unreachable
from twicetold_client.wire import Batch


class AsyncClient:
    """As `Client`, for asyncio."""

    def __init__(
        self, url: str = "http://localhost:8080", *, key: str | None = None, tries: int = TRIES,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:  # fmt: skip
        self._http = httpx.AsyncClient(base_url=url, headers=headers(key), timeout=TIMEOUT, transport=transport)
        self._tries = tries
        self._sleep = sleep

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def submit(self, story: Story) -> Answer:
        """Store one story; the answer has what it matches, with the shared passages."""
        body = await self._call(requests.submit(story))
        return Answer(body["outcome"], body)

    async def submit_many(
        self, stories: Iterable[Story] | AsyncIterable[Story], *, batch: int = BATCH, connections: int = CONNECTIONS,
        progress: Callable[[int], None] | None = None,
    ) -> AsyncIterator[Line]:  # fmt: skip
        """Store many stories, in batches over several connections; yields what became of each, in the order given."""
        waiting: deque[asyncio.Task[list[Line]]] = deque()
        done = 0
        try:
            async for some in _batches(stories, most=batch):
                waiting.append(asyncio.create_task(self._batch(some)))
                if len(waiting) >= connections:
                    for line in await waiting.popleft():
                        done += 1
                        yield line
                    if progress is not None:
                        progress(done)
            while waiting:
                for line in await waiting.popleft():
                    done += 1
                    yield line
                if progress is not None:
                    progress(done)
        finally:
            for task in waiting:
                task.cancel()

    async def story(self, story_id: str) -> Json:
        """One story as it is stored, with its cuts."""
        return await self._call(requests.story(story_id))

    async def forget(self, story_id: str) -> None:
        """Delete a story."""
        await self._call(requests.forget(story_id))

    def stories(self, **filters: str | int) -> AsyncIterator[Json]:
        """All stories, latest first."""
        return self._listed(requests.stories(filters))

    def matches(self, story_id: str, **filters: str | float) -> AsyncIterator[Json]:
        """All matches of a story, strongest first."""
        return self._listed(requests.matches(story_id, filters))

    async def match(self, **text: object) -> Json:
        """What a text or page would match."""
        return await self._call(requests.match(text))

    async def clean(self, **text: object) -> Json:
        """A text or page cleaned, with every cut."""
        return await self._call(requests.clean(text))

    async def compare(self, a: Story | str, b: Story | str) -> Json:
        """Two texts side by side; a string is the id of a story."""
        return await self._call(requests.compare(a, b))

    def clusters(self, **filters: str | int) -> AsyncIterator[Json]:
        """All clusters."""
        return self._listed(requests.clusters(filters))

    async def cluster(self, cluster_id: str) -> Json:
        """One cluster, with its first members."""
        return await self._call(requests.cluster(cluster_id))

    def members(self, cluster_id: str) -> AsyncIterator[Json]:
        """All members of a cluster, earliest first."""
        return self._listed(requests.members(cluster_id))

    def sources(self) -> AsyncIterator[Json]:
        """All sources, by name."""
        return self._listed(requests.sources())

    async def source(self, name: str) -> Json:
        """One source."""
        return await self._call(requests.source(name))

    async def export(self, name: str, *, after: str | None = None, **filters: str | int) -> AsyncIterator[Json]:
        """All stories, assignments, matches, clusters, removed-spans or related ones; see `Client.export`."""
        export = following.Export(name, after, filters)
        trying = Trying(self._tries)
        while not export.ended:
            failed: Failed | None = None
            try:
                async with self._http.stream("GET", export.path, params=export.params()) as answer:
                    if answer.is_success:
                        async for line in answer.aiter_lines():
                            for row in export.rows(line):
                                trying = Trying(self._tries)
                                yield row
                        for row in export.end():
                            yield row
                    else:
                        await answer.aread()
                        failed = refused(answer)
            except httpx.TransportError as error:
                failed = unreachable(error)
            if failed is not None:
                await self._sleep(trying.again(failed))

    async def changes(self, *, after: int | None = None, wait: int = 20, **filters: Filter) -> AsyncIterator[Json]:
        """What changes, as it changes, without end; see `Client.changes`."""
        feed = following.Feed(after, wait, filters)
        while True:
            answer = await self._answer(feed.request())
            for change in feed.changes(answer.text):
                yield change

    async def _listed(self, listing: Listing) -> AsyncIterator[Json]:
        cursor: str | None = None
        while True:
            page = await self._call(listing.page(cursor))
            for entry in page[listing.name]:
                yield entry
            cursor = page.get("next_cursor")
            if not cursor:
                return

    async def _call(self, request: Request) -> dict[str, Any]:
        answer = await self._answer(request)
        return dict(answer.json()) if answer.content else {}

    async def _answer(self, request: Request) -> httpx.Response:
        trying = Trying(self._tries)
        while True:
            try:
                answer = await self._http.request(
                    request.method, request.path, params=dict(request.params), content=request.content,
                    headers=request.headers,
                )  # fmt: skip
            except httpx.TransportError as error:
                pause = trying.again(unreachable(error))
            else:
                if answer.is_success:
                    return answer
                pause = trying.again(refused(answer))
            await self._sleep(pause)

    async def _batch(self, batch: Batch) -> list[Line]:
        sending = Sending(batch, self._tries)
        while True:
            failed: Failed | None = None
            try:
                async with self._http.stream(
                    "POST", "/v1/stories/batch", content=sending.body(), headers=sending.headers
                ) as answer:
                    if answer.is_success:
                        async for line in answer.aiter_lines():
                            sending.take(line, answer)
                    else:
                        await answer.aread()
                        failed = refused(answer)
            except httpx.TransportError as error:
                failed = unreachable(error)
            pause = sending.ended(failed)
            if pause is None:
                return sending.lines()
            await self._sleep(pause)


async def _batches(stories: Iterable[Story] | AsyncIterable[Story], *, most: int) -> AsyncIterator[Batch]:
    """As `wire.batches`, of stories that may have to be waited for."""
    if not isinstance(stories, AsyncIterable):
        for batch in wire.batches(stories, most=most, size=BATCH_BYTES):
            yield batch
        return
    some: list[Story] = []
    index = 0
    async for story in stories:
        some.append(story)
        if len(some) == most:
            for batch in wire.batches(some, most=most, size=BATCH_BYTES):
                yield batch.shifted(index)
            index, some = index + len(some), []
    for batch in wire.batches(some, most=most, size=BATCH_BYTES):
        yield batch.shifted(index)
