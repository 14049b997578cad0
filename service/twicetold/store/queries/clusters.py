"""The cluster report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from twicetold.domain.matching.canonical import CONSIDERED, Claimant
from twicetold.domain.model import Relation
from twicetold.store.port import Session
from twicetold.store.queries.cluster_lists import listed_clusters
from twicetold.store.queries.labelling import AGENCY, LANGUAGE, labels
from twicetold.store.queries.listing import Queries, columns, page
from twicetold.store.queries.rows import (
    CLUSTER_COLUMNS,
    CLUSTERS,
    EARLIEST_MEMBERS,
    HALF_A_DIGIT,
    ClusterRow,
    agencies_of,
    cluster_summary,
    moment,
    moment_or_none,
)
from twicetold.usecases.read_models import (
    ClusterEvent,
    ClusterFilter,
    ClusterMember,
    ClusterSummary,
    Page,
    Position,
)


class _ListedRow(NamedTuple):
    """A member, with its tie to the canonical story."""

    key: int
    id: str
    url: str | None
    source: str
    title: str | None
    published_at: int | None
    received_at: int
    relation: str | None
    jaccard: float | None
    confidence: float | None
    agencies: str | None
    seen_at: int


class _ClaimantRow(NamedTuple):
    key: int
    id: str
    source: str
    title: str | None
    words: int
    agencies: str | None
    origin: str | None
    seen_at: int


class EventRow(NamedTuple):
    """A row of `cluster_events`, without its number."""

    cluster_id: str
    at: int
    event: str
    other: str | None


_EVENTS_LOOKED_AT = 1_000


class ClusterQueries(Queries):
    """The part of `ports.Reading` about clusters."""

    def cluster(self, cluster_id: str) -> ClusterSummary | None:
        sql = f"SELECT {CLUSTER_COLUMNS} FROM {CLUSTERS} WHERE c.id = :id"
        rows = self._session.rows(sql, id=self._current(cluster_id))
        return next((cluster_summary(ClusterRow._make(row)) for row in rows), self._dissolved(cluster_id))

    def _dissolved(self, cluster_id: str) -> ClusterSummary | None:
        """The one story that was left of a cluster, as if it were still one."""
        rows = self._session.rows(
            "SELECT s.id, s.title, s.language, s.seen_at FROM dissolved_clusters d JOIN stories s ON s.key = d.key "
            "WHERE d.id = :id",
            id=self._current(cluster_id),
        )
        for story_id, title, language, seen_at in rows:
            seen = moment(seen_at)
            return ClusterSummary(
                id=cluster_id, size=1, sources=1, derived=0, all_sources=1, canonical_id=story_id, first_seen=seen,
                last_seen=seen, title=title, language=language,
            )  # fmt: skip
        return None

    def _current(self, cluster_id: str) -> str:
        """The id itself while its cluster lives, else that of the cluster it went into."""
        rows = self._session.rows(
            "SELECT into_id FROM merged_clusters WHERE id = :id AND NOT EXISTS (SELECT 1 FROM clusters WHERE id = :id)",
            id=cluster_id,
        )
        return next((into for (into,) in rows), cluster_id)

    def claimants(self, cluster_id: str) -> list[Claimant]:
        current = self._current(cluster_id)
        return claimants(self._session, [current]).get(current, [])

    def members(
        self,
        cluster_id: str,
        *,
        canonical: int | None = None,
        min_confidence: float | None = None,
        after: Position | None,
        limit: int,
    ) -> Page[ClusterMember]:
        current = self._current(cluster_id)
        left = self._session.rows("SELECT key FROM dissolved_clusters WHERE id = :id", id=current)
        # Two conditions joined by OR would have PostgreSQL read all stories.
        members, value = ("s.key = :of", left[0][0]) if left else ("s.cluster_id = :of", current)
        values: dict[str, object] = {"of": value, "limit": limit + 1, "canonical": canonical}
        position = ""
        if after is not None:
            position = "AND (s.seen_at, s.key) > (:after_time, :after_key)"
            values |= {"after_time": after[0], "after_key": after[1]}
        if min_confidence is not None:
            position += " AND (m.confidence IS NULL OR m.confidence >= :min_confidence)"
            values["min_confidence"] = min_confidence - HALF_A_DIGIT
        rows = self._session.rows(
            f"SELECT {columns(_ListedRow, 's', relation='m.relation', jaccard='m.jaccard', confidence='m.confidence')} "
            "FROM stories s LEFT JOIN clusters c ON c.id = s.cluster_id "
            "LEFT JOIN matches m ON m.a = s.key AND m.b = COALESCE(:canonical, c.canonical) "
            f"WHERE {members} {position} ORDER BY s.seen_at, s.key LIMIT :limit",
            **values,
        )
        listed = [_ListedRow._make(row) for row in rows]
        return page(listed, limit, _member, lambda row: (row.seen_at, row.key))

    def events(self, cluster_id: str, *, limit: int) -> list[ClusterEvent]:
        rows = self._session.rows(
            f"SELECT {columns(EventRow)} FROM cluster_events WHERE cluster_id = :id ORDER BY number DESC LIMIT :limit",
            id=self._current(cluster_id),
            limit=limit,
        )
        return [_event(EventRow._make(row)) for row in rows]

    def merges(self, *, limit: int) -> list[ClusterEvent]:
        rows = self._session.rows(
            f"SELECT {columns(EventRow)} FROM cluster_events "
            "WHERE number > (SELECT MAX(number) FROM cluster_events) - :looked_at AND event = 'merged' "
            "ORDER BY number DESC LIMIT :limit",
            looked_at=_EVENTS_LOOKED_AT,
            limit=limit,
        )
        return [_event(EventRow._make(row)) for row in rows]

    def clusters(self, wanted: ClusterFilter, *, after: Position | None, limit: int) -> Page[ClusterSummary]:
        return listed_clusters(self._session, wanted, after=after, limit=limit)

    def cluster_languages(self) -> list[str]:
        return labels(self._session, LANGUAGE)

    def cluster_agencies(self) -> list[str]:
        return labels(self._session, AGENCY)


def claimants(session: Session, clusters: Sequence[str]) -> dict[str, list[Claimant]]:
    """The members of clusters that may be canonical or tell who is, earliest first."""
    rows = session.rows(
        f"SELECT s.cluster_id, {columns(_ClaimantRow, 's')} FROM {EARLIEST_MEMBERS} "
        "ORDER BY s.cluster_id, s.seen_at, s.key",
        clusters=clusters,
        limit=CONSIDERED,
    )
    found: dict[str, list[Claimant]] = {}
    for cluster_id, *told in rows:
        row = _ClaimantRow._make(told)
        found.setdefault(cluster_id, []).append(
            Claimant(
                key=row.key,
                source=row.source,
                words=row.words,
                credits=(*agencies_of(row.agencies), *([row.origin] if row.origin else [])),
                story_id=row.id,
                title=row.title,
                told_at=moment(row.seen_at),
            )
        )
    return {cluster_id: members[:CONSIDERED] for cluster_id, members in found.items()}


def _event(row: EventRow) -> ClusterEvent:
    return ClusterEvent(cluster_id=row.cluster_id, at=moment(row.at), event=row.event, other=row.other)


def _member(row: _ListedRow) -> ClusterMember:
    return ClusterMember(
        key=row.key,
        story_id=row.id,
        url=row.url,
        source=row.source,
        title=row.title,
        published_at=moment_or_none(row.published_at),
        received_at=moment(row.received_at),
        relation=None if row.relation is None else Relation(row.relation),
        jaccard=row.jaccard,
        confidence=row.confidence,
        agencies=agencies_of(row.agencies),
    )
