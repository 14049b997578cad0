"""Lines about the author that only their neighbours give away: a bare name above the date, a biography at the end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from service.domain.cleaning.credits import Credit
from service.domain.cleaning.paragraphs import Block
from service.domain.cleaning.spans import Cut

OPENING_BLOCKS = 8
CLOSING_BLOCKS = 4
NAME = re.compile(r"[^\W\d_][\w'’.-]*(?: [^\W\d_][\w'’.-]*){1,3}$")
BIOGRAPHY = re.compile(
    r"\s(?:is|covers|writes|has|joined|works|reports|ist|schreibt|arbeitet|berichtet|est|écrit|es|escribe|è|scrive|é|jest)\s"
)
NEAR_NAMES = frozenset({"date", "read_time"})


def author_lines(blocks: Sequence[Block], cuts: Sequence[Cut], byline: str | None) -> Iterator[Credit]:
    """A name alone right above a date or right below "By", and a closing paragraph on the author named in `byline`."""
    gone = {cut.start: cut for cut in cuts}
    for place, block in enumerate(blocks[:OPENING_BLOCKS]):
        if block.start in gone or not is_name(block.text):
            continue
        above = gone.get(blocks[place - 1].start) if place else None
        below = gone.get(blocks[place + 1].start) if place + 1 < len(blocks) else None
        if (below and below.kind in NEAR_NAMES) or (above and above.rule == "any.by-alone"):
            yield Credit(Cut(block.start, block.end, "byline", "any.author-name"), byline=block.text)
            byline = byline or block.text
    name = " ".join((byline or "").split()[:2])
    for block in blocks[-CLOSING_BLOCKS:]:
        if " " in name and block.start not in gone and block.text.startswith(name):
            rest = block.text[len(name) :]
            if not rest or BIOGRAPHY.search(rest[:40]):
                yield Credit(Cut(block.start, block.end, "byline", "any.author-biography"))


def is_name(text: str) -> bool:
    """Whether a line reads like the name of one person: two to four words with capital letters and nothing else."""
    return len(text) <= 40 and NAME.match(text) is not None and all(word[0].isupper() for word in text.split())
