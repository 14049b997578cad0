"""A page's text as blocks that know where in the tree they stand."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from twicetold.domain.extraction.anchors import Anchor
from twicetold.domain.model import OverrideAction

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
LISTS = frozenset({"ul", "ol", "menu", "dl"})
OUTSIDE_LISTS = frozenset({"article", "main", "section", "body", "table"})
"""What a list is never reached through from within."""
CELL = " | "
"""What divides the cells of a table's row."""
PROSE_WORDS = 8
"""Labels and headlines may end like a sentence; they are seldom so long."""
PROSE_LINKED = 0.5

# Elements that say what is in them; bits of `Container.within`, inherited downwards.
WITHIN = (
    "article", "main", "aside", "nav", "footer", "header", "form", "figure", "figcaption", "ul", "ol", "table",
    "blockquote", "section", "details", "button", "a", "dl", "pre", "address", "dialog", "fieldset",
)  # fmt: skip
BIT = {tag: 1 << number for number, tag in enumerate(WITHIN)}


class Container(Struct, eq=False):
    """An element that blocks stand in, with sums over all blocks in it: words, linked words, words of prose.

    `override` is what the operator wants done with all of them.
    """

    tag: str
    parent: Container | None
    depth: int
    roles: int
    signature: int
    nearest: dict[int, Container]
    within: int
    words: int = 0
    linked: int = 0
    prose: int = 0
    blocks: int = 0
    override: OverrideAction | None = None


class PageBlock(Struct, eq=False, kw_only=True):
    """A run of text with one place in the tree; `gap` is what divides it from the block before it.

    `linked` and `bold` are shares of its characters.
    """

    text: str
    gap: str
    container: Container
    words: int
    linked: float
    links: int
    bold: float
    roles: int
    marks: int
    ended: bool
    since_image: int
    li: Container | None = None
    list: Container | None = None
    row: Container | None = None
    anchors: tuple[Anchor, ...] = ()

    @property
    def prose(self) -> bool:
        """Whether it has words and a mark of a sentence as prose has, not as labels have."""
        return self.words >= PROSE_WORDS and self.marks > 0 and self.linked < PROSE_LINKED


def ancestors(place: Container | None) -> Iterator[Container]:
    """A container and those it stands in, innermost first."""
    while place is not None:
        yield place
        place = place.parent
