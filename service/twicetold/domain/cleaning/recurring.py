"""What recurs at a source: its own boilerplate, the background of a running subject, or a page that stands in for many.

A footer returns with any story, whatever its length; a paragraph of background returns with the same names. So what
decides is whether the stories that hold a block have, besides what recurs in them, a subject in common. All is told
from stories alone and not from when they came: the same stories teach the same in any order.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations, takewhile
from typing import NamedTuple

from twicetold.domain.cleaning.learned import LearnableBlock, blocks
from twicetold.domain.cleaning.paragraphs import WORD, words

STORIES_NEEDED, DAYS_NEEDED = 4, 2
"""Distinct stories, and days of publication, that make a block boilerplate."""
SUBJECT_WORDS = 3
"""Two stories that share so many rare words besides what recurs have a subject in common."""
FEWEST_OTHER_WORDS = 12
"""A story with fewer words besides what recurs is told again as a whole, and tells nothing of its parts."""
RARE_SHARE, RARE_STORIES = 0.1, 1
"""A word is rare if no more than this share of a source's other stories has it, or no more than so many of them."""
MOST_ALIKE = 0.4
"""Of the pairs of stories that hold a block no larger part may share a subject: stories of one outlet do by chance."""
FEWEST_SHARE = 0.1
EDGE_SHARE = 0.8
"""A block is a source's own if this part of all its stories holds it, or if it stands at their edge in this part."""
MOST_COMPARED = 40
"""Stories compared with one another, evenly drawn: bounds the pairs to 780."""
STAND_IN_TITLES = 4
"""A body told under so many titles without a word in common is no story."""
CASED = 0.5
"""Where so many letters have capitals, what stories are about is told by words within sentences that begin with one."""


class SourceStory(NamedTuple):
    """A story as its source tells it: its text before any boilerplate of the source was cut, and when it appeared."""

    text: str
    published: date


class OwnBlock(NamedTuple):
    """A block that is a source's own: its hash and text, in how many of its stories it stands, over which days."""

    hash: int
    text: str
    stories: int
    days: int
    first_day: date
    last_day: date


class Occurrence(NamedTuple):
    """A story that holds a block: when it was published, its rare words, and where the block stands.

    `rare_words` are those of what does not recur in it, None for next to nothing. `at_edge` is true if only other
    recurring blocks stand between the block and the story's first or last paragraph.
    """

    published: date
    rare_words: frozenset[Hashable] | None
    at_edge: bool


def own_blocks(stories: Sequence[SourceStory]) -> list[OwnBlock]:
    """The blocks that are a source's own boilerplate, judged by some of its stories."""
    laid_out = [blocks(story.text) for story in stories]
    held = Counter(block for found in laid_out for block in {one.hash for one in found})
    recurring = frozenset(block for block, count in held.items() if count >= STORIES_NEEDED)
    rest = [[one.text for one in found if one.hash not in recurring] for found in laid_out]
    edges = [_edges([one.hash for one in found], recurring) for found in laid_out]
    holders: defaultdict[int, dict[int, bool]] = defaultdict(dict)
    shown: dict[int, LearnableBlock] = {}
    for number, found in enumerate(laid_out):
        for one in found:
            if one.hash in recurring:
                holders[one.hash][number] = one.hash in edges[number]
                shown.setdefault(one.hash, one)
    judge = SourceJudge([story.published for story in stories], [subject_words(texts) for texts in rest])
    own = [(shown[block], numbers) for block, numbers in holders.items() if judge.is_own(numbers)]
    return [
        OwnBlock(one.hash, one.text, len(numbers), *_days(stories[number].published for number in numbers))
        for one, numbers in sorted(own)
    ]


