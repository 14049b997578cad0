"""What the model of relations looks at: how two texts that are alike differ, as numbers.

Every feature is the same seen from either text: `short` is the shorter of the two, `long` the other. NaN is "unknown":
the numbers of two texts of which one has none, the titles where one has none, the days between undated stories.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isnan, log1p, nan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twicetold.domain.fingerprint.words import values
from twicetold.domain.matching.lookup import Mask, Positions
from twicetold.domain.matching.measure import Comparison
from twicetold.domain.matching.text_features import TextFeatures, Vocabulary
from twicetold.domain.model import Words

LEAD = 25
"""Words that hold the news of a story; background comes later."""
OPENING = 60
"""Words of the first paragraph or two."""
TITLED = 150
"""Words in which a story says what its title promised; a long text has most words of any title somewhere."""
TAIL = 40
"""Words at the end: where a source's own lines stand, and what is cut first."""
WINDOW = 30
SPREAD = 0.2
"""A text is looked at in windows of so many words; one is touched where this share of it is shared, or half of it."""
SLOT = 3
"""Words of a gap that a form may leave to be filled in, or an editor may put another word into."""


class Context(NamedTuple):
    """What is known of two stories beside their texts. days: between their publication times, None if one has none."""

    same_source: bool = False
    days: float | None = None


class Features(NamedTuple):
    """The features of a pair; shares are 0 to 1, `log_` is the natural logarithm of one more than the number.

    covered: words in shared shingles; outside: the other words. new: words in long stretches of its own. bag: different
    words that the other has at all; rare: of those that a text has once; recurring: more than once. gap: a stretch of
    words that is not shared; slots: the share of such words in gaps of SLOT or fewer; run: a stretch that is shared.
    mid: the mean place of shared words in the text; spread: the share of its windows that are touched. `title_cross` is
    the share of one story's title that stands in the first TITLED words of the other, `title_own` of its own.
    """

    jaccard: float
    short_covered: float
    long_covered: float
    short_in_long: float
    short_new: float
    long_new: float
    log_words: float
    length_ratio: float
    run_share: float
    run_of_covered: float
    log_run: float
    masked_gain: float
    masked_share: float
    numbers_kept: float
    numbers_covered: float
    numbers_new: float
    numbers_density: float
    names_kept: float
    names_covered: float
    names_new: float
    names_density: float
    order: float
    short_bag: float
    long_bag: float
    short_rare: float
    long_rare: float
    short_recurring: float
    long_recurring: float
    short_outside_bag: float
    long_outside_bag: float
    lead_least: float
    lead_most: float
    short_opening: float
    long_opening: float
    short_tail: float
    long_tail: float
    short_log_gap: float
    long_log_gap: float
    short_slots: float
    long_slots: float
    short_gaps: float
    short_mean_gap: float
    long_mean_gap: float
    short_log_runs: float
    long_log_runs: float
    short_mid: float
    long_mid: float
    short_spread: float
    long_spread: float
    short_spread_half: float
    long_spread_half: float
    title_kept: float
    title_jaccard: float
    title_own: float
    title_cross_least: float
    title_cross_most: float
    same_source: float
    log_days: float
    log_days_at_source: float
    without_names: float
    in_parts: float


def features(found: Comparison, context: Context) -> Features:
    """Give the features of two texts that are alike."""
    measures = found.measures
    a, b = found.a, found.b
    swapped = (len(a.words), a.words.tobytes()) > (len(b.words), b.words.tobytes())
    short, long = (b, a) if swapped else (a, b)
    in_long, in_short = (found.in_a, found.in_b) if swapped else (found.in_b, found.in_a)
    one, other = _shape(in_long), _shape(in_short)
    numbers = _kept(values(short.words[short.numbers]), values(long.words[long.numbers]))
    names = _kept(short.words[short.names], long.words[long.names])
    of_short, of_long = _bag(short.vocabulary, long.vocabulary), _bag(long.vocabulary, short.vocabulary)
    gain = measures.masked_jaccard - measures.jaccard
    days = log1p(context.days) if context.days is not None else nan
    return Features(
        jaccard=measures.jaccard,
        short_covered=one.covered,
        long_covered=other.covered,
        short_in_long=measures.b_in_a if swapped else measures.a_in_b,
        short_new=measures.b_new if swapped else measures.a_new,
        long_new=measures.a_new if swapped else measures.b_new,
        log_words=log1p(len(short.words)),
        length_ratio=len(short.words) / len(long.words),
        run_share=measures.longest_run / len(short.words),
        run_of_covered=measures.longest_run / int(in_long.sum()) if in_long.any() else nan,
        log_run=log1p(measures.longest_run),
        masked_gain=gain,
        masked_share=gain / (1 - measures.jaccard) if measures.jaccard < 1 else nan,
        numbers_kept=numbers.share,
        numbers_covered=nan if numbers.share != numbers.share else measures.numbers,
        numbers_new=numbers.new,
        numbers_density=len(short.numbers) / len(short.words),
        names_kept=names.share,
        names_covered=nan if names.share != names.share else measures.names,
        names_new=names.new,
        names_density=len(short.names) / len(short.words),
        order=found.order(from_a=not swapped),
        short_bag=of_short.all,
        long_bag=of_long.all,
        short_rare=of_short.once,
        long_rare=of_long.once,
        short_recurring=of_short.again,
        long_recurring=of_long.again,
        short_outside_bag=_standing(short.words[~in_long], long.vocabulary.words),
        long_outside_bag=_standing(long.words[~in_short], short.vocabulary.words),
        lead_least=min(one.lead, other.lead),
        lead_most=max(one.lead, other.lead),
        short_opening=one.opening,
        long_opening=other.opening,
        short_tail=one.tail,
        long_tail=other.tail,
        short_log_gap=log1p(one.longest_gap),
        long_log_gap=log1p(other.longest_gap),
        short_slots=one.slots,
        long_slots=other.slots,
        short_gaps=one.gaps,
        short_mean_gap=one.mean_gap,
        long_mean_gap=other.mean_gap,
        short_log_runs=log1p(one.weighted_run),
        long_log_runs=log1p(other.weighted_run),
        short_mid=one.mid,
        long_mid=other.mid,
        short_spread=one.spread,
        long_spread=other.spread,
        short_spread_half=one.spread_half,
        long_spread_half=other.spread_half,
        **_titles(short, long)._asdict(),
        same_source=float(context.same_source),
        log_days=days,
        log_days_at_source=days if context.same_source else nan,
        without_names=float(not len(short.names) and not len(long.names)),
        in_parts=float(short.in_parts and long.in_parts),
    )


