"""Whether stories tell one event in words of their own, by the rare words that they share.

Cosine of words weighted by how often they stand in a text and how rare they are (Salton and Buckley, 1988), less how
near both texts are to their neighbours: a subject that is told every day makes all its stories alike, an event a few
(cross-domain similarity local scaling, Conneau et al., "Word translation without parallel data", 2018). Names and
numbers weigh as rare words do, and shared quotes count besides. Nothing of this looks at letters, only at tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twicetold.domain.fingerprint.shingles import grams, multipliers
from twicetold.domain.fingerprint.words import TokenClass
from twicetold.domain.matching.rarity import Weights
from twicetold.domain.model import Words

LEAD = 100
"""First words of a text, which hold its news: each counts twice."""
LONGEST = 5_000
"""Words of a text that are weighed."""
NEIGHBOURS = 10
"""As Conneau et al. have it."""
QUOTE = 8
"""Words that two reports seldom have in a row unless they quote the same."""
QUOTES_COUNTED = 2
"""More quotes make it no surer."""
SHOWN = 8
"""Shared names, numbers and words that are told, the rarest; and quotes, the longest."""
RARE = 3.5
"""Weight from which on a word is worth telling: one in thirty stories has it."""

_QUOTE_WORTH = 0.015
"""Similarity that a shared quote adds: about what parts two reports of one event from two of one subject."""
_BASE, _PER_SIMILARITY = -2.93, 54.5
"""Of the logistic function that makes a probability of similarity, fitted to pairs of one event and to others."""
_LEAST_ODDS = 1e-12
_ENCODER_WEIGHT = 1.0
"""Log odds for a standard deviation. Of .5 to 3 all do better than without on 100 events told by three outlets, with a
model that was made for none of it; the order of the two merged by ranks alone does worse."""
_FACTORS = multipliers(b"quotes", QUOTE)


class TokenText(NamedTuple):
    """A text as its tokens and their classes (`TokenClass`), of one length."""

    words: Words
    kinds: NDArray[np.uint8]


class SharedRuns(NamedTuple):
    """What a text shares with another: places in its tokens, start and end of each, those that tell most first."""

    names: Sequence[tuple[int, int]]
    numbers: Sequence[tuple[int, int]]
    quotes: Sequence[tuple[int, int]]
    words: Sequence[tuple[int, int]]


def event_scores(
    asked: TokenText, others: Sequence[TokenText], rarity: Callable[[Words], Weights]
) -> NDArray[np.float64]:
    """Give for each of `others` the probability that it tells the event of `asked`: float64[n]."""
    if not others or not len(asked.words):
        return np.zeros(len(others))
    scaled = _scaled(_cosines([text.words[:LONGEST] for text in (asked, *others)], rarity))
    quotes = np.zeros(len(others))
    for place in _quoting(asked.words, [text.words for text in others]):
        quotes[place] = len(_quotes(asked.words, others[place].words))
    odds = _BASE + _PER_SIMILARITY * (scaled[0, 1:] + _QUOTE_WORTH * np.minimum(quotes, QUOTES_COUNTED))
    scores: NDArray[np.float64] = 1 / (1 + np.exp(-odds))
    scores[[not len(text.words) for text in others]] = 0.0
    return scores


def agreed_order(scores: NDArray[np.float64], cosines: NDArray[np.float32]) -> list[int]:
    """Give places in the order that scores and an encoder's cosines agree on, both float[n].

    The log odds of the scores, with the cosines in standard deviations added: encoders differ in what their cosines
    say, and only for one event is known how often a score is right.
    """
    bounded = np.clip(scores, _LEAST_ODDS, 1 - _LEAST_ODDS)
    told = np.log(bounded / (1 - bounded))
    spread = cosines.std()
    if spread > 0:
        told += _ENCODER_WEIGHT * (cosines - cosines.mean()) / spread
    order: list[int] = np.argsort(-told, kind="stable").tolist()
    return order


def _cosines(texts: Sequence[Words], rarity: Callable[[Words], Weights]) -> NDArray[np.float64]:
    """Give the cosine of each two texts: float64[n, n]; of one without words with any, 0."""
    lengths = [len(words) for words in texts]
    known, which = np.unique(np.concatenate(texts), return_inverse=True)
    text_of = np.repeat(np.arange(len(texts)), lengths)
    leads = np.concatenate([np.arange(length) < LEAD for length in lengths])
    counts = np.bincount(text_of * len(known) + which, weights=1.0 + leads, minlength=len(texts) * len(known))
    cells = np.flatnonzero(counts)
    rows, columns = np.divmod(cells, len(known))
    weights = np.log1p(counts[cells]) * rarity(known)[columns]
    norms = np.sqrt(np.bincount(rows, weights=weights**2, minlength=len(texts)))
    shared = np.bincount(columns, minlength=len(known)) > 1  # all others add to no product
    kept = shared[columns] & (norms[rows] > 0)
    part = np.zeros((len(texts), np.count_nonzero(shared)))
    part[rows[kept], (np.cumsum(shared) - 1)[columns[kept]]] = (weights / np.where(norms > 0, norms, 1.0)[rows])[kept]
    cosines: NDArray[np.float64] = part @ part.T
    return cosines


def _scaled(cosines: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take from each cosine the mean of both texts' nearest NEIGHBOURS; where there are fewer, none is as near."""
    near = cosines.copy()
    np.fill_diagonal(near, 0.0)
    means = np.sort(near, axis=1)[:, ::-1][:, :NEIGHBOURS].sum(axis=1) / NEIGHBOURS
    scaled: NDArray[np.float64] = cosines - (means[:, None] + means[None, :]) / 2
    return scaled


