"""Finding candidates through the inverted index, and what verifying them needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twicetold.domain.fingerprint.shingles import leading, ranges
from twicetold.domain.matching.parameters import CROWD
from twicetold.domain.model import Keys
from twicetold.store.queries import boilerplate
from twicetold.store.queries.facts import require_current
from twicetold.store.queries.holders import POSTINGS_READ, Findable, Ranks, holders, passed_over, ranks
from twicetold.store.queries.listing import Queries
from twicetold.store.queries.rows import FEATURES_COLUMNS, FeaturesRow, features, single_postings
from twicetold.usecases.pipeline import CandidateQuery, Hit, StoredFeatures

NEAREST = 16
"""Stories that are nearest to a text that is only asked about, of all that hold its keys, are candidates, too."""
_COUNTED = 2**20
_ASKED = 2**13
_JOINED = 2**17
"""Keys looked up at a time, and postings joined with the queries that asked for them: a text of a million characters
has 20,000 keys, under each of which may stand as many stories as are read."""
_STORY_BITS = 48
"""Of a number that holds a query above and a story below."""

_DIGEST, _URL, _BAND, _PASSAGE = range(4)


class FeatureQueries(Queries):
    """What both readings and recordings tell of texts."""

    def word_counts(self, keys: Sequence[int]) -> dict[int, int]:
        if not keys:
            return {}
        return dict(
            self._session.rows("SELECT key, words FROM stories WHERE key IN (SELECT value FROM each(:keys))", keys=keys)
        )

    def features(self, keys: Sequence[int]) -> dict[int, StoredFeatures]:
        if not keys:
            return {}
        rows = self._session.rows(
            f"SELECT {FEATURES_COLUMNS} FROM stories s JOIN evidence e ON e.key = s.key "
            "WHERE s.key IN (SELECT value FROM each(:keys))",
            keys=keys,
        )
        return {row.key: features(row) for row in map(FeaturesRow._make, rows)}

    def furniture(self, sources: Sequence[str]) -> dict[str, Keys]:
        return boilerplate.furniture(self._session, sources)


class CandidateQueries(FeatureQueries):
    """The part of `ports.Reading` about what a text may match."""

    def candidates(self, queries: Sequence[CandidateQuery], *, limit: int) -> list[list[Hit]]:
        require_current(self._session, self._scheme)
        found = ranked(self._session.postings, queries, partial(ranks, self._session), limit=limit)
        if any(query.key is not None for query in queries):
            return found
        nearest = ranked(self._session.postings, queries, None, limit=NEAREST)
        return [_either(*both)[:limit] for both in zip(found, nearest, strict=True)]

    def sharers(self, query: CandidateQuery) -> int:
        (found,) = ranked(self._session.postings, [query], None, limit=_COUNTED)
        return len(found)

    def passed_over(self, key: int) -> int:
        return passed_over(self._session, key)


def _either(one: Sequence[Hit], other: Sequence[Hit]) -> list[Hit]:
    """The hits of both, strongest first."""
    found = {hit.key: hit for hit in (*other, *one)}
    return sorted(found.values(), key=lambda hit: (-hit.same_digest, -hit.same_url, -hit.bands, -hit.passages, hit.key))


def ranked(
    postings: Findable, queries: Sequence[CandidateQuery], told: Ranks | None, *, limit: int, once: bool = False
) -> list[list[Hit]]:
    """See `ports.CandidateReading.candidates`.

    `once` asks for stories with smaller keys than the query's alone, and for those that represent a key of very many:
    where all stories ask, every two that are candidates meet so.
    """
    keys, query_of, kind_of = _asked(queries)
    own = np.array([-1 if query.key is None else query.key for query in queries], dtype=np.int64)
    tallies: list[_Tally] = []
    for start in range(0, len(keys), _ASKED):
        part = slice(start, start + _ASKED)
        tallies += _tallies(postings, keys[part], query_of[part], kind_of[part], own, told=told, once=once)
    return _strongest(_together(tallies), len(queries), limit)


class _Tally(NamedTuple):
    """A row for each query and story that met.

    pairs: both as one number, ascending. counts: keys that they share, by kind: int32[n, 4]. rarest: of the bands and
    passages among these, how many stories stand under the rarest.
    """

    pairs: NDArray[np.int64]
    counts: NDArray[np.int32]
    rarest: NDArray[np.int32]


def _tallies(
    postings: Findable,
    keys: Keys,
    query_of: NDArray[np.intp],
    kind_of: NDArray[np.int8],
    own: Keys,
    *,
    told: Ranks | None,
    once: bool,
) -> Iterator[_Tally]:
    """Look keys up, and tally what was found, so many postings at a time."""
    order = np.argsort(keys)  # by hand, for `numpy.unique` takes as long as the rest of this together
    new = leading(keys[order])
    held = holders(postings, keys[order][new], told)
    positions, stories = held.positions[held.standing], held.stories[held.standing]
    # Join what was asked with what was found: each asked key meets the run of its postings.
    asked_at = np.empty(len(keys), dtype=np.intp)
    asked_at[order] = np.cumsum(new) - 1
    runs = np.bincount(positions, minlength=len(held.counts))
    first, count, spread_of = (np.cumsum(runs) - runs)[asked_at], runs[asked_at], held.counts[asked_at]
    edges = np.flatnonzero(np.diff(np.cumsum(count) // _JOINED, prepend=0)).tolist()
    for start, end in pairwise([0, *edges, len(keys)]):
        part = slice(start, end)
        found = stories[ranges(first[part], count[part])]
        asking = np.repeat(query_of[part], count[part])
        spread = np.repeat(spread_of[part], count[part])
        others = np.asarray(found != own[asking])
        if once:
            others &= (found < own[asking]) | (spread > CROWD)
        kinds = np.repeat(kind_of[part], count[part])[others]
        spread = spread[others]
        yield _tally((asking[others] << _STORY_BITS) | found[others], kinds, spread)


def _tally(pairs: NDArray[np.int64], kind_of: NDArray[np.int8], spread: NDArray[np.intp]) -> _Tally:
    order = np.argsort(pairs)
    pairs, kind_of, spread = pairs[order], kind_of[order], spread[order]
    marks = leading(pairs)
    starts = marks.nonzero()[0]
    counts = np.bincount(4 * (np.cumsum(marks) - 1) + kind_of, minlength=4 * len(starts)).reshape(-1, 4)
    rarest = np.where(kind_of >= _BAND, spread, POSTINGS_READ)
    rarest = np.minimum.reduceat(rarest, starts) if len(starts) else rarest
    return _Tally(pairs[starts], counts.astype(np.int32), rarest.astype(np.int32))


def _together(tallies: Sequence[_Tally]) -> _Tally:
    """One tally of several: a text of many keys meets a story in more than one."""
    if len(tallies) == 1:
        return tallies[0]
    if not tallies:
        return _tally(np.empty(0, np.int64), np.empty(0, np.int8), np.empty(0, np.intp))
    pairs, counts, rarest = (np.concatenate(column) for column in zip(*tallies, strict=True))
    order = np.argsort(pairs)
    pairs = pairs[order]
    starts = leading(pairs).nonzero()[0]
    if not len(starts):
        return tallies[0]
    return _Tally(pairs[starts], np.add.reduceat(counts[order], starts), np.minimum.reduceat(rarest[order], starts))


def _asked(queries: Sequence[CandidateQuery]) -> tuple[Keys, NDArray[np.intp], NDArray[np.int8]]:
    """All keys to look up, and of each the query it belongs to and its kind."""
    parts: list[Keys] = []
    kinds: list[NDArray[np.int8]] = []
    lengths: list[int] = []
    for query in queries:
        single = single_postings(query.digest, query.url_key)
        parts += [single, query.bands, query.passages]
        of_kind = [1, len(single) - 1, len(query.bands), len(query.passages)]
        kinds.append(np.repeat(np.array([_DIGEST, _URL, _BAND, _PASSAGE], np.int8), of_kind))
        lengths.append(sum(of_kind))
    if not parts:
        return np.empty(0, np.int64), np.empty(0, np.intp), np.empty(0, np.int8)
    return np.concatenate(parts), np.repeat(np.arange(len(queries)), lengths), np.concatenate(kinds)


def _strongest(tally: _Tally, queries: int, limit: int) -> list[list[Hit]]:
    """Order what each query met, and cut."""
    hits: list[list[Hit]] = [[] for _ in range(queries)]
    query_of, stories = tally.pairs >> _STORY_BITS, tally.pairs & ((1 << _STORY_BITS) - 1)
    strength = (-tally.counts[:, kind] for kind in (_PASSAGE, _BAND, _URL, _DIGEST))
    ranked = np.lexsort((*strength, query_of))  # earlier stories first
    ranked = ranked[leading(query_of[ranked], limit)]
    columns = (query_of, stories, tally.rarest, tally.counts)
    for mine, story, spread_of, of_kind in zip(*(column[ranked].tolist() for column in columns), strict=True):
        digest, url, bands, passages = of_kind
        hits[mine].append(
            Hit(
                key=story,
                bands=bands,
                passages=passages,
                same_digest=digest > 0,
                same_url=url > 0,
                spread=spread_of if bands or passages else 0,
            )
        )
    return hits
