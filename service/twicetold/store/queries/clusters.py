"""The cluster report."""

from __future__ import annotations

from twicetold.domain.model import Relation
from twicetold.store.port import Row, Session
from twicetold.store.queries.listing import page
from twicetold.store.queries.rows import (
    CLUSTER_COLUMNS,
    CLUSTERS,
    agencies_of,
    cluster_summary,
    moment,
    moment_or_none,
    stamp,
)
from twicetold.usecases.read_models import (
    ClusterEvent,
    ClusterFilter,
    ClusterMember,
    ClusterSort,
    ClusterSummary,
    Page,
    Position,
)

_SORT_COLUMNS = {
    ClusterSort.RECENT: "last_seen",
    ClusterSort.SIZE: "size",
    ClusterSort.SOURCES: "sources",
    ClusterSort.FIRST_SEEN: "first_seen",
}


def cluster(session: Session, cluster_id: str) -> ClusterSummary | None:
    """See `ports.Store.cluster`."""
    sql = f"SELECT {CLUSTER_COLUMNS} FROM {CLUSTERS} WHERE c.id = :id"
    rows = session.rows(sql, id=_current(session, cluster_id))
    return cluster_summary(rows[0]) if rows else None


def _current(session: Session, cluster_id: str) -> str:
    """The id itself while its cluster lives, else that of the cluster it went into."""
    rows = session.rows(
        "SELECT into_id FROM merged_clusters WHERE id = :id AND NOT EXISTS (SELECT 1 FROM clusters WHERE id = :id)",
        id=cluster_id,
    )
    return str(rows[0][0]) if rows else cluster_id


def members(session: Session, cluster_id: str, *, after: Position | None, limit: int) -> Page[ClusterMember]:
    """See `ports.Store.members`."""
    values: dict[str, object] = {"id": _current(session, cluster_id), "limit": limit + 1}
    position = ""
    if after is not None:
        position = "AND (s.seen_at, s.key) > (:after_time, :after_key)"
        values |= {"after_time": after[0], "after_key": after[1]}
    rows = session.rows(
        "SELECT s.key, s.id, s.url, s.source, s.title, s.published_at, s.received_at, m.relation, m.jaccard, "
        "s.agencies, s.seen_at FROM stories s LEFT JOIN clusters c ON c.id = s.cluster_id "
        "LEFT JOIN matches m ON m.a = s.key AND m.b = c.canonical "
        f"WHERE s.cluster_id = :id {position} ORDER BY s.seen_at, s.key LIMIT :limit",
        **values,
    )
    return page(rows, limit, _member, lambda row: (row[10], row[0]))


def _member(row: Row) -> ClusterMember:
    return ClusterMember(
        key=row[0], story_id=row[1], url=row[2], source=row[3], title=row[4], published_at=moment_or_none(row[5]),
        received_at=moment(row[6]), relation=None if row[7] is None else Relation(row[7]), jaccard=row[8],
        agencies=agencies_of(row[9]),
    )  # fmt: skip


def events(session: Session, cluster_id: str, *, limit: int) -> list[ClusterEvent]:
    """See `ports.Store.events`."""
    rows = session.rows(
        "SELECT cluster_id, at, event, other FROM cluster_events WHERE cluster_id = :id ORDER BY number DESC "
        "LIMIT :limit",
        id=_current(session, cluster_id), limit=limit,
    )  # fmt: skip
    return [ClusterEvent(cluster_id=row[0], at=moment(row[1]), event=row[2], other=row[3]) for row in rows]


def clusters(session: Session, wanted: ClusterFilter, *, after: Position | None, limit: int) -> Page[ClusterSummary]:
    """See `ports.Store.clusters`."""
    conditions = ["c.sources >= :min_sources", "c.size >= :min_size"]
    values: dict[str, object] = {"min_sources": wanted.min_sources, "min_size": wanted.min_size, "limit": limit + 1}
    if wanted.source is not None:
        conditions.append("EXISTS (SELECT 1 FROM cluster_sources o WHERE o.source = :source AND o.cluster_id = c.id)")
        values["source"] = wanted.source
    if wanted.since is not None:
        conditions.append("c.last_seen >= :since")
        values["since"] = stamp(wanted.since)
    if wanted.until is not None:
        conditions.append("c.last_seen < :until")
        values["until"] = stamp(wanted.until)
    column = _SORT_COLUMNS[wanted.sort]
    if after is not None:
        conditions.append(f"(c.{column}, c.id) < (:after_value, :after_id)")
        values |= {"after_value": after[0], "after_id": after[1]}
    rows = session.rows(
        f"SELECT {CLUSTER_COLUMNS}, c.{column} FROM {CLUSTERS} WHERE {' AND '.join(conditions)} "
        f"ORDER BY c.{column} DESC, c.id DESC LIMIT :limit",
        **values,
    )
    return page(rows, limit, cluster_summary, lambda row: (row[7], row[0]))
