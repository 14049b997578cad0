"""Requests and answers as bytes, without any connection."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from queue import Empty, Queue
from threading import Event, Thread
from typing import Any, NamedTuple
from urllib.parse import quote

import zstandard

from twicetold_client.errors import Problem
from twicetold_client.results import Answer, Line, Story

NDJSON = "application/x-ndjson"
LONGEST_WAIT = 300.0
"""Seconds: however long a service asks to wait, a client tries again after these."""


class Batch(NamedTuple):
    """Stories that are sent together: of each its index among all, and its line."""

    indexes: Sequence[int]
    stories: Sequence[Story]
    lines: Sequence[bytes]

    def shifted(self, by: int) -> Batch:
        """The same stories, with indexes so much higher."""
        return self._replace(indexes=[index + by for index in self.indexes])

    def body(self) -> bytes:
        """The lines, compressed."""
        return zstandard.ZstdCompressor(level=3).compress(b"\n".join(self.lines) + b"\n")


def batches(stories: Iterable[Story], *, most: int, size: int, within: float | None = None) -> Iterator[Batch]:
    """Cut stories into batches of at most `most`, ended when they have `size` bytes or more.

    With `within` a batch also ends so many seconds after its first story came.
    """
    indexes: list[int] = []
    some: list[Story] = []
    lines: list[bytes] = []
    total = 0
    ended = 0.0
    index = 0
    for story in stories if within is None else read_ahead(stories, most=most, every=within):
        if story is not None:
            ended = ended if lines else time.monotonic() + (within or 0.0)
            indexes.append(index)
            some.append(story)
            lines.append(encoded(story))
            total += len(lines[-1])
            index += 1
        full = len(lines) == most or total >= size
        if lines and (full or (within is not None and time.monotonic() >= ended)):
            yield Batch(indexes, some, lines)
            indexes, some, lines, total = [], [], [], 0
    if lines:
        yield Batch(indexes, some, lines)


def read_ahead(stories: Iterable[Story], *, most: int, every: float) -> Iterator[Story | None]:
    """Stories as a thread reads them; None when none came for a while of at most `every` seconds."""
    ready: Queue[Story | _End] = Queue(most)
    left = Event()

    def read() -> None:
        error: BaseException | None = None
        try:
            for story in stories:
                ready.put(story)
                if left.is_set():
                    return
        except BaseException as raised:  # raised again where the stories are asked for
            error = raised
        ready.put(_End(error))

    Thread(target=read, name="read-stories", daemon=True).start()
    try:
        while True:
            try:
                story = ready.get(timeout=every / 4)
            except Empty:
                yield None
                continue
            if isinstance(story, _End):
                if story.error is not None:
                    raise story.error
                return
            yield story
    finally:
        left.set()
        with suppress(Empty):
            while True:  # lets a thread go that waits for room
                ready.get_nowait()


class _End(NamedTuple):
    """No story follows, perhaps because of an error."""

    error: BaseException | None


def encoded(value: object) -> bytes:
    """JSON in UTF-8, on one line; a datetime in RFC 3339 (without a zone it is taken for UTC)."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_moment).encode(
        "utf-8", "surrogatepass"
    )


def _moment(value: object) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"a story cannot hold a {type(value).__name__}")
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()


def line_of(batch: Batch, line: str, *, retry_after: float | None) -> Line:
    """The answer to one line of a batch."""
    said: dict[str, Any] = json.loads(line)
    at = said["index"]
    if "problem" in said:
        problem = Problem.of(said["problem"], status=said["status"], retry_after=retry_after)
        return Line(batch.indexes[at], batch.stories[at], problem=problem)
    return Line(batch.indexes[at], batch.stories[at], answer=Answer(said["outcome"], said))


def rest(batch: Batch, answered: Mapping[int, Line]) -> Batch:
    """The lines of a batch that have no answer yet."""
    left = [at for at, index in enumerate(batch.indexes) if index not in answered]
    return Batch(
        [batch.indexes[at] for at in left], [batch.stories[at] for at in left], [batch.lines[at] for at in left]
    )


def problem_of(status: int, headers: Mapping[str, str], content: bytes) -> Problem:
    """The problem in an answer; a proxy's page of HTML makes one, too."""
    try:
        said = json.loads(content)
    except ValueError:
        said = None
    return Problem.of(said if isinstance(said, dict) else {}, status=status, retry_after=seconds_of(headers))


def seconds_of(headers: Mapping[str, str]) -> float | None:
    """What `Retry-After` says (RFC 9110, section 10.2.3), in seconds."""
    said = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", said):
        return min(float(said), LONGEST_WAIT)
    try:
        wait = (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(wait, 0.0), LONGEST_WAIT)


def path(*parts: str) -> str:
    """A path of parts that may hold any character."""
    return "/" + "/".join(quote(part, safe="") for part in parts)
