"""Where a text departs from another one, sentence by sentence, for people to read."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from twicetold.domain.matching.changes import changes
from twicetold.domain.matching.word_diff import Edit, word_diff
from twicetold.domain.scripts import UNSPACED

SENTENCES = 6
"""Sentences that came, and as many that went, which are told; the rest are counted."""
LONGEST = 400
"""Characters of a sentence that are told and compared."""
SAME_WORDS = 0.5
"""A sentence that came is one that went, edited, if the longer one shares so much of its words with the other."""


class Departure(Struct, frozen=True, kw_only=True):
    """How a text departs from another: sentences it has edited, those of its own, and those it has left out.

    `more` counts the sentences that are not told.
    """

    edited: Sequence[Sequence[Edit]]
    own: Sequence[str]
    left_out: Sequence[str]
    more: int = 0


def departure(text: str, other: str) -> Departure:
    """Tell where `other` departs from `text`; a sentence that only moved has not changed.

    Linear in both texts; of the sentences that differ, a fixed number is looked at word by word.
    """
    found = changes(text, other)
    new, gone = [_cut(each) for each in found.added[:SENTENCES]], [_cut(each) for each in found.removed[:SENTENCES]]
    edited, own, left_out = list[Sequence[Edit]](), list[str](), list(gone)
    for sentence in new:
        before = max(left_out, key=lambda each: _shared(each, sentence), default="")
        edits = word_diff(before, sentence) if before and _shared(before, sentence) >= SAME_WORDS else None
        if edits is None:
            own.append(sentence)
        else:
            left_out.remove(before)
            edited.append(edits)
    more = len(found.added) + len(found.removed) - len(new) - len(gone)
    return Departure(edited=edited, own=own, left_out=left_out, more=more)


def _cut(sentence: str) -> str:
    return sentence if len(sentence) <= LONGEST else f"{sentence[:LONGEST]} …"


def _shared(a: str, b: str) -> float:
    """The share of the longer one's different words that stand in the other; of letters where there are no blanks."""
    one, other = (set(text if UNSPACED.search(text) else text.split()) for text in (a, b))
    return len(one & other) / max(1, len(one), len(other))
