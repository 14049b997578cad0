"""Answers of any length: read from the store in short steps, and sent as they come.

A failure midway ends the connection without the last chunk, so that no client takes a part for the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from itertools import chain
from threading import BoundedSemaphore
from typing import TypeVar

import msgspec
from flask import Response

from twicetold.domain.errors import Unavailable
from twicetold.usecases.ports import Reading, Store
from twicetold.usecases.read_models import Page, Position
from twicetold.web.api.tables import Cell, to_csv

T = TypeVar("T")

NDJSON = "application/x-ndjson"
AT_ONCE = 4
"""Streams that a process sends at a time: each holds a thread for as long as its reader takes."""
STEP = 1000
"""Rows read in one step: enough that its beginning costs little, few enough that nothing waits for its end."""
STEP_OF_TEXTS = 50
"""Stories read in one step with their texts, of which each may be a megabyte."""

_encoder = msgspec.json.Encoder()


def steps(
    store: Store, read: Callable[[Reading, Position | None], Page[T]], after: Position | None = None
) -> Iterator[Sequence[T]]:
    """What `read` gives from a position to the end, each step in a reading of its own; steps may be empty."""
    while True:
        with store.reading() as reading:
            page = read(reading, after)
        yield page.items
        if page.next is None:
            return
        after = page.next


class Streams:
    """Sends answers of any length, so many at a time."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._places = BoundedSemaphore(at_once)
        self._at_once = at_once

    def ndjson(self, parts: Iterable[Sequence[object]]) -> Response:
        """Parts as JSON, a value a line. Raises `Unavailable` when too many are under way."""
        return self._response((_encoder.encode_lines(part) for part in parts), NDJSON)

    def csv(self, name: str, columns: Sequence[str], parts: Iterable[Iterable[Sequence[Cell]]]) -> Response:
        """Rows as a table to be saved as `name`.csv. Raises `Unavailable` when too many are under way."""
        head = iter([to_csv([columns])])
        response = self._response(chain(head, map(to_csv, parts)), "text/csv")
        response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
        return response

    def _response(self, pieces: Iterator[bytes], media_type: str) -> Response:
        sent = self._sent(pieces)
        first = [next(sent), next(sent, b"")]  # what fails at once is answered as a problem
        response = Response(filter(None, chain(first, sent)), mimetype=media_type)
        response.call_on_close(sent.close)
        return response

    def _sent(self, pieces: Iterator[bytes]) -> Generator[bytes, None, None]:
        """The pieces, holding a place until the last one is sent or the client has left."""
        if not self._places.acquire(blocking=False):
            raise Unavailable(f"{self._at_once} exports are being sent already; ask again in a while", retry_after=10)
        try:
            yield from pieces
        finally:
            self._places.release()
