"""A page's story as Markdown (CommonMark, tables as GitHub has them): headings, lists, quotes, code, tables, links."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote, urljoin, urlsplit

from twicetold.domain.extraction.blocks import BIT, CELL, HEADINGS, Container, PageBlock, ancestors
from twicetold.domain.extraction.region import PlacedBlock
from twicetold.domain.model import Link, Part, RemovedSpan

SPECIAL = re.compile(r"[\\`*_\[\]<>]")
OPENING = re.compile(r"(?P<sign>#{1,6}(?=\s)|[-+](?=\s)|={2,}$|-{2,}$|~{3,})|(?P<number>\d{1,9})(?P<dot>[.)](?=\s))")
"""What at the head of a line would be taken for a heading, a list or a rule."""
INDENT = "    "
DEEPEST = 6
"""Lists within lists beyond this depth, and what stands further up than so many containers, are not told apart."""
SCHEMES = frozenset({"http", "https", "mailto", "tel"})
SAFE = "/:?#[]@!$&'*+,;=%~-._"
"""Signs of a URL that stay; brackets and blanks would end the link."""


def parts(blocks: Sequence[PlacedBlock], *, url: str | None) -> tuple[Part, ...]:
    """What the blocks of a region are in Markdown; `url` is what relative links are relative to."""
    counted: dict[Container, int] = {}
    found = []
    opened: Container | None = None
    table: Container | None = None
    for start, block in blocks:
        first = block.li is not None and block.li is not opened
        opened = block.li
        if first and block.list is not None:
            counted[block.list] = counted.get(block.list, 0) + 1
        head = block.row is not None and block.row is not table
        table = block.row
        found.append(
            Part(
                start=start,
                end=start + len(block.text),
                gap=block.gap,
                mark=_mark(block, counted, first=first),
                code=bool(block.container.within & BIT["pre"]),
                columns=block.text.count(CELL) + 1 if block.row is not None else 0,
                head=head,
                links=tuple(_links(block, start, url)),
            )
        )
    return tuple(found)


def markdown(text: str, removed: Sequence[RemovedSpan], told: Sequence[Part]) -> str:
    """The Markdown of a text without the spans removed; a text of which no parts are told is its paragraphs."""
    told = told or [
        Part(start=line.start(), end=line.end(), gap="\n\n") for line in re.finditer(r"\S(?:[^\n]*\S)?", text)
    ]
    written: list[str] = []
    at = 0
    for part in told:
        while at < len(removed) and removed[at].end <= part.start:
            at += 1
        shown = _shown(text, part, removed, at)
        if shown:
            written += _gap(written, part), part.mark, shown
    return "".join(written)


def _gap(written: list[str], part: Part) -> str:
    if not written:
        return ""
    if part.gap == " ":
        return " "
    if part.gap != "\n":
        return "\n\n"
    return "\n" if part.mark or part.columns else "\\\n"


def _mark(block: PageBlock, counted: dict[Container, int], *, first: bool) -> str:
    """What stands before a block: signs of quotes, lists and headings."""
    place = block.container
    above = [container for container, _ in zip(ancestors(place), range(DEEPEST), strict=False)]
    quoted = "> " if place.within & BIT["blockquote"] else ""
    if place.within & BIT["pre"]:
        return quoted + INDENT
    heading = next((container.tag for container in above if container.tag in HEADINGS), None)
    if heading is not None:
        return quoted + "#" * int(heading[1]) + " "
    if block.list is None or block.list.tag == "dl" or block.li is None:
        return quoted
    deep = sum(container.tag in ("ul", "ol", "menu") for container in ancestors(block.list))
    indent = INDENT * (min(deep, DEEPEST) - 1)
    if not first:
        return quoted + indent + INDENT
    number = counted[block.list]
    return quoted + indent + (f"{number}. ".ljust(4) if block.list.tag == "ol" else "- ")


def _links(block: PageBlock, start: int, url: str | None) -> Iterator[Link]:
    for anchor in block.anchors:
        if target := _target(anchor.url, url):
            yield Link(start=start + anchor.start, end=start + anchor.end, url=target)


def _target(address: str, url: str | None) -> str | None:
    """A link's URL, if it leads anywhere and does not run something."""
    try:
        target = urljoin(url or "", address.strip())
        scheme = urlsplit(target).scheme
    except ValueError:
        return None
    return quote(target, safe=SAFE) if scheme in SCHEMES else None


def _shown(text: str, part: Part, removed: Sequence[RemovedSpan], at: int) -> str:
    """What is left of a part, with its links; `at` is the first removed span that may reach into it."""
    kept: list[tuple[int, int]] = []
    start = part.start
    while at < len(removed) and removed[at].start < part.end:
        kept.append((start, max(start, removed[at].start)))
        start = min(part.end, max(start, removed[at].end))
        at += 1
    kept.append((start, part.end))
    if part.code:
        return "".join(text[start:end] for start, end in kept)
    shown = "".join(_linked(text, start, end, part) for start, end in kept).strip()
    if part.columns and shown:
        rule = "\n|" + " --- |" * part.columns if part.head else ""
        return f"| {shown} |{rule}"
    return OPENING.sub(_escape_opening, shown, count=1) if OPENING.match(shown) else shown


def _escape_opening(found: re.Match[str]) -> str:
    return f"{found['number']}\\{found['dot']}" if found["number"] else f"\\{found['sign']}"


def _linked(text: str, start: int, end: int, part: Part) -> str:
    """`[start, end)` of a text with the links that stand wholly in it."""
    pieces: list[str] = []
    for link in part.links:
        inside = text[link.start : link.end].strip()
        if link.start >= start and link.end <= end and inside:
            at = text.index(inside, link.start)
            pieces += _escape(text[start:at]), f"[{_escape(inside)}](", link.url, ")"
            start = at + len(inside)
    return "".join([*pieces, _escape(text[start:end])])


def _escape(text: str) -> str:
    return SPECIAL.sub(r"\\\g<0>", text)