class _Shape(NamedTuple):
    """How the shared words of a text lie in it; gaps a hundred words, lengths in words."""

    covered: float
    lead: float
    opening: float
    tail: float
    gaps: float
    mean_gap: float
    longest_gap: int
    slots: float
    weighted_run: float
    mid: float
    spread: float
    spread_half: float


def _shape(covered: Mask) -> _Shape:
    size = len(covered)
    places = covered.nonzero()[0]
    gaps, runs = _lengths(~covered), _lengths(covered)
    outside = size - len(places)
    starts = np.arange(0, size, WINDOW)
    lengths = np.full(len(starts), WINDOW)
    lengths[-1] = size - starts[-1]
    windows = np.add.reduceat(covered, starts, dtype=np.intp) / lengths
    return _Shape(
        covered=len(places) / size,
        lead=_mean(covered[:LEAD]),
        opening=_mean(covered[:OPENING]),
        tail=_mean(covered[-TAIL:]),
        gaps=100 * len(gaps) / size,
        mean_gap=outside / len(gaps) if len(gaps) else 0.0,
        longest_gap=int(gaps.max(initial=0)),
        slots=int(gaps[gaps <= SLOT].sum()) / outside if outside else nan,
        weighted_run=int((runs * runs).sum()) / len(places) if len(places) else 0.0,
        mid=int(places.sum()) / len(places) / size if len(places) else nan,
        spread=_mean(windows >= SPREAD),
        spread_half=_mean(windows >= 0.5),
    )


def _lengths(mask: Mask) -> Positions:
    """List the lengths of the stretches of True."""
    edge = np.empty(len(mask) + 1, dtype=np.bool_)
    edge[0], edge[-1] = mask[0], mask[-1]
    np.not_equal(mask[1:], mask[:-1], out=edge[1:-1])
    edges = edge.nonzero()[0]
    lengths: Positions = edges[1::2] - edges[::2]
    return lengths


class _Kept(NamedTuple):
    """Of two texts' numbers or names: the share of the fewer that both have, and how many the fewer has anew."""

    share: float
    new: float


def _kept(a: Words, b: Words) -> _Kept:
    of_a, of_b = set(a.tolist()), set(b.tolist())
    if not of_a or not of_b:
        return _Kept(nan, 0.0)
    return _Kept(len(of_a & of_b) / min(len(of_a), len(of_b)), float(min(len(of_a - of_b), len(of_b - of_a))))


class _Bag(NamedTuple):
    """The share of a text's different words that another has: of all, of those it has once, of those it has again."""

    all: float
    once: float
    again: float


def _bag(own: Vocabulary, other: Vocabulary) -> _Bag:
    at = other.words.searchsorted(own.words)
    shared = other.words.take(at, mode="clip") == own.words
    return _Bag(_mean(shared), _mean(shared[own.once]), _mean(shared[own.again]))


def _mean(mask: Mask) -> float:
    return int(np.count_nonzero(mask)) / len(mask) if len(mask) else nan


class _Titles(NamedTuple):
    title_kept: float
    title_jaccard: float
    title_own: float
    title_cross_least: float
    title_cross_most: float


def _titles(a: TextFeatures, b: TextFeatures) -> _Titles:
    if not len(a.title) and not len(b.title):
        return _Titles(nan, nan, nan, nan, nan)
    of_a, of_b = set(a.title.tolist()), set(b.title.tolist())
    common = len(of_a & of_b)
    both = bool(of_a and of_b)
    first_a, first_b = np.sort(a.words[:TITLED]), np.sort(b.words[:TITLED])
    cross = _least_and_most(_standing(a.title, first_b), _standing(b.title, first_a))
    own = _least_and_most(_standing(a.title, first_a), _standing(b.title, first_b))
    return _Titles(
        title_kept=common / min(len(of_a), len(of_b)) if both else nan,
        title_jaccard=common / len(of_a | of_b) if both else nan,
        title_own=own[0],
        title_cross_least=cross[0],
        title_cross_most=cross[1],
    )


def _standing(words: Words, text: Words) -> float:
    """The share of some words that are among those of a text, which are sorted."""
    return _mean(text.take(text.searchsorted(words), mode="clip") == words)


def _least_and_most(*shares: float) -> tuple[float, float]:
    known = [share for share in shares if not isnan(share)]
    return min(known, default=inf), max(known, default=-inf)


def known(pair: Features) -> dict[str, float | None]:
    """The features by name, None for what is unknown."""
    return {name: None if isnan(value) else round(value, 4) for name, value in pair._asdict().items()}


def table(rows: Sequence[Features]) -> NDArray[np.float64]:
    """Put features side by side: float64[pairs, features]."""
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(Features._fields))
