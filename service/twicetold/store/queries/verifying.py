"""Whether what a store says of its stories agrees: texts, index, matches and clusters, a batch of stories at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
import zstandard

from twicetold.domain.model import Keys
from twicetold.store.port import Session
from twicetold.store.queries.components import CLUSTERING
from twicetold.store.queries.derivations import COPIES
from twicetold.store.queries.holders import POSTINGS_READ
from twicetold.store.queries.indexing import stored_postings
from twicetold.store.queries.listing import columns
from twicetold.store.queries.rows import text_of

BATCH = 200
"""Stories looked at in one snapshot, so that no long read keeps the log from being copied."""


class _PartsRow(NamedTuple):
    """A story with the rows that belong to it; each is None where it is missing."""

    key: int
    id: str
    words: int
    body: bytes | None
    tokens: bytes | None
    postings: bytes | None
    cluster_id: str | None


class _ClusterRow(NamedTuple):
    """A cluster as its row has it, and as its members do."""

    id: str
    size: int
    sources: int
    derived: int
    members: int
    their_sources: int
    copies: int
    canonical_inside: int


class Verification:
    """Goes through all stories once; keeps which clusters it has seen."""

    def __init__(self) -> None:
        self.last = 0
        self.stories = 0
        self._clusters: set[str] = set()

    def batch(self, session: Session) -> list[str] | None:
        """What is wrong with the next stories, in sentences; None when there are no more."""
        rows = session.rows(
            f"SELECT {columns(_PartsRow, 's', body='b.body', tokens='e.words', postings='p.postings')} FROM stories s "
            "LEFT JOIN bodies b ON b.key = s.key LEFT JOIN evidence e ON e.key = s.key "
            "LEFT JOIN story_postings p ON p.key = s.key WHERE s.key > :last ORDER BY s.key LIMIT :most",
            last=self.last,
            most=BATCH,
        )
        if not rows:
            return None
        stories = [_PartsRow._make(row) for row in rows]
        self.last, self.stories = stories[-1].key, self.stories + len(stories)
        names = {story.key: story.id for story in stories}
        clusters = {story.cluster_id for story in stories if story.cluster_id} - self._clusters
        self._clusters |= clusters
        return [
            *_wrong_parts(stories),
            *_missing_from_index(session, stories),
            *_wrong_matches(session, names),
            *_wrong_clusters(session, sorted(clusters)),
            *_untied_members(session, names),
            *_stray_derivations(session, names),
        ]


def _wrong_parts(stories: Sequence[_PartsRow]) -> Iterator[str]:
    for story in stories:
        for name, part in (("text", story.body), ("tokens", story.tokens), ("index keys", story.postings)):
            if part is None:
                yield f"the story {story.id!r} has no {name}"
        if story.tokens is not None and len(story.tokens) != 4 * story.words:
            yield f"the story {story.id!r} counts {story.words} words and holds {len(story.tokens) // 4}"
        if story.body is not None:
            try:
                text_of(story.body)
            except (zstandard.ZstdError, msgspec.DecodeError):
                yield f"the text of the story {story.id!r} is damaged"


def _missing_from_index(session: Session, stories: Sequence[_PartsRow]) -> Iterator[str]:
    """Stories that the index does not name under a key of theirs, though it reads further than what it names there."""
    keys, owners = stored_postings((story.key, story.postings) for story in stories if story.postings is not None)
    wanted: Keys = np.unique(keys)
    if not len(wanted):
        return
    positions, found = session.postings.find(wanted, cap=POSTINGS_READ)
    there = set(zip(wanted[positions].tolist(), found.tolist(), strict=True))
    full = Counter(wanted[positions].tolist())
    absent = Counter(
        story
        for key, story in zip(keys.tolist(), owners.tolist(), strict=True)
        if (key, story) not in there and full[key] < POSTINGS_READ
    )
    for story in stories:
        if absent[story.key]:
            yield f"the index does not name the story {story.id!r} under {absent[story.key]} of its keys"


def _wrong_matches(session: Session, names: dict[int, str]) -> Iterator[str]:
    rows = session.rows(
        "SELECT m.a, m.b FROM matches m LEFT JOIN stories s ON s.key = m.b "
        "LEFT JOIN matches o ON o.a = m.b AND o.b = m.a "
        "WHERE m.a IN (SELECT value FROM each(:keys)) AND (s.key IS NULL OR o.a IS NULL) ORDER BY m.a, m.b",
        keys=list(names),
    )
    for key, other in rows:
        yield f"a match of the story {names[key]!r} is not on record from its other side, number {other}"


def _wrong_clusters(session: Session, clusters: Sequence[str]) -> Iterator[str]:
    canonical = "(SELECT COUNT(*) FROM stories s WHERE s.key = c.canonical AND s.cluster_id = c.id)"
    copies = f"(SELECT COUNT(*) FROM derivations d WHERE d.cluster_id = c.id AND d.relation IN ({COPIES}))"
    rows = session.rows(
        "SELECT c.id, c.size, c.sources, c.derived, COUNT(s.key), COUNT(DISTINCT s.source), "
        f"{copies}, {canonical} FROM clusters c "
        "JOIN stories s ON s.cluster_id = c.id WHERE c.id IN (SELECT value FROM each_text(:clusters)) "
        "GROUP BY c.id, c.size, c.sources, c.derived, c.canonical",
        clusters=clusters,
    )
    known = {row.id: row for row in map(_ClusterRow._make, rows)}
    for cluster_id in clusters:
        row = known.get(cluster_id)
        if row is None:
            yield f"stories name the cluster {cluster_id!r}, which there is not"
        elif (row.size, row.sources) != (row.members, row.their_sources):
            yield (
                f"the cluster {cluster_id!r} counts {row.size} stories of {row.sources} sources and has {row.members} "
                f"of {row.their_sources}"
            )
        elif row.derived != row.copies:
            yield f"the cluster {cluster_id!r} counts {row.derived} derived copies and has {row.copies}"
        elif row.size == 1 and not row.copies:
            yield f"the cluster {cluster_id!r} has one story and no derived copies"
        elif not row.canonical_inside:
            yield f"the canonical story of the cluster {cluster_id!r} is not one of its members"


def _untied_members(session: Session, names: dict[int, str]) -> Iterator[str]:
    rows = session.rows(
        "SELECT s.key FROM stories s JOIN clusters c ON c.id = s.cluster_id AND c.size > 1 "
        "LEFT JOIN unprobed u ON u.key = s.key "
        "WHERE s.key IN (SELECT value FROM each(:keys)) AND s.cluster_id IS NOT NULL AND u.key IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM matches m JOIN stories o ON o.key = m.b "
        f"WHERE m.a = s.key AND o.cluster_id = s.cluster_id AND {CLUSTERING}) ORDER BY s.key",
        keys=list(names),
    )
    for (key,) in rows:
        yield f"the story {names[key]!r} has no match with another of its cluster"


def _stray_derivations(session: Session, names: dict[int, str]) -> Iterator[str]:
    rows = session.rows(
        "SELECT d.story, d.original FROM derivations d LEFT JOIN stories o ON o.key = d.original "
        "WHERE d.story IN (SELECT value FROM each(:keys)) AND (o.key IS NULL "
        "OR COALESCE(o.cluster_id, '') <> COALESCE(d.cluster_id, '') OR o.source <> d.original_source) "
        "ORDER BY d.story, d.original",
        keys=list(names),
    )
    for key, original in rows:
        yield f"what the story {names[key]!r} derives from, number {original}, is gone or in another cluster than told"


def empty_clusters(session: Session) -> Iterator[str]:
    """Clusters that no story is in."""
    rows = session.rows(
        "SELECT id FROM clusters WHERE NOT EXISTS (SELECT 1 FROM stories WHERE cluster_id = clusters.id) ORDER BY id"
    )
    for (cluster_id,) in rows:
        yield f"no story is in the cluster {cluster_id!r}"
