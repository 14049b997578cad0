"""The calls of the service as values, without any connection: what `Client` and `AsyncClient` both send."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from twicetold_client.results import Story
from twicetold_client.wire import encoded, path

Filter = str | int | float | bool | None
Filters = Mapping[str, Any]
NONE: Filters = MappingProxyType({})


class Request(NamedTuple):
    """One call; a body is JSON."""

    method: str
    path: str
    params: Filters = NONE
    content: bytes | None = None

    @property
    def headers(self) -> dict[str, str]:
        """What is said of the body."""
        return {} if self.content is None else {"Content-Type": "application/json"}


class Listing(NamedTuple):
    """A call that answers page by page, each with its entries under `name`."""

    path: str
    name: str
    params: Filters = NONE

    def page(self, cursor: str | None) -> Request:
        """The call for the page at a cursor, or for the first."""
        return Request("GET", self.path, {**self.params, **({"cursor": cursor} if cursor else {})})


def submit(story: Story) -> Request:
    """Store one story."""
    return Request("POST", "/v1/stories", content=encoded(story))


def story(story_id: str) -> Request:
    """One story as it is stored."""
    return Request("GET", path("v1", "stories", story_id))


def forget(story_id: str) -> Request:
    """Delete a story."""
    return Request("DELETE", path("v1", "stories", story_id))


def stories(filters: Filters) -> Listing:
    """All stories."""
    return Listing("/v1/stories", "stories", filters)


def matches(story_id: str, filters: Filters) -> Listing:
    """All matches of a story."""
    return Listing(path("v1", "stories", story_id, "matches"), "matches", filters)


def match(text: Mapping[str, object]) -> Request:
    """What a text or page would match."""
    return Request("POST", "/v1/match", content=encoded(text))


def clean(text: Mapping[str, object]) -> Request:
    """A text or page cleaned."""
    return Request("POST", "/v1/clean", content=encoded(text))


def compare(a: Story | str, b: Story | str) -> Request:
    """Two texts side by side; a string is the id of a story."""
    sides = {name: {"story_id": side} if isinstance(side, str) else side for name, side in (("a", a), ("b", b))}
    return Request("POST", "/v1/compare", content=encoded(sides))


def clusters(filters: Filters) -> Listing:
    """All clusters."""
    return Listing("/v1/clusters", "clusters", filters)


def cluster(cluster_id: str) -> Request:
    """One cluster, with its first members."""
    return Request("GET", path("v1", "clusters", cluster_id))


def members(cluster_id: str) -> Listing:
    """All members of a cluster."""
    return Listing(path("v1", "clusters", cluster_id), "members")


def sources() -> Listing:
    """All sources."""
    return Listing("/v1/sources", "sources")


def source(name: str) -> Request:
    """One source."""
    return Request("GET", path("v1", "sources", name))