class SourceJudge:
    """Tells what is a source's own, given some of its stories: when each appeared, and what of it does not recur.

    words_of: the `subject_words` of that, None where it is nothing to speak of.
    """

    def __init__(self, published: Sequence[date], words_of: Sequence[frozenset[Hashable] | None]) -> None:
        self._published = published
        self._words = words_of
        self._frequencies = Counter(word for own in words_of for word in own or ())
        self._known: dict[tuple[tuple[int, bool], ...], bool] = {}

    def is_own(self, holders: Mapping[int, bool]) -> bool:
        """Whether what recurs in these stories, by number, at their edges or not, is the source's own."""
        asked = tuple(holders.items())
        if asked not in self._known:  # the blocks of a footer recur together
            others = self._frequencies - Counter(word for number in holders for word in self._words[number] or ())
            left = len(self._words) - len(holders)
            rare = [own and rare_words(own, others, stories=left) for own in (self._words[at] for at in holders)]
            occurrences = [
                Occurrence(self._published[number], own, at_edge)
                for (number, at_edge), own in zip(asked, rare, strict=True)
            ]
            self._known[asked] = is_own(occurrences, stories=len(self._words))
        return self._known[asked]


def subject_words(texts: Iterable[str]) -> frozenset[Hashable] | None:
    """The words that tell what blocks are about: names, or all words where letters have no capitals; never numbers.

    None for too few words to be about anything.
    """
    told = "\n".join(texts)
    if len(words(told)) < FEWEST_OTHER_WORDS:
        return None
    characters = Counter(told).items()
    letters = sum(count for one, count in characters if one.isalpha())
    if sum(count for one, count in characters if one.lower() != one.upper()) < CASED * letters:
        return frozenset(word for word in words(told) if not word.isdigit())
    return frozenset(_names(told))


def _names(text: str) -> Iterator[str]:
    """Words with a capital that follow another word of their sentence."""
    end = 0
    for found in WORD.finditer(text):
        word, between = found[0], text[end : found.start()]
        if end and word[0].isupper() and between.strip(",-'’") == " ":
            yield word.lower()
        end = found.end()


def rare_words(tokens: Iterable[Hashable], frequencies: Mapping[Hashable, int], *, stories: int) -> frozenset[Hashable]:
    """Those of a story's words that are rare among other `stories`, of which so many have each (`frequencies`)."""
    most = max(RARE_STORIES, int(RARE_SHARE * stories))
    return frozenset(token for token in tokens if frequencies.get(token, 0) <= most)


def is_own(occurrences: Sequence[Occurrence], *, stories: int) -> bool:
    """Whether a block that recurs in a source's `stories` is the source's own, and not told of a running subject."""
    days = len({occurrence.published for occurrence in occurrences})
    if len(occurrences) < STORIES_NEEDED or days < DAYS_NEEDED:
        return False
    at_edge = sum(occurrence.at_edge for occurrence in occurrences) >= EDGE_SHARE * len(occurrences)
    if not at_edge and len(occurrences) < FEWEST_SHARE * stories:
        return False
    return not _one_subject([occurrence.rare_words for occurrence in occurrences])


def stands_in(titles: Sequence[str]) -> bool:
    """Whether a body told under these titles at one source stands in for stories, like a bot wall."""
    told = [frozenset(words(title)) for title in dict.fromkeys(titles)]
    return len(told) >= STAND_IN_TITLES and not frozenset.intersection(*told)


def _one_subject(stories: Sequence[frozenset[Hashable] | None]) -> bool:
    """Whether more of the stories' pairs have a subject in common than chance accounts for."""
    step = max(1, -(-len(stories) // MOST_COMPARED))
    pairs = list(combinations(stories[::step], 2))
    alike = sum(one is None or other is None or len(one & other) >= SUBJECT_WORDS for one, other in pairs)
    return alike > MOST_ALIKE * len(pairs)


def _edges(found: Sequence[int], recurring: frozenset[int]) -> frozenset[int]:
    """The recurring blocks that a story begins or ends with."""
    sides = (found, reversed(found))
    return frozenset(block for side in sides for block in takewhile(recurring.__contains__, side))


def _days(published: Iterable[date]) -> tuple[int, date, date]:
    """How many days there are, the first, and the last."""
    days = set(published)
    return len(days), min(days), max(days)
