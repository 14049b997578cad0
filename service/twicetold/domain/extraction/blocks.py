"""The extracted tree as text: a block per paragraph, heading, list, quote or table, each knowing its share of links."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lxml.etree import Element, SubElement, _Element, strip_tags
from msgspec import Struct

# Two code points that no text may use (noncharacters, for internal use: Unicode 23.7) stand around link text, so that
# links survive everything that is done to a tree's text.
LINK_START, LINK_END = "\ufdd0", "\ufdd1"
_LINK = re.compile(f"{LINK_START}([^{LINK_END}]*){LINK_END}?")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1d\x1f\x7f\ufffe\uffff]")
_LINE_TAGS = frozenset({"item", "row", "lb", "p", "head", "quote", "list", "table", "code"})
_LINE = "\x1e"
CELL = " | "
"""What divides the cells of a table's row."""
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


class Line(Struct, frozen=True):
    """A line of a block: its text, and how many of its characters are link text, white space apart."""

    text: str
    linked: int

    @property
    def written(self) -> int:
        """Characters that are no white space."""
        return sum(map(len, self.text.split()))


class Block(Struct, frozen=True, kw_only=True):
    """A run of text that stands on its own, at `[start, end)` of the page's text.

    `tag` is the element it came from (`p`, `h1` to `h6`, `list`, `quote`, `table`, `code`); `rule` names the clutter
    that the page's own names say it is, if any.
    """

    tag: str
    start: int
    text: str
    lines: tuple[Line, ...]
    rule: str | None = None

    @property
    def end(self) -> int:
        """Where it ends in the page's text."""
        return self.start + len(self.text)

    @property
    def heading(self) -> bool:
        """Whether it is a heading."""
        return self.tag in _HEADINGS

    @property
    def linked_share(self) -> float:
        """Link text per text, white space apart."""
        return sum(line.linked for line in self.lines) / max(1, sum(line.written for line in self.lines))


def without_marks(text: str) -> str:
    """The text alone."""
    return text.replace(LINK_START, "").replace(LINK_END, "")


def body_of(paragraphs: Iterable[str]) -> _Element:
    """A body of plain paragraphs."""
    body = Element("body")
    for paragraph in paragraphs:
        SubElement(body, "p").text = paragraph
    return body


def mark_links(tree: _Element) -> None:
    """Put marks around the text of every `ref` and take the elements away."""
    for link in tree.iter("ref"):
        link.text = LINK_START + (link.text or "")
        link.tail = LINK_END + (link.tail or "")
    strip_tags(tree, "ref")


def render(body: _Element) -> list[Block]:
    """The blocks of an extracted body with marked links, in page order, without empty ones."""
    blocks: list[Block] = []
    start = 0
    for element in body:
        if not isinstance(element.tag, str):
            continue
        tag = element.get("rend", "h2") if element.tag == "head" else element.tag
        for kind, written in ((tag, "".join(_pieces(element))), ("p", element.tail or "")):
            lines = tuple(_lines(written))
            if lines:
                text = "\n".join(line.text for line in lines)
                blocks.append(Block(tag=kind, start=start, text=text, lines=lines, rule=element.get("rule")))
                start += len(text) + 2
    return blocks


def _pieces(element: _Element) -> Iterator[str]:
    line = element.tag in _LINE_TAGS
    if line:
        yield _LINE
    elif element.tag == "cell" and element.getprevious() is not None:
        yield CELL
    if element.text:
        yield element.text
    for child in element:
        yield from _pieces(child)
        if child.tail:
            yield child.tail
    if line and element.tag != "lb":
        yield _LINE


def _lines(written: str) -> Iterator[Line]:
    for piece in written.split(_LINE):
        text = " ".join(_CONTROL.sub("", without_marks(piece)).split())
        if text.strip("| "):
            linked = sum(len(word) for link in _LINK.findall(piece) for word in link.split())
            yield Line(text, linked)
