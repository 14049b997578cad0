"""Exports and the feed of changes, and where to go on in them when an answer breaks off."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from twicetold_client.requests import Request
from twicetold_client.results import Json

PLACES = {"stories": "story_id", "assignments": "story_id", "matches": "story_id", "clusters": "id",
          "related": "story_id", "removed-spans": "story_id"}  # fmt: skip
"""The exports, and what `after` of each names."""
_SEVERAL = frozenset({"matches", "related", "removed-spans"})
"""Exports with several rows of one place, which are given when the last of them was read."""


class Export:
    """An export under way; `ended` when its last row was read."""

    def __init__(self, name: str, after: str | None, filters: Mapping[str, Any]) -> None:
        if name not in PLACES:
            raise ValueError(f"there is no export {name!r}; there are {', '.join(PLACES)}")
        self.path = f"/v1/export/{name}"
        self.ended = False
        self._name = name
        self._after = after
        self._filters = filters
        self._held: list[Json] = []

    def params(self) -> dict[str, Any]:
        """The query of the next call; what was read of a place that may not have been whole is read again."""
        self._held = []
        return {**self._filters, **({"after": self._after} if self._after else {})}

    def rows(self, line: str) -> Iterator[Json]:
        """Read a line: the rows that are whole now."""
        if not line:
            return
        row: dict[str, Any] = json.loads(line)
        place = PLACES[self._name]
        if self._name not in _SEVERAL:
            self._after = row[place]
            yield row
            return
        if self._held and self._held[-1][place] != row[place]:
            yield from self._whole()
        self._held.append(row)

    def end(self) -> Iterator[Json]:
        """The answer came to its end: the rows that are left."""
        self.ended = True
        yield from self._whole()

    def _whole(self) -> Iterator[Json]:
        held, self._held = self._held, []
        if held:
            self._after = held[-1][PLACES[self._name]]
        yield from held


class Feed:
    """The changes after a number."""

    def __init__(self, after: int | None, wait: int, filters: Mapping[str, Any]) -> None:
        self.after = after
        self._wait = wait
        self._filters = {name: value for name, value in filters.items() if value is not None}

    def request(self) -> Request:
        """The call for what comes next; the service answers at the first change, or after `wait` seconds."""
        after = {} if self.after is None else {"after": self.after}
        return Request("GET", "/v1/changes", {**self._filters, **after, "wait": self._wait})

    def changes(self, answer: str) -> Iterator[Json]:
        """Read an answer; `after` is the number of what was last given."""
        for line in answer.splitlines():
            if line:
                change: dict[str, Any] = json.loads(line)
                self.after = int(change["seq"])
                yield change
