"""Finding candidates through the inverted index, and what verifying them needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twicetold.domain.fingerprint.shingles import leading, ranges
from twicetold.domain.matching.parameters import CROWD
from twicetold.domain.model import Keys
from twicetold.store.port import Session
from twicetold.store.queries.facts import require_current
from twicetold.store.queries.listing import Queries
from twicetold.store.queries.rows import FEATURES_COLUMNS, FeaturesRow, features, single_postings
from twicetold.usecases.pipeline import CandidateQuery, Hit, StoredFeatures

POSTINGS_READ = CROWD
"""Postings read of one key. A key of more stories is boilerplate or a text with many copies: the earliest stand
for all, and a look-up costs the same whatever the store holds."""

_JOINED = 32
"""Queries joined with their postings at a time; copies of one story meet thousands each."""
_STORY_BITS = 57
"""Of a number that holds one of these queries above and a story below."""

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


class CandidateQueries(FeatureQueries):
    """The part of `ports.Reading` about what a text may match."""

    def candidates(self, queries: Sequence[CandidateQuery], *, limit: int) -> list[list[Hit]]:
        require_current(self._session, self._scheme)
        return _candidates(self._session, queries, limit)

    def crowds(self, keys: Sequence[int], *, larger_than: int) -> dict[int, int]:
        if not keys:
            return {}
        rows = self._session.rows(
            "SELECT s.key, c.canonical FROM stories s JOIN clusters c ON c.id = s.cluster_id "
            "WHERE s.key IN (SELECT value FROM each(:keys)) AND c.size > :size",
            keys=keys,
            size=larger_than,
        )
        return dict(rows)


def _candidates(session: Session, queries: Sequence[CandidateQuery], limit: int) -> list[list[Hit]]:
    keys, query_of, kind_of = _asked(queries)
    order = np.argsort(keys)  # by hand, for `numpy.unique` takes as long as the rest of this together
    new = leading(keys[order])
    positions, stories = session.postings.find(keys[order][new], cap=POSTINGS_READ)
    # Join what was asked with what was found: each asked key meets the run of its postings.
    asked_at = np.empty(len(keys), dtype=np.intp)
    asked_at[order] = np.cumsum(new) - 1
    runs = np.bincount(positions, minlength=np.count_nonzero(new))
    first, count = (np.cumsum(runs) - runs)[asked_at], runs[asked_at]
    own = np.array([-1 if query.key is None else query.key for query in queries], dtype=np.int64)
    hits: list[list[Hit]] = []
    for start in range(0, len(queries), _JOINED):
        part = slice(*np.searchsorted(query_of, (start, start + _JOINED)))
        met = _joined(query_of[part], kind_of[part], first[part], count[part], stories)
        others = met.stories != own[met.query_of]
        hits += _strongest(_Met(*(column[others] for column in met)), start, min(start + _JOINED, len(queries)), limit)
    return hits


class _Met(NamedTuple):
    """A row for each posting that a query met: the query, the story, the kind of key, the stories under the key."""

    query_of: NDArray[np.intp]
    stories: Keys
    kind_of: NDArray[np.int8]
    spread: NDArray[np.intp]


def _joined(
    query_of: NDArray[np.intp],
    kind_of: NDArray[np.int8],
    first: NDArray[np.intp],
    count: NDArray[np.intp],
    stories: Keys,
) -> _Met:
    return _Met(
        np.repeat(query_of, count), stories[ranges(first, count)], np.repeat(kind_of, count), np.repeat(count, count)
    )


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


def _strongest(met: _Met, first: int, last: int, limit: int) -> list[list[Hit]]:
    """Count by query and story, then order and cut, for the queries `[first, last)`."""
    hits: list[list[Hit]] = [[] for _ in range(first, last)]
    if not len(met.stories):
        return hits
    pairs = ((met.query_of - first) << _STORY_BITS) | met.stories  # one number sorts faster than two
    order = np.argsort(pairs)
    pairs = pairs[order]
    query_of, stories, kind_of, spread = (column[order] for column in met)
    marks = leading(pairs)
    starts = marks.nonzero()[0]
    counts = np.bincount(4 * (np.cumsum(marks) - 1) + kind_of, minlength=4 * len(starts)).reshape(-1, 4)
    rarest = np.minimum.reduceat(np.where(kind_of >= _BAND, spread, POSTINGS_READ), starts)
    query_of = query_of[starts] - first
    ranked = np.lexsort((*(-counts[:, kind] for kind in (_PASSAGE, _BAND, _URL, _DIGEST)), query_of))  # earlier first
    ranked = ranked[leading(query_of[ranked], limit)]
    columns = (query_of, stories[starts], rarest, counts)
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
