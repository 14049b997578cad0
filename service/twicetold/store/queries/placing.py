"""Keeping cluster rows in step with their members, at a cost that does not grow with the cluster."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from twicetold.domain.matching.canonical import CanonicalPolicy, Choice, canonical
from twicetold.store.port import Session
from twicetold.store.queries import derivations
from twicetold.store.queries.clusters import EventRow, claimants
from twicetold.store.queries.counting import cluster_standings, count_clusters, counting_standings
from twicetold.store.queries.labelling import counting_labels
from twicetold.store.queries.listing import columns, updates
from twicetold.store.queries.rows import stamp
from twicetold.usecases.pipeline import Placement
from twicetold.usecases.read_models import ClusterEvent


class _SizeRow(NamedTuple):
    size: int
    sources: int
    derived: int
    all_sources: int
    leader: int
    canonical: int


class _Growth(NamedTuple):
    """What a cluster gained: members, sources of members, derived copies, sources of either."""

    size: int = 0
    sources: int = 0
    derived: int = 0
    all_sources: int = 0


class _ClusterRow(NamedTuple):
    id: str
    size: int
    sources: int
    derived: int
    all_sources: int
    leader: int
    canonical: int
    canonical_source: str
    first_seen: int
    last_seen: int


class _CanonicalRow(NamedTuple):
    key: int
    id: str
    source: str


def place(session: Session, placement: Placement, policy: CanonicalPolicy) -> None:
    """What `ports.Recording.place` does; `policy` tells which story of a cluster is canonical."""
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
    copies: derivations.Gains = Counter()
    touched = {cluster_id for cluster_id, _ in counts} | set(placement.canonicals)
    keys = list(placement.moves)
    with counting_standings(session, keys, sorted(touched)), counting_labels(session, keys):
        for cluster_id, members in moved.items():
            copies.update(_put(session, members, cluster_id))
        living = sorted(name for name in moved if name is not None)
        session.run("DELETE FROM dissolved_clusters WHERE id IN (SELECT value FROM each_text(:ids))", ids=living)
        _log(session, placement.events)
        _apply(session, counts, copies, placement.canonicals, policy=policy, at=placement.at)


def count_copies(session: Session, gains: derivations.Gains) -> None:
    """Bring clusters up to date with derived copies that they gained or lost."""
    _apply(session, Counter(), gains, {}, policy=None, at=None)


def choose(session: Session, clusters: Sequence[str], policy: CanonicalPolicy, *, at: datetime) -> None:
    """Choose the canonical stories of clusters anew."""
    _apply(session, Counter(), Counter(), dict.fromkeys(clusters), policy=policy, at=at)


def _put(session: Session, keys: Sequence[int], cluster_id: str | None) -> derivations.Gains:
    """Move stories, and with them what derives from them; returns the copies that clusters gained."""
    sql = "UPDATE stories SET cluster_id = :cluster_id WHERE key IN (SELECT value FROM each(:keys))"
    session.run(sql, cluster_id=cluster_id, keys=keys)
    return derivations.follow(session, keys, cluster_id)


def former_clusters(session: Session, keys: Sequence[int]) -> dict[int, str]:
    """What `ports.Recording.former_clusters` does."""
    sql = "SELECT key, id FROM dissolved_clusters WHERE key IN (SELECT value FROM each(:keys)) ORDER BY id DESC"
    return dict(session.rows(sql, keys=keys))


def leave(session: Session, keys: Sequence[int], policy: CanonicalPolicy, *, at: datetime) -> None:
    """Take stories that are about to go out of their clusters, and what derives from them.

    A cluster with one story left dissolves unless others derive from that.
    """
    copies = derivations.drop(session, keys)
    rows = session.rows(
        "SELECT cluster_id, source FROM stories WHERE key IN (SELECT value FROM each(:keys)) "
        "AND cluster_id IS NOT NULL ORDER BY key",
        keys=keys,
    )
    counts: Counter[tuple[str, str]] = Counter()
    counts.subtract(rows)
    clusters = sorted({cluster_id for cluster_id, _ in rows})
    left = {cluster_id: _members_but(session, cluster_id, keys) for cluster_id in clusters}
    dissolving = {
        cluster_id: rest
        for cluster_id, rest in left.items()
        if len(rest) < 2 and not any(derivations.has_copies(session, key) for key, _ in rest)
    }
    lonely = [key for rest in dissolving.values() for key, _ in rest]
    counts.subtract((cluster_id, source) for cluster_id, rest in dissolving.items() for _, source in rest)
    gone = [*keys, *lonely]
    with counting_standings(session, gone, clusters), counting_labels(session, gone):
        _put(session, keys, None)
        copies.update(_put(session, lonely, None))
        session.insert(
            "dissolved_clusters",
            "id, key",
            sorted((cluster_id, key) for cluster_id, rest in dissolving.items() for key, _ in rest),
            "ON CONFLICT (id) DO UPDATE SET key = excluded.key",
        )
        session.run("DELETE FROM dissolved_clusters WHERE key IN (SELECT value FROM each(:keys))", keys=keys)
        _log(session, [ClusterEvent(cluster_id=cluster_id, at=at, event="dissolved") for cluster_id in dissolving])
        _apply(session, counts, copies, {}, policy=policy, at=at)


def _members_but(session: Session, cluster_id: str, keys: Sequence[int]) -> list[tuple[int, str]]:
    """Two members of a cluster, by key and source, that are not among these; fewer where there are no more."""
    rows = session.rows(
        "SELECT key, source FROM stories WHERE cluster_id = :id AND NOT (key IN (SELECT value FROM each(:keys))) "
        "LIMIT 2",
        id=cluster_id,
        keys=keys,
    )
    return [(key, source) for key, source in rows]


def change_source(session: Session, cluster_id: str, before: str, after: str, *, at: datetime) -> None:
    """Tell a cluster that one of its stories now counts for another source."""
    _apply(session, Counter({(cluster_id, before): -1, (cluster_id, after): 1}), Counter(), {}, policy=None, at=at)


def _apply(
    session: Session,
    counts: Counter[tuple[str, str]],
    copies: derivations.Gains,
    leaders: Mapping[str, int | None],
    *,
    policy: CanonicalPolicy | None,
    at: datetime | None,
) -> None:
    """Bring the rows of clusters up to date: `counts` holds the stories gained by cluster and source.

    Without a `policy` a canonical story stays while it is a member. `at` tells when another one became canonical, which
    no derived copy brings about.
    """
    grown = _count_sources(session, counts, copies)
    touched = sorted(grown.keys() | leaders.keys())
    before = cluster_standings(session, touched)
    for cluster_id in touched:
        growth = grown.get(cluster_id, _Growth())
        _refresh(session, cluster_id, leaders.get(cluster_id), growth, policy=policy, at=at)
    count_clusters(session, before, counts)


def _count_sources(session: Session, counts: Counter[tuple[str, str]], copies: derivations.Gains) -> dict[str, _Growth]:
    """Count stories and derived copies by cluster and source; returns what each cluster gained."""
    spots = sorted(spot for spot in counts.keys() | copies.keys() if counts[spot] or copies[spot])
    rows = session.rows(
        "SELECT cluster_id, source, stories, derived FROM cluster_sources WHERE cluster_id IN (SELECT value FROM "
        f"each_text(:clusters)) AND source IN (SELECT value FROM each_text(:sources)) {session.for_update}",
        clusters=sorted({cluster_id for cluster_id, _ in spots}),
        sources=sorted({source for _, source in spots}),
    )
    held = {(cluster_id, source): (stories, derived) for cluster_id, source, stories, derived in rows}
    add = (
        "ON CONFLICT (cluster_id, source) DO UPDATE SET stories = cluster_sources.stories + excluded.stories, "
        "derived = cluster_sources.derived + excluded.derived"
    )
    changes = [(*spot, counts[spot], copies[spot]) for spot in spots]
    session.insert("cluster_sources", "cluster_id, source, stories, derived", changes, add)
    grown = {cluster_id: _Growth() for cluster_id, _ in (*counts.keys(), *copies.keys())}
    for spot in spots:
        stories, derived = held.get(spot, (0, 0))
        now, now_derived = stories + counts[spot], derived + copies[spot]
        so_far = grown[spot[0]]
        grown[spot[0]] = _Growth(
            size=so_far.size + counts[spot],
            sources=so_far.sources + (now > 0) - (stories > 0),
            derived=so_far.derived + copies[spot],
            all_sources=so_far.all_sources + (now + now_derived > 0) - (stories + derived > 0),
        )
    for cluster_id in sorted({spot[0] for spot in spots if counts[spot] < 0 or copies[spot] < 0}):
        session.run(
            "DELETE FROM cluster_sources WHERE cluster_id = :id AND stories <= 0 AND derived <= 0", id=cluster_id
        )
    return grown


def _refresh(
    session: Session,
    cluster_id: str,
    leader: int | None,
    growth: _Growth,
    *,
    policy: CanonicalPolicy | None,
    at: datetime | None,
) -> None:
    """Bring a cluster's row up to date; what it gained may be negative."""
    known = [
        _SizeRow._make(row)
        for row in session.rows(f"SELECT {columns(_SizeRow)} FROM clusters WHERE id = :id", id=cluster_id)
    ]
    size = growth.size + sum(row.size for row in known)
    if size <= 0:
        session.run("DELETE FROM clusters WHERE id = :id", id=cluster_id)
        return
    ((first, last),) = session.rows(
        "SELECT (SELECT MIN(seen_at) FROM stories WHERE cluster_id = :id), "
        "(SELECT MAX(seen_at) FROM stories WHERE cluster_id = :id)",
        id=cluster_id,
    )
    leading = _leader(session, cluster_id, leader)
    chosen = _canonical(session, cluster_id, leading, policy, [row.canonical for row in known])
    row = _ClusterRow(
        id=cluster_id,
        size=size,
        sources=growth.sources + sum(row.sources for row in known),
        derived=growth.derived + sum(row.derived for row in known),
        all_sources=growth.all_sources + sum(row.all_sources for row in known),
        leader=leading.key,
        canonical=chosen.key,
        canonical_source=chosen.source,
        first_seen=first,
        last_seen=last,
    )
    replace = f"ON CONFLICT (id) DO UPDATE SET {updates(_ClusterRow, key=1)}"
    session.insert("clusters", columns(_ClusterRow), [row], replace)
    if at is not None and any(row.canonical != chosen.key for row in known):
        _log(session, [ClusterEvent(cluster_id=cluster_id, at=at, event="canonical", other=chosen.id)])


