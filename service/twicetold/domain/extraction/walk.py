"""One walk over a page's tree, which makes its blocks."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lxml.html import HtmlElement

from twicetold.domain.extraction.anchors import placed
from twicetold.domain.extraction.blocks import BIT, CELL, LISTS, OUTSIDE_LISTS, Container, PageBlock, ancestors
from twicetold.domain.extraction.roles import Role, roles
from twicetold.domain.extraction.selectors import NO_MARKS, Marks
from twicetold.domain.scripts import UNSPACED

LONGEST_CELL = 200
"""Characters of a cell of data; longer ones lay out a page."""

_UNSEEN = frozenset({
    "script", "style", "svg", "template", "noscript", "iframe", "object", "embed", "applet", "canvas", "map", "audio",
    "video", "datalist", "select", "textarea", "link", "input", "source", "track", "param", "head", "meta", "title",
    "img", "picture", "hr", "base", "area", "col", "wbr", "annotation", "annotation-xml",
})  # fmt: skip
_IMAGES = frozenset({"img", "picture", "video", "iframe", "audio", "svg", "amp-img", "amp-video", "embed", "object"})
_INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins",
    "kbd", "label", "mark", "nobr", "q", "ruby", "rb", "rt", "rp", "s", "samp", "small", "span", "strike", "strong",
    "sub", "sup", "time", "tt", "u", "var",
    # MathML's own.
    "math", "semantics", "mrow", "mi", "mn", "mo", "ms", "mtext", "mspace", "mfrac", "msup", "msub", "msubsup", "msqrt",
    "mroot", "mover", "munder", "munderover", "mstyle", "mpadded",
})  # fmt: skip
_APART = 1 << Role.HIDDEN | 1 << Role.NOTICE
_BOLD = frozenset({"b", "strong"})
_SENTENCE_MARK = re.compile(r"[.!?…](?=[\s\"'”»’)\]]|$)|[。！？।؟۔]")
_SENTENCE_END = re.compile(r"[.!?…。！？।؟۔][\"'”“»«’)\]」』]*$")
_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1d\x1f\x7f\u00ad\u200b\u2060\ufeff\ufffe\uffff\ufdd0-\ufdef]")
_HIDING = re.compile(r"display:\s*none|visibility:\s*hidden", re.IGNORECASE)
_WRITTEN = re.compile(r"[^\W_]")
_ITEMS = frozenset({"li", "dt", "dd"})
_TAG_OF_ROLE = {
    "navigation": "nav", "contentinfo": "footer", "banner": "header", "complementary": "aside", "main": "main",
    "article": "article", "dialog": "dialog", "search": "form", "button": "button",
}  # fmt: skip
COVERED = 0.8
"""A block is what inline elements say that hold this share of it."""


def page_blocks(tree: HtmlElement, *, anchored: bool = False, marks: Marks = NO_MARKS) -> list[PageBlock]:
    """The blocks of a tree in document order; where their links stand is told only if they are to be `anchored`.

    What stands in a marked element has its `override`.
    """
    return _Walk(anchored=anchored, marks=marks).start(tree)


class _Walk:
    """One walk over a tree, depth first."""

    def __init__(self, *, anchored: bool, marks: Marks) -> None:
        self.marks = marks
        self.blocks: list[PageBlock] = []
        self.anchored = anchored
        self.anchors: list[tuple[int, int, str]] = []
        self.signatures: dict[tuple[int, str, str], int] = {}
        self.pieces: list[str] = []
        self.linked = self.links = self.bold = self.length = 0
        self.named: dict[int, int] = {}
        self.broken = self.glued = False
        self.since_image = 99

    def start(self, tree: HtmlElement) -> list[PageBlock]:
        root = Container(tree.tag, None, 0, 0, 0, {}, 0)
        body = tree.find("body") if tree.tag == "html" else tree
        for element in [tree] if body is None else [body]:
            self._block(element, root, 0)
        return self.blocks

    def _children(self, element: HtmlElement, place: Container, link: int) -> None:
        text = element.text
        if text:
            self._text(text, link)
        for child in element:
            tag = child.tag
            if tag == "br":
                self._break(place)
            elif tag in _INLINE:
                self._inline(child, tag, place, link)
            elif tag in _UNSEEN:
                if tag == "template" and ("shadowrootmode" in child.attrib or "shadowroot" in child.attrib):
                    self._block(child, place, link)
                if tag in _IMAGES:
                    self.since_image = 0
            elif isinstance(tag, str):
                if "-" in tag and self._runs_on(child):
                    self._inline(child, tag, place, link)
                else:
                    self._block(child, place, link)
            tail = child.tail
            if tail:
                self._text(tail, link)

    def _runs_on(self, element: HtmlElement) -> bool:
        """Whether an element that HTML does not know stands in a line of text."""
        tail, before = element.tail, element.getprevious()
        ahead = before.tail if before is not None else element.getparent().text
        return bool((tail and not tail.isspace()) or (ahead and not ahead.isspace()))

    def _text(self, text: str, link: int) -> None:
        self.pieces.append(text)
        length = len(text) if link == 0 and not text.isspace() else len(text.strip())
        self.length += length
        if link:
            self.linked += length

    def _inline(self, element: HtmlElement, tag: str, place: Container, link: int) -> None:
        attributes = element.attrib
        bits = _roles(attributes) if attributes else 0
        if bits & _APART or element in self.marks:
            self._apart(element, place, link, bits)
            return
        before, first = self.length, len(self.pieces)
        address = attributes.get("href") if tag == "a" else None
        if address and not address.startswith("#"):
            link += 1
            self.links += 1
        emitted = len(self.blocks)
        self._children(element, place, link)
        if emitted != len(self.blocks):
            if bits:
                for block in self.blocks[emitted:]:
                    block.roles |= bits
            return
        if address and self.anchored:
            self.anchors.append((first, len(self.pieces), address))
        length = self.length - before
        if tag in _BOLD:
            self.bold += length
        if tag == "time":
            bits |= 1 << Role.META
        while bits:
            bit = bits & -bits
            self.named[bit] = self.named.get(bit, 0) + length
            bits ^= bit

    def _apart(self, element: HtmlElement, place: Container, link: int, bits: int) -> None:
        """Read what pops up or is hidden within a line as a block of its own."""
        glued = self._flush(place)
        emitted = len(self.blocks)
        inside = self._container(element, place.tag, place) if element in self.marks else place
        self._children(element, inside, link)
        self._flush(inside)
        for block in self.blocks[emitted:]:
            block.roles |= bits
            if glued:
                block.gap = " "
        self.glued = glued or len(self.blocks) > emitted

    def _block(self, element: HtmlElement, parent: Container, link: int) -> None:
        self._flush(parent)
        self.broken = self.glued = False
        tag = element.tag
        place = self._container(element, tag, parent)
        if tag == "pre":
            for number, line in enumerate("".join(element.itertext()).split("\n")):
                self.broken = number > 0 and bool(self.blocks) and self.blocks[-1].container is place
                self._text(line, link)
                self._flush(place)
        else:
            emitted = len(self.blocks)
            self._children(element, place, link)
            self._flush(place)
            if tag == "tr":
                self._row(element, place, emitted)
        self.broken = False

    def _container(self, element: HtmlElement, tag: str, parent: Container) -> Container:
        bits, classes, within = 0, "", tag
        attributes = element.attrib
        if attributes:
            classes = attributes.get("class") or ""
            bits = _roles(attributes)
            identity = attributes.get("id")
            if identity:
                bits |= roles(identity)
            within = _TAG_OF_ROLE.get(attributes.get("role") or "", tag)
            if (attributes.get("itemprop") or "") == "articleBody":
                bits |= 1 << Role.STORY
        key = (parent.signature, tag, classes)
        signature = self.signatures.setdefault(key, len(self.signatures) + 1)
        place = Container(
            tag, parent, parent.depth + 1, bits, signature, parent.nearest, parent.within | BIT.get(within, 0)
        )
        place.override = self.marks.get(element, parent.override) if self.marks else None
        if bits:
            place.nearest = dict(parent.nearest)
            while bits:
                bit = bits & -bits
                place.nearest[bit] = place
                bits ^= bit
        return place

    def _break(self, place: Container) -> None:
        self.broken = self._flush(place)
        self.glued = False

    def _flush(self, place: Container) -> bool:
        """Make a block of the text since the last one, if there is any."""
        if not self.pieces:
            return False
        emitted = len(self.blocks)
        text = "".join(self.pieces)
        if not text.isspace():
            if not text.isprintable():
                text = _INVISIBLE.sub("", text)
            text = " ".join(text.split())
            if _WRITTEN.search(text):
                self._emit(text, place)
        self.pieces = []
        self.anchors = []
        self.linked = self.links = self.bold = self.length = 0
        if self.named:
            self.named = {}
        return len(self.blocks) > emitted

    def _emit(self, text: str, place: Container) -> None:
        words = text.count(" ") + 1
        if not text.isascii():
            words += len(UNSPACED.findall(text)) // 2
        length = max(1, self.length)
        bits = 0
        for bit, covered in self.named.items():
            if covered >= COVERED * length:
                bits |= bit
        item, listed = _list_of(place)
        block = PageBlock(
            text=text, gap="\n\n", container=place, words=words, roles=bits,
            linked=min(1.0, self.linked / length), links=self.links, bold=min(1.0, self.bold / length),
            marks=len(_SENTENCE_MARK.findall(text)), ended=_SENTENCE_END.search(text[-12:]) is not None,
            since_image=self.since_image, li=item, list=listed,
            anchors=placed([_INVISIBLE.sub("", piece) for piece in self.pieces], self.anchors) if self.anchors else (),
        )  # fmt: skip
        if self.blocks:
            last = self.blocks[-1]
            if (self.broken and last.container is place) or (
                listed is not None and last.list is listed and last.li is not item
            ):
                block.gap = "\n"
            if self.glued and place in (last.container, last.container.parent):
                block.gap = " "
        self.glued = False
        self.since_image += 1
        self.blocks.append(block)

    def _row(self, element: HtmlElement, place: Container, emitted: int) -> None:
        """Make one block of the cells of a row of data."""
        blocks = self.blocks[emitted:]
        cells = sum(child.tag in ("td", "th") for child in element)
        if len(blocks) < 2 or len(blocks) > cells or any(len(block.text) > LONGEST_CELL for block in blocks):
            return
        row = blocks[0]
        lengths = [len(block.text) for block in blocks]
        row.text = CELL.join(block.text for block in blocks)
        row.linked = sum(block.linked * length for block, length in zip(blocks, lengths, strict=True)) / sum(lengths)
        row.links = sum(block.links for block in blocks)
        row.words = sum(block.words for block in blocks)
        row.marks = sum(block.marks for block in blocks)
        row.container = place
        row.anchors = ()
        row.row = place.parent
        del self.blocks[emitted + 1 :]
        if emitted and self.blocks[emitted - 1].row is row.row:
            row.gap = "\n"


def _list_of(place: Container) -> tuple[Container | None, Container | None]:
    """The item and the list that a container stands in, if any."""
    item = None
    for above in ancestors(place):
        if above.tag in LISTS:
            return item, above
        if above.tag in OUTSIDE_LISTS:
            break
        if above.tag in _ITEMS:
            item = above
    return None, None


def _roles(attributes: Mapping[str, str]) -> int:
    names = attributes.get("class")
    bits = roles(names) if names else 0
    return bits | 1 << Role.HIDDEN if _hidden(attributes) else bits


def _hidden(attributes: Mapping[str, str]) -> bool:
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    style = attributes.get("style")
    return bool(style and _HIDING.search(style))
