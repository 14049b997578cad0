"""Short lines that stories have of their own, though clutter is written like them: subheads and boxes of facts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import groupby

from msgspec import Struct

from twicetold.domain.cleaning.credits.credit_lines import named
from twicetold.domain.cleaning.paragraphs import TextBlock, words
from twicetold.domain.cleaning.vocabulary import load

LABELLED = re.compile(
    r"(?P<label>[^\W\d_][^\s:：.!?,;|]{0,24}(?:\s[^\s:：.!?,;|]{1,20})?)\s?[:：]\s?(?P<value>[^\s:：/][^:：]{0,60})(?<![。！？])(?<![.!?。！？][”」』])$"
)
"""A line of the form "Label: value", shorter than headlines of that form, and no speech."""
LABELLED_MAX = 120
TIMELINE_DATES = 3
"""Two dates may be those of publication, at the head, and of a change, at the foot."""
FACT_KINDS = frozenset({"photo", "teaser", "byline", "agency", "interface"})
"""Kinds of clutter whose labels name facts as well: "Video: 8K"."""


class HeadingWords(Struct, frozen=True, forbid_unknown_fields=True):
    """The data file, explained there."""

    subheads: tuple[str, ...]


@cache
def _subheads() -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(words(phrase)) for phrase in load("headings", HeadingWords).subheads)


def is_subhead(tokens: Sequence[str]) -> bool:
    """Whether a block of these words may head a part of a story as well as links or a row of buttons."""
    return tuple(tokens) in _subheads()


def fact_boxes(blocks: Sequence[TextBlock], explained: Callable[[int], bool]) -> Iterator[int]:
    """The places of lines "Label: value" that stand among others of that form which are no clutter.

    "Photography: Ann Lee" is a credit of the story alone or below "Text: Bob Ray", and a fact on a film below
    "Director: Carla Diaz". `explained` tells of a place whether what stands there can be clutter.
    """
    labelled = [
        place for place, block in enumerate(blocks) if len(block.text) <= LABELLED_MAX and LABELLED.match(block.text)
    ]
    for _, run in groupby(enumerate(labelled), key=lambda numbered: numbered[1] - numbered[0]):
        places = [place for _, place in run]
        if len(places) > 1 and not all(map(explained, places)):
            yield from places


def timeline(dated: Sequence[bool]) -> set[int]:
    """The places of date lines that head the parts of a timeline, a diary or a calendar of events.

    There are several, each with something else below it; stamps of publication stand together or alone.
    """
    heading = [
        place
        for place in range(len(dated) - 1)
        if dated[place] and not dated[place + 1] and not (place and dated[place - 1])
    ]
    return set(heading) if len(heading) >= TIMELINE_DATES else set()


def is_fact(text: str, kind: str) -> bool:
    """Whether a line in a box of facts, which a rule of this kind would cut, is one: "Video: 8K", not "Photo: AFP"."""
    line = LABELLED.match(text) if kind in FACT_KINDS else None
    return line is not None and not named(line["value"])[0] and not (kind == "teaser" and " " in line["label"])
