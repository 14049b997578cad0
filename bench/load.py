"""A load of made-up stories on a server, and what it acknowledged: for measurements that do something bad meanwhile."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from http.client import HTTPException
from types import TracebackType
from typing import Any, Self

from bench.generated_text import TextGenerator
from bench.server import Server

COPIES = 3
HOUSEKEEPING_SECONDS = 60
"""Time for stories that a crash left unmatched: housekeeping comes every few seconds and leaves young ones alone."""
STATUS_TAKEN = frozenset({200, 201})
STATUS_LATER = frozenset({429, 503})


@dataclass
class Tally:
    """What was acknowledged, by family, what was put off or refused, and what was found wrong afterwards."""

    acknowledged: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    refused: Counter[int] = field(default_factory=Counter)
    broken: int = 0
    """Requests that ended without an answer."""
    hasty: int = 0
    """Answers that ask to come later without saying when."""
    slowest: float = 0.0
    """Seconds of the slowest single post."""
    lost: int = 0
    unmatched: int = 0

    @property
    def stories(self) -> int:
        """Acknowledged stories in all."""
        return sum(map(len, list(self.acknowledged.values())))

    def take(self, story_id: str, status: int) -> None:
        """Count the answer to one story."""
        if status in STATUS_TAKEN:
            self.acknowledged[story_id.rpartition(".")[0]].add(story_id)
        else:
            self.refused[status] += 1


def batch(writer: TextGenerator, name: str, *, families: int) -> list[dict[str, str]]:
    """Families, so mixed that the copies of one are spread over the batch."""
    told = [list(writer.family(f"{name}-{number}", copies=COPIES, words=60)) for number in range(families)]
    return [family[copy] for copy in range(COPIES) for family in told]


def post_batch(server: Server, stories: list[dict[str, str]], tally: Tally) -> None:
    """Post a batch until it ends or the server dies."""
    answered = 0
    for line in server.batch(stories):
        tally.take(stories[line["index"]]["id"], line["status"])
        answered += 1
    tally.broken += answered < len(stories)


def post_single(server: Server, story: dict[str, Any], tally: Tally) -> int:
    """Post one story on a connection of its own; the status, 0 without an answer."""
    began = time.perf_counter()
    connection = server.connect()
    try:
        connection.request("POST", "/v1/stories", json.dumps(story), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
    except (OSError, HTTPException):
        tally.broken += 1
        return 0
    finally:
        connection.close()
        tally.slowest = max(tally.slowest, time.perf_counter() - began)
    tally.take(story["id"], answer.status)
    tally.hasty += answer.status in STATUS_LATER and "Retry-After" not in answer.headers
    return answer.status


def check(server: Server, families: Iterable[set[str]], tally: Tally) -> None:
    """Count what is lost or unmatched of `families`, giving housekeeping its time."""
    deadline = time.monotonic() + HOUSEKEEPING_SECONDS
    while "twicetold_match_backlog 0.0" not in server.ask("GET", "/metrics")[1] and time.monotonic() < deadline:
        time.sleep(0.2)
    for family in families:
        for story_id in family:
            status, answer = server.ask("GET", f"/v1/stories/{story_id}/matches")
            tally.lost += status != 200
            found = {match["story_id"] for match in answer.get("matches", ())}
            tally.unmatched += len(family - {story_id} - found)


class Load:
    """Clients that post small batches and single stories in turn, until the block ends."""

    def __init__(self, server: Server, tally: Tally, *, name: str, clients: int = 4, families: int = 20) -> None:
        self._server = server
        self._tally = tally
        self._families = families
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(f"{name}-{n}", n)) for n in range(clients)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _run(self, name: str, seed: int) -> None:
        writer = TextGenerator(seed + 1)
        number = 0
        while not self._ended.is_set():
            stories = batch(writer, f"{name}-{number}", families=self._families)
            post_batch(self._server, stories[COPIES:], self._tally)
            for story in stories[:COPIES]:
                post_single(self._server, story, self._tally)
            number += 1
