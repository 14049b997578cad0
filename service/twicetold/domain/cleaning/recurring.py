"""What recurs at a source: its own boilerplate, the background of a running subject, or a page that stands in for many.

A footer returns with any story, whatever its length; a paragraph of background returns with the same names. So what
decides is whether the stories that hold a block have, without it, a subject in common.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import combinations
from typing import NamedTuple

from twicetold.domain.cleaning.learned import ripe
from twicetold.domain.cleaning.paragraphs import words

SUBJECT_WORDS = 3
"""Two stories that share so many rare words besides a block have a subject in common."""
RARE_SHARE, RARE_STORIES = 0.1, 5
"""A word is rare at a source if no more than this share of its stories has it, or no more than so many of them."""
MOST_ALIKE = 0.25
"""Of the pairs of stories that hold a block no larger part may share a subject: stories of one outlet do by chance."""
FEWEST_SHARE = 0.1
EDGE_SHARE = 0.8
"""A block is a source's own if this part of all its stories holds it, or if it stands at their edge in this part."""
MOST_COMPARED = 40
"""Stories compared with one another, evenly drawn: bounds the pairs to 780."""
STAND_IN_TITLES = 4
"""A body told under so many titles without a word in common is no story."""


class Occurrence(NamedTuple):
    """A story that holds a block: when it was published, its rare words without the block, and where the block stands.

    `at_edge` is true if only other recurring blocks stand between the block and the story's first or last paragraph.
    """

    published: date
    rare_words: frozenset[str]
    at_edge: bool


def rare_words(tokens: Iterable[str], frequencies: Mapping[str, int], *, stories: int) -> frozenset[str]:
    """Those of a story's words that are rare at its source, of whose `stories` so many have each (`frequencies`)."""
    most = max(RARE_STORIES, int(RARE_SHARE * stories))
    return frozenset(token for token in tokens if frequencies.get(token, 0) <= most and not token.isdigit())


def is_own(occurrences: Sequence[Occurrence], *, stories: int) -> bool:
    """Whether a block that recurs in a source's `stories` is the source's own, and not told of a running subject."""
    days = len({occurrence.published for occurrence in occurrences})
    if not ripe(len(occurrences), days):
        return False
    at_edge = sum(occurrence.at_edge for occurrence in occurrences) >= EDGE_SHARE * len(occurrences)
    if not at_edge and len(occurrences) < FEWEST_SHARE * stories:
        return False
    return not _one_subject([occurrence.rare_words for occurrence in occurrences])


def stands_in(titles: Sequence[str]) -> bool:
    """Whether a body told under these titles at one source stands in for stories, like a bot wall."""
    told = [frozenset(words(title)) for title in dict.fromkeys(titles)]
    return len(told) >= STAND_IN_TITLES and not frozenset.intersection(*told)


def _one_subject(stories: Sequence[frozenset[str]]) -> bool:
    """Whether more of the stories' pairs have a subject in common than chance accounts for."""
    step = max(1, -(-len(stories) // MOST_COMPARED))
    pairs = list(combinations(stories[::step], 2))
    alike = sum(len(one & other) >= SUBJECT_WORDS for one, other in pairs)
    return alike > MOST_ALIKE * len(pairs)
