"""Lines about the author that only their neighbours give away: a bare name above the date, a biography at the end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from twicetold.domain.cleaning.credits.bylines import BIOGRAPHIES
from twicetold.domain.cleaning.credits.credit_lines import Credit
from twicetold.domain.cleaning.paragraphs import TextBlock, lower
from twicetold.domain.cleaning.spans import Cut

OPENING_BLOCKS = 8
CLOSING_BLOCKS = 4
NAME = re.compile(r"[^\W\d_][\w'’.-]*(?: [^\W\d_][\w'’.-]*){1,3}$")
BIOGRAPHY = re.compile(
    r"\s(?:is|covers|writes|has|joined|works|reports|ist|schreibt|arbeitet|berichtet|est|écrit|es|escribe|è|scrive|é|jest)\s"
)
BIOGRAPHY_MAX = 500
SHORT_BIOGRAPHY = 120
"""So short a paragraph about somebody who is not named again is no part of a story, wherever it stands."""
FEWEST_BLOCKS = 5
"""Shorter texts may be about the person with whom they end."""
NEAR_NAMES = frozenset({"date", "read_time"})


def author_lines(blocks: Sequence[TextBlock], cuts: Sequence[Cut], byline: str | None) -> Iterator[Credit]:
    """A name alone right above a date or right below "By", and a closing paragraph on the author named in `byline`."""
    already_cut = {cut.start: cut for cut in cuts}
    for place, block in enumerate(blocks[:OPENING_BLOCKS]):
        if block.start in already_cut or not is_name(block.text):
            continue
        above = already_cut.get(blocks[place - 1].start) if place else None
        below = already_cut.get(blocks[place + 1].start) if place + 1 < len(blocks) else None
        if (below and below.kind in NEAR_NAMES) or (above and above.rule == "any.by-alone"):
            yield Credit(Cut(block.start, block.end, "byline", "any.author-name"), byline=block.text)
            byline = byline or block.text
    name = " ".join((byline or "").split()[:2])
    for block in blocks[-CLOSING_BLOCKS:]:
        if " " in name and block.start not in already_cut and block.text.startswith(name):
            rest = block.text[len(name) :]
            if not rest or BIOGRAPHY.search(rest[:40]):
                yield Credit(Cut(block.start, block.end, "byline", "any.author-biography"))
                already_cut[block.start] = Cut(block.start, block.end, "byline", "any.author-biography")
    yield from _unnamed_authors(blocks, already_cut)


def _unnamed_authors(blocks: Sequence[TextBlock], already_cut: Mapping[int, Cut]) -> Iterator[Credit]:
    """Closing paragraphs that tell the trade of a person whom the story does not name: those about its author.

    In a list of journalists there are several such paragraphs, and none goes.
    """
    short = [block for block in blocks[:-CLOSING_BLOCKS] if len(block.text) <= SHORT_BIOGRAPHY]
    closing = [block for block in (*short, *blocks[-CLOSING_BLOCKS:]) if block.start not in already_cut]
    found = [(block, name) for block in closing if (name := _described(block))]
    for block, name in found if len(found) <= 2 and len(blocks) >= FEWEST_BLOCKS else ():
        surname = name.split()[-1]
        story = (other.text for other in blocks if other is not block and other.start not in already_cut)
        if not any(surname in text for text in story):
            yield Credit(Cut(block.start, block.end, "byline", "any.author-biography"), byline=name)


def _described(block: TextBlock) -> str | None:
    """The name with which a paragraph begins that goes on to say that its bearer writes for a living."""
    if len(block.text) > BIOGRAPHY_MAX or not block.text[0].isupper():
        return None
    first = block.text.split(" ", 4)
    if len(first) < 3 or not first[1][:1].isupper():
        return None
    for count in range(2, len(first)):
        name = " ".join(first[:count])
        if is_name(name) and BIOGRAPHIES.match(lower(block.text[len(name) + 1 :])):
            return name
    return None


def is_name(text: str) -> bool:
    """Whether a line reads like the name of one person: two to four words with capital letters and nothing else."""
    return len(text) <= 40 and NAME.match(text) is not None and all(word[0].isupper() for word in text.split())
