"""What two texts have in common, measured exactly on their words."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from typing import NamedTuple

import msgspec
import numpy as np

from twicetold.domain.fingerprint.parameters import FEWEST_WORDS, SHINGLE
from twicetold.domain.fingerprint.shingles import Hashes, shingled
from twicetold.domain.fingerprint.words import values
from twicetold.domain.matching.lookup import Lookup, Mask, Positions
from twicetold.domain.matching.parameters import ALIKE, ALIKE_COVERED, NEW_STRETCH
from twicetold.domain.matching.passages import Side, longest_run
from twicetold.domain.matching.text_batch import TextBatch, batches
from twicetold.domain.matching.text_features import TextFeatures, named_alike
from twicetold.domain.model import Measures, Words


def measure(a: TextFeatures, b: TextFeatures) -> Measures:
    """Measure everything between a and b. `measure(b, a)` gives the same, mirrored."""
    (found,) = measure_each(a, [b])
    return found


def measure_each(a: TextFeatures, others: Sequence[TextFeatures]) -> list[Measures]:
    """Give `measure(a, b)` for each b of `others`, in few passes over all of them."""
    return [found.measures for found in compare_each(a, others)]


def compare_each(a: TextFeatures, others: Sequence[TextFeatures]) -> list[Comparison]:
    """Compare a text with each of `others`."""
    return [found for batch in batches(others, beside=a) for found in _compared(a, batch)]


def same_words(text: TextFeatures) -> Measures:
    """Give the measures between two texts of the same words, without comparing them."""
    words = len(text.words)
    all_of_it = 1.0 if words else 0.0
    return Measures(
        jaccard=all_of_it,
        a_in_b=all_of_it,
        b_in_a=all_of_it,
        masked_jaccard=all_of_it,
        a_covered=all_of_it,
        b_covered=all_of_it,
        a_new=0.0,
        b_new=0.0,
        numbers=1.0,
        names=1.0,
        kept_numbers=len(text.numbers),
        new_numbers=0,
        new_names=0,
        longest_run=words,
        a_words=words,
        b_words=words,
    )


class _Overlap(NamedTuple):
    """What a text shares with another whose distinct shingles are known.

    grams: its shingles in text order; shared: which of them the other has, too; ranks: as which of the other's distinct
    shingles. told: which of these it has. distinct: how many different ones it has; common: how many both have.
    """

    grams: Hashes
    shared: Mask
    ranks: Positions
    told: Mask
    distinct: int
    common: int


class _Pair(NamedTuple):
    """Two texts with what b shares with a.

    shared: which shingles of a, in text order, b has, too. in_b, in_a: which words of each stand in a shared shingle.
    """

    a: TextFeatures
    b: TextFeatures
    overlap: _Overlap
    shared: Mask
    in_b: Mask
    in_a: Mask

    @classmethod
    def of(cls, a: TextFeatures, b: TextFeatures, overlap: _Overlap) -> _Pair:
        shared = overlap.told.take(a.ranks)
        return cls(a, b, overlap, shared, _covered(len(a.words), shared), _covered(len(b.words), overlap.shared))


class Comparison(NamedTuple):
    """Two texts with what was measured between them.

    a, b: the texts; of texts that are alike the names of one are marked in both where the other marks none of its own.
    in_b, in_a: which words of each stand in a shared shingle. alike: whether all was measured (see `Measures`).
    """

    measures: Measures
    a: TextFeatures
    b: TextFeatures
    pair: _Pair
    alike: bool

    @property
    def in_b(self) -> Mask:
        """Which words of a stand in a shingle that b has, too."""
        return self.pair.in_b

    @property
    def in_a(self) -> Mask:
        """Which words of b stand in a shingle that a has, too."""
        return self.pair.in_a

    @property
    def judged(self) -> bool:
        """Whether the model is asked: the texts are alike, and neither is too short for that to say anything."""
        return self.alike and min(self.measures.a_words, self.measures.b_words) >= FEWEST_WORDS

    def order(self, *, from_a: bool) -> float:
        """Of the shared shingles of a (or of b) the share that stand behind the one before them in the other, too."""
        a, overlap = self.pair.a, self.pair.overlap
        shared = overlap.shared.nonzero()[0]
        if from_a:
            first = np.empty(len(a.shingles.hashes), dtype=np.intp)
            first[overlap.ranks[shared[::-1]]] = shared[::-1]
            places = first[a.ranks[self.pair.shared]]
        else:
            places = a.first_places[overlap.ranks[shared]]
        return float((places[1:] > places[:-1]).mean()) if len(places) > 1 else nan


def _compared(a: TextFeatures, others: Sequence[TextFeatures]) -> list[Comparison]:
    overlaps = _overlaps(a.shingles, [b.words for b in others])
    pairs = [_Pair.of(a, b, overlap) for b, overlap in zip(others, overlaps, strict=True)]
    found = [Comparison(_plain(pair), pair.a, pair.b, pair, alike=False) for pair in pairs]
    alike = [at for at, each in enumerate(found) if _alike(each.measures)]
    named = [named_alike(a, others[at]) for at in alike]
    for at, (one, other), overlap in zip(alike, named, _masked_overlaps(a, named), strict=True):
        measures = _specific(found[at].measures, pairs[at], one, other, overlap)
        found[at] = Comparison(measures, one, other, pairs[at], alike=True)
    return found


def _plain(pair: _Pair) -> Measures:
    a, b, overlap, shared, in_b, in_a = pair
    size = len(a.shingles.hashes)
    jaccard = _jaccard(size, overlap)
    a_covered, b_covered = _share(np.count_nonzero(in_b), len(in_b)), _share(np.count_nonzero(in_a), len(in_a))
    return Measures(
        jaccard=jaccard,
        a_in_b=_share(overlap.common, size),
        b_in_a=_share(overlap.common, overlap.distinct),
        masked_jaccard=jaccard,
        a_covered=a_covered,
        b_covered=b_covered,
        a_new=1 - a_covered,
        b_new=1 - b_covered,
        numbers=0.0,
        names=0.0,
        kept_numbers=0,
        new_numbers=0,
        new_names=0,
        longest_run=longest_run(Side(a.words, a.grams, shared), Side(b.words, overlap.grams, overlap.shared)),
        a_words=len(a.words),
        b_words=len(b.words),
    )


def _alike(found: Measures) -> bool:
    return found.jaccard >= ALIKE or max(found.a_covered, found.b_covered) >= ALIKE_COVERED


def _specific(found: Measures, pair: _Pair, a: TextFeatures, b: TextFeatures, overlap: _Overlap) -> Measures:
    """Add the measures that are taken between texts which are alike; a, b and overlap are of them with names marked."""
    in_b, in_a = pair.in_b, pair.in_a
    numbers = _tokens(*_respelled(a.words[a.numbers], in_b[a.numbers], b.words[b.numbers], in_a[b.numbers]))
    names = _tokens(a.words[a.names], in_b[a.names], b.words[b.names], in_a[b.names])
    return msgspec.structs.replace(
        found,
        masked_jaccard=_jaccard(len(a.masked.hashes), overlap),
        a_new=_new(in_b),
        b_new=_new(in_a),
        numbers=numbers.share,
        names=names.share,
        kept_numbers=numbers.kept,
        new_numbers=numbers.changed,
        new_names=names.changed,
    )


def _overlaps(known: Lookup, texts: Sequence[Words]) -> list[_Overlap]:
    """Find what each of some texts, or of what stands for their words, shares with the one whose shingles are known."""
    laid = TextBatch.of(texts)
    grams = shingled(laid.words)
    ranks, shared = known.find(grams)
    found = []
    for own, marks, at in zip(*(laid.parts(each, size=SHINGLE) for each in (grams, shared, ranks)), strict=True):
        told = np.zeros(len(known.hashes), dtype=np.bool_)
        told[at[marks]] = True
        common = int(np.count_nonzero(told))
        found.append(_Overlap(own, marks, at, told, common + _distinct(own[~marks]), common))
    return found


def _masked_overlaps(a: TextFeatures, named: Sequence[tuple[TextFeatures, TextFeatures]]) -> list[_Overlap]:
    """Find what pairs share if all numbers and names are alike, in one pass for those in which `a` stands unchanged."""
    usual = [b.masked_words for one, b in named if one is a]
    found = iter(_overlaps(a.masked, usual) if usual else ())
    return [next(found) if one is a else _overlaps(one.masked, [b.masked_words])[0] for one, b in named]


def _distinct(grams: Hashes) -> int:
    """Count the different hashes."""
    ordered = np.sort(grams)
    return int(np.count_nonzero(ordered[1:] != ordered[:-1])) + (len(ordered) > 0)


def _covered(words: int, shared: Mask) -> Mask:
    """Mark the words that stand in a shared shingle."""
    covered = np.zeros(words, dtype=np.bool_)
    for offset in range(SHINGLE):
        covered[offset : offset + len(shared)] |= shared
    return covered


def _new(covered: Mask) -> float:
    """The share of words in uncovered stretches of NEW_STRETCH and more: passages of its own, not scattered edits."""
    if len(covered) - np.count_nonzero(covered) < NEW_STRETCH:
        return 0.0
    new = (~covered).nonzero()[0]
    if not (new[NEW_STRETCH - 1 :] - new[: 1 - NEW_STRETCH] < NEW_STRETCH).any():
        return 0.0
    bounds = np.concatenate(([-1], covered.nonzero()[0], [len(covered)]))
    stretches = bounds[1:] - bounds[:-1] - 1
    return _share(stretches[stretches >= NEW_STRETCH].sum(), len(covered))


class _Tokens(NamedTuple):
    """The numbers, or the names, of two texts.

    share: of them that is covered, in the text where it is larger; 1 without any. kept: how many are covered, changed:
    how many one text has in place of the other's, which have not only moved; both in the text where it is less.
    """

    share: float
    kept: int
    changed: int


def _tokens(a: Words, a_covered: Mask, b: Words, b_covered: Mask) -> _Tokens:
    kept_a, kept_b = int(np.count_nonzero(a_covered)), int(np.count_nonzero(b_covered))
    share = max(_share(kept_a, len(a)), _share(kept_b, len(b))) if len(a) or len(b) else 1.0
    changed = 0
    if kept_a < len(a) and kept_b < len(b):
        of_a, of_b = set(a[~a_covered].tolist()), set(b[~b_covered].tolist())
        changed = min(len(of_a - of_b), len(of_b - of_a))
    return _Tokens(share, min(kept_a, kept_b), changed)


def _respelled(a: Words, a_covered: Mask, b: Words, b_covered: Mask) -> tuple[Words, Mask, Words, Mask]:
    """Give numbers by their values, with those marked as covered that the other text only spells another way."""
    of_a, of_b = values(a), values(b)
    if a_covered.all() or b_covered.all():
        return of_a, a_covered, of_b, b_covered
    in_b = ~a_covered & np.isin(of_a, of_b[~b_covered]) & ~np.isin(a, b)
    in_a = ~b_covered & np.isin(of_b, of_a[~a_covered]) & ~np.isin(b, a)
    return of_a, a_covered | in_b, of_b, b_covered | in_a


def _jaccard(size: int, overlap: _Overlap) -> float:
    return _share(overlap.common, size + overlap.distinct - overlap.common)


def _share(part: int | np.intp, whole: int) -> float:
    return int(part) / whole if whole else 0.0  # plain numbers, for numpy's do not go into JSON
