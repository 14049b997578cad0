"""Keeping cluster rows in step with their members, at a cost that does not grow with the cluster."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from twicetold.store.port import Row, Session
from twicetold.store.queries.rows import stamp
from twicetold.usecases.pipeline import Placement
from twicetold.usecases.read_models import ClusterEvent


def place(session: Session, placement: Placement) -> None:
    """See `ports.Recording.place`."""
    rows = session.rows(
        "SELECT key, source, cluster_id FROM stories WHERE key IN (SELECT value FROM each(:keys)) ORDER BY key",
        keys=list(placement.moves),
    )
    counts: Counter[tuple[str, str]] = Counter()
    moved: defaultdict[str | None, list[int]] = defaultdict(list)
    for key, source, before in rows:
        after = placement.moves[key]
        if after == before:
            continue
        moved[after].append(key)
        if before is not None:
            counts[before, source] -= 1
        if after is not None:
            counts[after, source] += 1
    for cluster_id, keys in moved.items():
        _put(session, keys, cluster_id)
    _log(session, placement.events)
    _apply(session, counts, placement.canonicals, at=placement.at)


def _put(session: Session, keys: Sequence[int], cluster_id: str | None) -> None:
    session.run("UPDATE stories SET cluster_id = :cluster_id WHERE key IN (SELECT value FROM each(:keys))",
                cluster_id=cluster_id, keys=keys)  # fmt: skip


def leave(session: Session, keys: Sequence[int], *, at: datetime) -> None:
    """Take stories that are about to go out of their clusters; a cluster with one story left dissolves."""
    rows = session.rows(
        "SELECT cluster_id, source FROM stories WHERE key IN (SELECT value FROM each(:keys)) "
        "AND cluster_id IS NOT NULL ORDER BY key",
        keys=keys,
    )
    counts: Counter[tuple[str, str]] = Counter()
    counts.subtract(rows)
    _put(session, keys, None)
    dissolved: list[ClusterEvent] = []
    for cluster_id in sorted({cluster_id for cluster_id, _ in rows}):
        rest = session.rows("SELECT key, source FROM stories WHERE cluster_id = :id LIMIT 2", id=cluster_id)
        if len(rest) < 2:
            _put(session, [key for key, _ in rest], None)
            counts.subtract((cluster_id, source) for _, source in rest)
            dissolved.append(ClusterEvent(cluster_id=cluster_id, at=at, event="dissolved"))
    _log(session, dissolved)
    _apply(session, counts, {}, at=at)


def change_source(session: Session, cluster_id: str, before: str, after: str, *, at: datetime) -> None:
    """Tell a cluster that one of its stories now counts for another source."""
    _apply(session, Counter({(cluster_id, before): -1, (cluster_id, after): 1}), {}, at=at)


def _apply(session: Session, counts: Counter[tuple[str, str]], canonicals: Mapping[str, int], *, at: datetime) -> None:
    """Bring the rows of clusters up to date: `counts` holds the stories gained by cluster and source."""
    sources = _count_sources(session, counts)
    stories: Counter[str] = Counter()
    for (cluster_id, _), count in counts.items():
        stories[cluster_id] += count
    for cluster_id in sorted(set(stories) | set(canonicals)):
        _refresh(session, cluster_id, canonicals.get(cluster_id), stories[cluster_id], sources[cluster_id], at=at)


def _count_sources(session: Session, counts: Counter[tuple[str, str]]) -> Counter[str]:
    """Count stories by cluster and source; returns by how many sources each cluster grew."""
    changes = sorted((cluster_id, source, count) for (cluster_id, source), count in counts.items() if count)
    rows = session.rows(
        "SELECT cluster_id, source, stories FROM cluster_sources WHERE cluster_id IN (SELECT value FROM "
        f"each_text(:clusters)) AND source IN (SELECT value FROM each_text(:sources)) {session.for_update}",
        clusters=sorted({cluster_id for cluster_id, _, _ in changes}),
        sources=sorted({source for _, source, _ in changes}),
    )
    held = {(cluster_id, source): stories for cluster_id, source, stories in rows}
    session.insert("cluster_sources", "cluster_id, source, stories", changes,
                   "ON CONFLICT (cluster_id, source) DO UPDATE SET "
                   "stories = cluster_sources.stories + excluded.stories")  # fmt: skip
    grown: Counter[str] = Counter()
    for cluster_id, source, count in changes:
        before = held.get((cluster_id, source), 0)
        grown[cluster_id] += (before + count > 0) - (before > 0)
    for cluster_id in sorted({cluster_id for cluster_id, _, count in changes if count < 0}):
        session.run("DELETE FROM cluster_sources WHERE cluster_id = :id AND stories <= 0", id=cluster_id)
    return grown


def _refresh(
    session: Session, cluster_id: str, canonical: int | None, stories: int, sources: int, *, at: datetime
) -> None:
    """Bring a cluster's row up to date; it gained so many `stories` and `sources`, which may be negative."""
    known = session.rows("SELECT size, sources, canonical FROM clusters WHERE id = :id", id=cluster_id)
    size = stories + sum(row[0] for row in known)
    sources += sum(row[1] for row in known)
    if size <= 0:
        session.run("DELETE FROM clusters WHERE id = :id", id=cluster_id)
        return
    ((first, last),) = session.rows(
        "SELECT (SELECT MIN(seen_at) FROM stories WHERE cluster_id = :id), "
        "(SELECT MAX(seen_at) FROM stories WHERE cluster_id = :id)",
        id=cluster_id,
    )
    key, story_id, source = _canonical(session, cluster_id, canonical)
    session.insert(
        "clusters", "id, size, sources, canonical, canonical_source, first_seen, last_seen",
        [(cluster_id, size, sources, key, source, first, last)],
        "ON CONFLICT (id) DO UPDATE SET size = excluded.size, sources = excluded.sources, "
        "canonical = excluded.canonical, canonical_source = excluded.canonical_source, "
        "first_seen = excluded.first_seen, last_seen = excluded.last_seen",
    )  # fmt: skip
    if any(before != key for _, _, before in known):
        _log(session, [ClusterEvent(cluster_id=cluster_id, at=at, event="canonical", other=story_id)])


def _canonical(session: Session, cluster_id: str, chosen: int | None) -> Row:
    """The chosen canonical story, else the one so far, else the earliest member; key, id and source."""
    member = "SELECT s.key, s.id, s.source FROM stories s WHERE s.cluster_id = :id AND s.key = "
    if chosen is not None:
        rows = session.rows(member + ":key", id=cluster_id, key=chosen)
    else:
        rows = session.rows(member + "(SELECT canonical FROM clusters WHERE id = :id)", id=cluster_id)
    return (rows or session.rows(
        "SELECT key, id, source FROM stories WHERE cluster_id = :id ORDER BY seen_at, id LIMIT 1", id=cluster_id
    ))[0]  # fmt: skip


def _log(session: Session, events: Iterable[ClusterEvent]) -> None:
    session.insert("cluster_events", "cluster_id, at, event, other",
                   [(event.cluster_id, stamp(event.at), event.event, event.other) for event in events])  # fmt: skip
    for event in events:
        if event.event == "merged" and event.other is not None:
            session.insert("merged_clusters", "id, into_id", [(event.cluster_id, event.other)],
                           "ON CONFLICT (id) DO UPDATE SET into_id = excluded.into_id")  # fmt: skip
            session.run("UPDATE merged_clusters SET into_id = :into_id WHERE into_id = :id",
                        into_id=event.other, id=event.cluster_id)  # fmt: skip
