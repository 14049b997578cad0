"""A Scrapy item pipeline: what a spider yields is submitted in batches while it crawls on.

    ITEM_PIPELINES = {"twicetold_client.scrapy.Pipeline": 800}
    TWICETOLD_URL = "http://localhost:8080"

Items have the fields of a story (`url`, `title`, `text` or `html`, …); others are named by `TWICETOLD_MAP`, such as
{"text": "body"}. `TWICETOLD_KEY` is the key, `TWICETOLD_SOURCE` the source of items that name none. The stats tell
`twicetold/created`, `changed`, `unchanged` and `failed`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

from itemadapter import ItemAdapter

from twicetold_client.async_client import AsyncClient
from twicetold_client.client import BATCH, CONNECTIONS
from twicetold_client.errors import ServiceError, Unreachable
from twicetold_client.records import Mapped, Unreadable
from twicetold_client.results import Story

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

AFTER = 5.0
"""Seconds after which stories leave even if their batch is not full."""

_log = logging.getLogger(__name__)


class Pipeline:
    """Submits items as stories; the spider waits only when so many batches are under way as there are connections."""

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        self._stats = crawler.stats
        self._mapped = Mapped(settings.getdict("TWICETOLD_MAP"), settings.get("TWICETOLD_SOURCE"))
        self._url = settings.get("TWICETOLD_URL", "http://localhost:8080")
        self._key = settings.get("TWICETOLD_KEY")
        self._waiting: list[Story] = []
        self._sending: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build it as Scrapy does."""
        return cls(crawler)

    async def open_spider(self) -> None:
        """Connect."""
        self._client = AsyncClient(self._url, key=self._key)

    async def process_item(self, item: object) -> object:
        """Take an item; it goes on to other pipelines as it is."""
        fields: Mapping[str, Any] = ItemAdapter(item).asdict()
        try:
            self._waiting.append(self._mapped.story(fields, path=str(fields.get("url", "")), number=0))
        except Unreadable as error:
            self._count("failed")
            _log.warning("an item is no story: %s", error)
            return item
        if len(self._waiting) >= BATCH:
            self._send()
            while len(self._sending) > CONNECTIONS:
                await asyncio.wait(self._sending, return_when=asyncio.FIRST_COMPLETED)
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(AFTER, self._send)
        return item

    async def close_spider(self) -> None:
        """Send the rest, and wait until everything is answered."""
        self._send()
        if self._sending:
            await asyncio.wait(self._sending)
        await self._client.close()

    def _send(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            stories, self._waiting = self._waiting, []
            task = asyncio.get_running_loop().create_task(self._submit(stories))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _submit(self, stories: list[Story]) -> None:
        done = 0
        try:
            async for line in self._client.submit_many(stories):
                done += 1
                self._count("failed" if line.answer is None else line.answer.outcome)
                if line.problem is not None:
                    _log.warning("%s was not taken: %s", line.sent.get("url", ""), line.problem.detail)
        except (ServiceError, Unreachable) as error:
            self._count("failed", len(stories) - done)
            _log.error("%d stories were not taken: %s", len(stories) - done, error)  # no fault of ours

    def _count(self, outcome: str, times: int = 1) -> None:
        if self._stats is not None:
            self._stats.inc_value(f"twicetold/{outcome}", times)