def _leader(session: Session, cluster_id: str, chosen: int | None) -> _CanonicalRow:
    """The chosen leader, else the one so far, else the earliest member."""
    so_far = "(SELECT leader FROM clusters WHERE id = :id)"
    earliest = "(SELECT key FROM stories WHERE cluster_id = :id ORDER BY seen_at, id LIMIT 1)"
    rows = [] if chosen is None else _member(session, cluster_id, ":key", key=chosen)
    rows = rows or _member(session, cluster_id, so_far) or _member(session, cluster_id, earliest)
    return rows[0]


def _canonical(
    session: Session, cluster_id: str, leader: _CanonicalRow, policy: CanonicalPolicy | None, so_far: Sequence[int]
) -> _CanonicalRow:
    if policy is None:
        rows = [row for key in so_far for row in _member(session, cluster_id, ":key", key=key)]
    elif policy.choice is Choice.EARLIEST:
        return leader
    else:
        rows = _member(session, cluster_id, ":key", key=canonical(claimants(session, cluster_id), policy))
    return rows[0] if rows else leader


def _member(session: Session, cluster_id: str, key_sql: str, **values: int) -> list[_CanonicalRow]:
    sql = f"SELECT {columns(_CanonicalRow)} FROM stories WHERE cluster_id = :id AND key = {key_sql}"
    return [_CanonicalRow._make(row) for row in session.rows(sql, id=cluster_id, **values)]


def _log(session: Session, events: Iterable[ClusterEvent]) -> None:
    rows = [EventRow(event.cluster_id, stamp(event.at), event.event, event.other) for event in events]
    session.insert("cluster_events", columns(EventRow), rows)
    replace = "ON CONFLICT (id) DO UPDATE SET into_id = excluded.into_id"
    follow = "UPDATE merged_clusters SET into_id = :into_id WHERE into_id = :id"
    for event in events:
        if event.event == "merged" and event.other is not None:
            session.insert("merged_clusters", "id, into_id", [(event.cluster_id, event.other)], replace)
            session.run(follow, into_id=event.other, id=event.cluster_id)
