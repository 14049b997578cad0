"""The extracted tree as text: a block per paragraph, heading, list, quote or table, each knowing its share of links."""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import normalize

from lxml.etree import _Element
from msgspec import Struct

_LINE_TAGS = frozenset({"item", "row", "lb", "p", "head", "quote", "list", "table", "code"})


class Block(Struct, frozen=True, kw_only=True):
    """A run of text that stands on its own, at `[start, start + len(text))` of the page's text.

    `kind` is the tag it came from (`p`, `head`, `list`, `quote`, `table`, `code`); `linked` counts the characters of it
    that are link text, white space apart.
    """

    kind: str
    start: int
    text: str
    linked: int

    @property
    def end(self) -> int:
        """Where it ends in the page's text."""
        return self.start + len(self.text)


def render(body: _Element) -> list[Block]:
    """The blocks of an extracted body, in page order, without empty ones."""
    blocks: list[Block] = []
    start = 0
    for element in body:
        if not isinstance(element.tag, str):
            continue
        text, linked = _text_of(element)
        for kind, part in ((element.tag, text), ("p", _lines(element.tail or ""))):
            if part:
                blocks.append(Block(kind=kind, start=start, text=part, linked=linked if part is text else 0))
                start += len(part) + 2
    return blocks


def _text_of(element: _Element) -> tuple[str, int]:
    pieces: list[str] = []
    linked = 0
    for piece, in_link in _pieces(element, in_link=False):
        pieces.append(piece)
        if in_link:
            linked += sum(len(word) for word in piece.split())
    return _lines("".join(pieces)), linked


def _pieces(element: _Element, *, in_link: bool) -> Iterator[tuple[str, bool]]:
    in_link = in_link or element.tag == "ref"
    line = element.tag in _LINE_TAGS
    if line:
        yield "\x1e", False
    elif element.tag == "cell" and element.getprevious() is not None:
        yield " | ", False
    if element.text:
        yield element.text, in_link
    for child in element:
        yield from _pieces(child, in_link=in_link)
        if child.tail:
            yield child.tail, in_link
    if line and element.tag != "lb":
        yield "\x1e", False


def _lines(written: str) -> str:
    lines = (" ".join(line.split()) for line in written.split("\x1e"))
    return normalize("NFC", "\n".join(line for line in lines if line and line.strip("| ")))
