"""Entries of RSS 2.0, RSS 1.0 (RDF) and Atom (RFC 4287) files as records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import IO, Any
from xml.etree.ElementTree import Element, ParseError, iterparse

ENTRIES = frozenset({"item", "entry"})
_FIELDS = {
    "title": ("title",),
    "url": ("link", "guid"),
    "published_at": ("pubDate", "date", "published", "updated"),
    "language": ("language",),
}
_BODIES = ("encoded", "content", "description", "summary")
"""What holds the text, the fullest first: content:encoded of RSS, content of Atom."""


def entries(file: IO[bytes]) -> Iterator[Mapping[str, Any] | str]:
    """The entries of a feed, one at a time; at the end why it could not be read on, if so."""
    language = None
    try:
        for _, element in iterparse(file):  # noqa: S314  # expat bounds what entities become; nothing outside is loaded
            name = _name(element)
            if name == "language":
                language = element.text
            if name in ENTRIES:
                yield {"language": language} | _entry(element)
                element.clear()
    except ParseError as error:
        yield f"the feed is not well-formed XML: {error}"


def _entry(element: Element) -> dict[str, Any]:
    parts: dict[str, Element] = {}
    for part in element:
        name = _name(part)
        if name == "link" and part.get("rel", "alternate") != "alternate":
            continue
        parts.setdefault(name, part)
    found: dict[str, Any] = {}
    for field, names in _FIELDS.items():
        texts = (_text(parts[name]) for name in names if name in parts)
        value = next(filter(None, texts), None)
        if value:
            found[field] = value
    for name in _BODIES:
        body = _inner(parts[name]) if name in parts else ""
        if body:
            found["html" if "<" in body else "text"] = body
            break
    return found


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _text(element: Element) -> str:
    return (element.get("href") or "".join(element.itertext())).strip()


def _inner(element: Element) -> str:
    """What an element holds: escaped markup as it is, or its text where the markup is XHTML."""
    return "".join(element.itertext()).strip()
