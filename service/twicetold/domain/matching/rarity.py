"""How rare words are: counted over a sample of stories of one language, with what is known before any story came."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twicetold.domain.model import Words

Weights = NDArray[np.float32]

_ASSUMED_STORIES = 200
"""What is known beforehand counts as so many stories: an empty store starts with it, a filled one outgrows it."""
_COMMON_SHARE = 0.3
"""Of these a common word of the language stands in such a share; any other in half a story."""
_OTHER_STORIES = 0.5


class WordCounts(NamedTuple):
    """In how many of `stories` each of `words` (sorted) stands. Counts of other stories can be added (`merged`)."""

    stories: int
    words: Words
    held: NDArray[np.int64]


NOTHING_COUNTED = WordCounts(0, np.empty(0, np.uint32), np.empty(0, np.int64))


def counted(stories: Iterable[Words]) -> WordCounts:
    """Count over stories, given as their tokens."""
    each = [np.unique(words) for words in stories]
    if not each:
        return NOTHING_COUNTED
    words, held = np.unique(np.concatenate(each), return_counts=True)
    return WordCounts(len(each), words, held)


def merged(one: WordCounts, other: WordCounts) -> WordCounts:
    """Give the counts over both."""
    words, places = np.unique(np.concatenate([one.words, other.words]), return_inverse=True)
    held = np.bincount(places, weights=np.concatenate([one.held, other.held]), minlength=len(words)).astype(np.int64)
    return WordCounts(one.stories + other.stories, words, held)


def rarity(words: Words, counts: WordCounts, common: Words) -> Weights:
    """Give the inverse document frequency of each word, its logarithm (Spärck Jones, 1972).

    common: the most usual words of the language, sorted.
    """
    held = np.where(_found(words, common), _COMMON_SHARE * _ASSUMED_STORIES, _OTHER_STORIES)
    if len(counts.words):
        places = np.minimum(np.searchsorted(counts.words, words), len(counts.words) - 1)
        held += np.where(counts.words[places] == words, counts.held[places], 0)
    stories = counts.stories + _ASSUMED_STORIES
    weights: Weights = np.log((stories + 1) / np.minimum(held + 0.5, stories + 1)).astype(np.float32)
    return weights


def _found(words: Words, known: Words) -> NDArray[np.bool_]:
    if not len(known):
        return np.zeros(len(words), dtype=np.bool_)
    found: NDArray[np.bool_] = known[np.minimum(np.searchsorted(known, words), len(known) - 1)] == words
    return found