def shared_runs(asked: TokenText, other: TokenText, weights: Weights) -> SharedRuns:
    """Tell what a text shares with another: names, numbers and words that are rare, and quotes.

    weights: the rarity of each token of `asked`.
    """
    held = np.isin(asked.words, other.words)
    rare = held & (weights >= RARE)
    quotes = _quotes(asked.words, other.words)
    names = [run for run in _runs(held & (asked.kinds == TokenClass.NAME)) if rare[run[0] : run[1]].any()]
    return SharedRuns(
        names=_telling([_trimmed(run, rare) for run in names], weights),
        numbers=_telling(_single(rare & (asked.kinds == TokenClass.NUMBER)), weights),
        quotes=sorted(quotes, key=lambda run: run[0] - run[1])[:SHOWN],
        words=_telling(_single(rare & (asked.kinds == TokenClass.WORD)), weights),
    )


def _quoting(words: Words, others: Sequence[Words]) -> list[int]:
    """Tell which texts have QUOTE words in a row with the first."""
    own = np.unique(grams(words[:LONGEST], _FACTORS))
    if not len(own):
        return []
    each = [grams(other[:LONGEST], _FACTORS) for other in others]
    every = np.concatenate(each)
    hits = own[np.minimum(np.searchsorted(own, every), len(own) - 1)] == every
    owners = np.repeat(np.arange(len(others)), [len(one) for one in each])
    found: list[int] = np.unique(owners[hits]).tolist()
    return found


def _quotes(words: Words, other: Words) -> list[tuple[int, int]]:
    """The runs of QUOTE and more words that stand in both: start and end in the first."""
    shared = np.isin(grams(words[:LONGEST], _FACTORS), grams(other[:LONGEST], _FACTORS))
    return [(start, end + QUOTE - 1) for start, end in _runs(shared)]


def _runs(marks: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.diff(np.concatenate([[False], marks, [False]]).astype(np.int8))
    return list(zip(np.flatnonzero(edges > 0).tolist(), np.flatnonzero(edges < 0).tolist(), strict=True))


def _single(marks: NDArray[np.bool_]) -> list[tuple[int, int]]:
    return [(place, place + 1) for place in np.flatnonzero(marks).tolist()]


def _trimmed(run: tuple[int, int], rare: NDArray[np.bool_]) -> tuple[int, int]:
    """A run from its first rare word to its last."""
    places = np.flatnonzero(rare[run[0] : run[1]])
    return run[0] + int(places[0]), run[0] + int(places[-1]) + 1


def _telling(runs: list[tuple[int, int]], weights: Weights) -> list[tuple[int, int]]:
    """Runs, that of the rarest word first."""
    return sorted(runs, key=lambda run: (-float(weights[run[0] : run[1]].max()), run))
