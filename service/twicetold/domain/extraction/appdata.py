"""Story text in the data from which a page's script builds the page.

Next.js writes it as `__NEXT_DATA__`, or as a stream of React Server Components. Nobody documents what stands where in
it. So all strings that read like prose, or hold marked-up prose, are looked at. The story's is the innermost list or
object that holds what the page shows of it, or most of all prose where the page shows next to nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from html import unescape
from itertools import accumulate

from lxml.html import HtmlElement
from msgspec import Struct

_LARGEST = 4_000_000
"""Characters of data that are read."""
_DEEPEST = 60
_PUSHED = re.compile(r'self\.__next_f\.push\(\[\s*1\s*,\s*("(?:[^"\\]|\\.)*+")\s*\]\)', re.DOTALL)
_ROW = re.compile(r"^[0-9a-f]+:(?=[\[{\"])", re.MULTILINE)
_BLOCK_END = re.compile(r"</(?:p|h[1-6]|li|div|blockquote|tr|figcaption)>|<br ?/?>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_SENTENCE = re.compile(r"[.!?…][\"'”“»«’)\]]*(?:\s|$)|[。！？।؟۔]")
_BLOCK_TYPES = frozenset({
    "p", "paragraph", "h1", "h2", "h3", "h4", "h5", "h6", "heading", "heading-1", "heading-2", "heading-3", "heading-4",
    "li", "list_item", "list-item", "listitem", "blockquote", "block", "quote", "text",
})  # fmt: skip
_TEXT_KEYS = frozenset({"text", "value", "content", "children", "html", "body", "nodes", "data", "paragraph", "props"})
_PROSE_WORDS = 8
SHARE_OF_WHOLE = 0.6
"""The innermost part of the data that holds so much of all its prose, or of what the page shows, is the story's."""
LITTLE_SHOWN = 40
"""Words: a page that shows as many, none of which stand in its data, has data of other things."""


class _Part(Struct, frozen=True):
    """A list or object of the data: which of all paragraphs stand in it, and their words of prose."""

    start: int
    end: int
    prose: int


def app_paragraphs(tree: HtmlElement, shown: Collection[str]) -> list[str]:
    """The story's paragraphs in a page's data, of which the page itself has `shown` some.

    Empty where there is no data, or none that reads like a story.
    """
    best: list[str] = []
    for value in _data(tree):
        story = _story(value, frozenset(shown))
        if sum(map(len, story)) > sum(map(len, best)):
            best = story
    return best


def _data(tree: HtmlElement) -> Iterator[object]:
    pushed: list[str] = []
    for script in tree.iter("script"):
        text = script.text or ""
        if script.get("id") == "__NEXT_DATA__" and len(text) <= _LARGEST:
            yield from _decoded(text)
        elif "__next_f" in text[:200]:
            pushed += (
                piece for literal in _PUSHED.findall(text) for piece in _decoded(literal) if isinstance(piece, str)
            )
    stream = "".join(pushed)
    if stream and len(stream) <= _LARGEST:
        rows = []
        decoder = json.JSONDecoder(strict=False)
        for start in _ROW.finditer(stream):
            try:
                rows.append(decoder.raw_decode(stream, start.end())[0])
            except (ValueError, RecursionError):
                continue
        yield rows


def _decoded(text: str) -> Iterator[object]:
    try:
        yield json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return


def _story(value: object, shown: frozenset[str]) -> list[str]:
    found = _Reading()
    found.read(value, 0)
    matched = [paragraph.count(" ") + 1 if paragraph in shown else 0 for paragraph in found.paragraphs]
    before = [0, *accumulate(matched)]
    written = sum(paragraph.count(" ") + 1 for paragraph in shown)
    # Parts are in the order in which they end, so the first that holds enough is the innermost.
    if sum(map(bool, matched)) > 1 and 2 * before[-1] >= written:
        parts = (part for part in found.parts if before[part.end] - before[part.start] >= SHARE_OF_WHOLE * before[-1])
    elif found.prose and (before[-1] or written < LITTLE_SHOWN):
        parts = (part for part in found.parts if part.prose >= SHARE_OF_WHOLE * found.prose)
    else:
        return []
    part = next(parts, None)
    return list(dict.fromkeys(found.paragraphs[part.start : part.end])) if part else []


class _Reading:
    """One walk through data: all paragraphs in order, and the lists and objects that hold them."""

    def __init__(self) -> None:
        self.paragraphs: list[str] = []
        self.prose = 0
        self.parts: list[_Part] = []

    def read(self, value: object, depth: int) -> None:
        """Take in a value and all in it."""
        if depth > _DEEPEST:
            return
        start, before = len(self.paragraphs), self.prose
        if isinstance(value, str):
            self._add(value)
            return
        if not isinstance(value, (list, dict)):
            return
        if _is_block(value) and (line := _inline(value, 0)) is not None:
            self._add(line)
            return
        for child in _children(value):
            self.read(child, depth + 1)
        if self.prose > before:
            self.parts.append(_Part(start, len(self.paragraphs), self.prose - before))

    def _add(self, text: str) -> None:
        if len(text) < 2 or text.startswith(("http://", "https://", "/", "$")):
            return
        marked = "<" in text and _TAG.search(text) is not None
        for piece in _BLOCK_END.split(text) if marked else text.split("\n"):
            line = " ".join(unescape(_TAG.sub("", piece) if marked else piece).split())
            if line and (marked or _SENTENCE.search(line)):
                words = line.count(" ") + 1
                self.paragraphs.append(line)
                if words >= _PROSE_WORDS or not line.isascii():
                    self.prose += words


def _children(value: list[object] | dict[str, object]) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value[3:4] if _is_element(value) else value


def _is_block(value: list[object] | dict[str, object]) -> bool:
    """Whether a node says that it is a paragraph, a heading or the like."""
    if isinstance(value, list):
        return _is_element(value) and value[1] in _BLOCK_TYPES
    named = value.get("type") or value.get("nodeType") or value.get("_type")
    return isinstance(named, str) and named.lower() in _BLOCK_TYPES


def _is_element(value: list[object]) -> bool:
    """Whether a list is an element of React: `["$", tag, key, props]`."""
    return len(value) >= 4 and value[0] == "$" and isinstance(value[1], str)


def _inline(value: object, depth: int) -> str | None:
    """The text of a node whose parts stand in one line; None where it holds blocks of its own."""
    if depth > _DEEPEST:
        return None
    if isinstance(value, str):
        return "" if value.startswith("$") else value
    if isinstance(value, list):
        if _is_element(value):
            if depth and value[1] in _BLOCK_TYPES:
                return None
            return _inline(value[3], depth + 1)
        pieces = [_inline(item, depth + 1) for item in value]
    elif isinstance(value, dict):
        pieces = [_inline(inner, depth + 1) for key, inner in value.items() if key in _TEXT_KEYS]
    else:
        return ""
    return None if any(piece is None for piece in pieces) else "".join(piece for piece in pieces if piece)
