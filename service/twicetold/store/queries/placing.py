"""Keeping cluster rows in step with their members, at a cost that does not grow with the cluster.

All clusters that a change touches are read together and written together, however many they are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from twicetold.domain.matching.canonical import CanonicalPolicy, Choice, canonical
from twicetold.store.port import Session
from twicetold.store.queries import derivations
from twicetold.store.queries.clusters import EventRow, claimants
from twicetold.store.queries.counting import Standing
from twicetold.store.queries.labelling import count_labels, labels_of
from twicetold.store.queries.late_writes import LateWrites
from twicetold.store.queries.listing import columns, updates
from twicetold.store.queries.places import hold, hold_clusters, hold_rows, made_clusters
from twicetold.store.queries.rows import EARLIEST_MEMBERS, stamp
from twicetold.usecases.pipeline import Placement
from twicetold.usecases.read_models import ClusterEvent


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


class _Held(NamedTuple):
    """What of a source a cluster holds: members and derived copies."""

    stories: int = 0
    derived: int = 0


class _Moving(NamedTuple):
    """A story before it moves."""

    key: int
    source: str
    language: str | None
    agencies: str | None
    cluster_id: str | None


class _Face(NamedTuple):
    key: int
    id: str
    source: str
    received_at: int
    cluster_id: str | None


@dataclass(frozen=True)
class _Tally:
    """What a change does to clusters."""

    stories: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Stories gained, by cluster and source."""
    copies: derivations.Gains = field(default_factory=Counter)
    moved: Mapping[int, str | None] = field(default_factory=dict)
    """For each story that moved the cluster that it was in."""

    @property
    def clusters(self) -> set[str]:
        """All that gained or lost anything."""
        return {cluster_id for cluster_id, _ in (*self.stories, *self.copies)}

    @property
    def spots(self) -> list[tuple[str, str]]:
        """Clusters and sources whose counts change."""
        either = self.stories.keys() | self.copies.keys()
        return sorted(spot for spot in either if self.stories[spot] or self.copies[spot])


def place(session: Session, placement: Placement, policy: CanonicalPolicy, late: LateWrites) -> None:
    """What `ports.Recording.place` does; `policy` tells which story of a cluster is canonical."""
    hold(session, placement.moves)
    hold_rows(session, placement.moves)
    rows = session.rows(
        f"SELECT {columns(_Moving)} FROM stories WHERE key IN (SELECT value FROM each(:keys)) ORDER BY key",
        keys=list(placement.moves),
    )
    tally = _moved(session, [_Moving._make(row) for row in rows], placement.moves)
    living = sorted({name for key in tally.moved if (name := placement.moves[key]) is not None})
    if living:
        session.run("DELETE FROM dissolved_clusters WHERE id IN (SELECT value FROM each_text(:ids))", ids=living)
    _log(session, placement.events)
    _apply(session, tally, placement.canonicals, late, policy=policy, at=placement.at)


def _moved(session: Session, stories: Sequence[_Moving], after: Mapping[int, str | None]) -> _Tally:
    """Move stories to the clusters that they are in `after`, and with them what derives from them."""
    moving = [story for story in stories if story.cluster_id != after[story.key]]
    tally = _Tally(moved={story.key: story.cluster_id for story in moving})
    if not moving:
        return tally
    labels = Counter[tuple[str, str]]()
    for story in moving:
        for cluster_id, count in ((story.cluster_id, -1), (after[story.key], 1)):
            if cluster_id is not None:
                tally.stories[cluster_id, story.source] += count
                for label in labels_of(story.language, story.agencies):
                    labels[label, cluster_id] += count
    moves = {story.key: after[story.key] for story in moving}
    made_clusters(session, (cluster_id for cluster_id in moves.values() if cluster_id is not None))
    session.assign("stories", "cluster_id", "key", moves)
    count_labels(session, labels)
    tally.copies.update(derivations.follow(session, moves))
    return tally


def count_copies(session: Session, gains: derivations.Gains, late: LateWrites) -> None:
    """Bring clusters up to date with derived copies that they gained or lost."""
    _apply(session, _Tally(copies=gains), {}, late, policy=None, at=None)


def choose(
    session: Session, clusters: Sequence[str], policy: CanonicalPolicy, late: LateWrites, *, at: datetime
) -> None:
    """Choose the canonical stories of clusters anew."""
    hold_clusters(session, clusters)
    _apply(session, _Tally(), dict.fromkeys(clusters), late, policy=policy, at=at)


def former_clusters(session: Session, keys: Sequence[int]) -> dict[int, str]:
    """What `ports.Recording.former_clusters` does."""
    sql = "SELECT key, id FROM dissolved_clusters WHERE key IN (SELECT value FROM each(:keys)) ORDER BY id DESC"
    return dict(session.rows(sql, keys=keys))


def leave(session: Session, keys: Sequence[int], policy: CanonicalPolicy, late: LateWrites, *, at: datetime) -> None:
    """Take stories that are about to go out of their clusters, and what derives from them.

    A cluster with one story left dissolves unless others derive from that.
    """
    hold_rows(session, keys)
    copies = derivations.drop(session, keys)
    rows = session.rows(
        f"SELECT {columns(_Moving)} FROM stories WHERE key IN (SELECT value FROM each(:keys)) "
        "AND cluster_id IS NOT NULL ORDER BY key",
        keys=keys,
    )
    leaving = [_Moving._make(row) for row in rows]
    left = _left(session, Counter(str(story.cluster_id) for story in leaving))
    lonely = _lonely(session, [cluster_id for cluster_id, members in left.items() if members == 1], keys)
    hold_rows(session, [story.key for story in lonely])
    everyone = [*leaving, *lonely]
    tally = _moved(session, everyone, dict.fromkeys(story.key for story in everyone))
    tally.copies.update(copies)
    session.insert(
        "dissolved_clusters",
        "id, key",
        sorted((str(story.cluster_id), story.key) for story in lonely),
        "ON CONFLICT (id) DO UPDATE SET key = excluded.key",
    )
    session.run("DELETE FROM dissolved_clusters WHERE key IN (SELECT value FROM each(:keys))", keys=keys)
    dissolved = [cluster_id for cluster_id, members in left.items() if not members]
    dissolved += [str(story.cluster_id) for story in lonely]
    _log(session, [ClusterEvent(cluster_id=cluster_id, at=at, event="dissolved") for cluster_id in sorted(dissolved)])
    _apply(session, tally, {}, late, policy=policy, at=at)


def _left(session: Session, leaving: Mapping[str, int]) -> dict[str, int]:
    """How many members clusters have left when so many leave each."""
    sql = "SELECT id, size FROM clusters WHERE id IN (SELECT value FROM each_text(:ids))"
    return {cluster_id: size - leaving[cluster_id] for cluster_id, size in session.rows(sql, ids=sorted(leaving))}


def _lonely(session: Session, clusters: Sequence[str], keys: Sequence[int]) -> list[_Moving]:
    """The last members of clusters, those that `keys` leave alone, unless copies derive from them."""
    rows = session.rows(
        f"SELECT {columns(_Moving)} FROM stories WHERE cluster_id IN (SELECT value FROM each_text(:ids)) "
        "AND NOT (key IN (SELECT value FROM each(:keys))) ORDER BY key",
        ids=clusters,
        keys=keys,
    )
    left = [_Moving._make(row) for row in rows]
    originals = derivations.originals(session, [story.key for story in left])
    return [story for story in left if story.key not in originals]


def change_source(session: Session, changes: Iterable[tuple[str, str, str]], late: LateWrites, *, at: datetime) -> None:
    """Tell clusters that one of their stories now counts for another source: clusters, sources before and after."""
    tally = _Tally()
    for cluster_id, before, after in changes:
        tally.stories[cluster_id, before] -= 1
        tally.stories[cluster_id, after] += 1
    _apply(session, tally, {}, late, policy=None, at=at)


def _apply(
    session: Session,
    tally: _Tally,
    leaders: Mapping[str, int | None],
    late: LateWrites,
    *,
    policy: CanonicalPolicy | None,
    at: datetime | None,
) -> None:
    """Bring the rows of clusters up to date.

    `leaders` are those that were chosen. Without a `policy` a canonical story stays while it is a member. `at` tells
    when another one became canonical, which no derived copy brings about.
    """
    touched = sorted(tally.clusters | leaders.keys())
    if not touched:
        return
    rows = session.rows(
        f"SELECT {columns(_ClusterRow)} FROM clusters WHERE id IN (SELECT value FROM each_text(:ids))", ids=touched
    )
    known = {row.id: row for row in map(_ClusterRow._make, rows)}
    held = _held(session, tally, known)
    grown = _grown(held, tally)
    _write_sources(session, tally, held)
    now = {cluster_id: _sums(cluster_id, known.get(cluster_id), grown[cluster_id]) for cluster_id in touched}
    standing = [cluster_id for cluster_id in touched if now[cluster_id].size > 0]
    faces, led, chosen = _leading(session, standing, leaders, known, policy=policy, moved=tally.moved)
    times = _times(session, standing)
    after = {
        cluster_id: now[cluster_id]._replace(
            leader=led[cluster_id].key,
            canonical=chosen[cluster_id].key,
            canonical_source=chosen[cluster_id].source,
            first_seen=times[cluster_id][0],
            last_seen=times[cluster_id][1],
        )
        for cluster_id in standing
    }
    changed = [row for cluster_id, row in after.items() if row != known.get(cluster_id)]
    session.insert(
        "clusters", columns(_ClusterRow), changed, f"ON CONFLICT (id) DO UPDATE SET {updates(_ClusterRow, key=1)}"
    )
    if gone := [cluster_id for cluster_id in touched if cluster_id not in after and cluster_id in known]:
        session.run("DELETE FROM clusters WHERE id IN (SELECT value FROM each_text(:ids))", ids=gone)
    if at is not None:
        _log(
            session,
            [
                ClusterEvent(cluster_id=cluster_id, at=at, event="canonical", other=chosen[cluster_id].id)
                for cluster_id in standing
                if cluster_id in known and known[cluster_id].canonical != chosen[cluster_id].key
            ],
        )
    _count_clusters(tally, known, after, held, late)
    _count_standings(tally, known, after, faces, late)


_Sources = Mapping[tuple[str, str], _Held]


def _held(session: Session, tally: _Tally, known: Mapping[str, _ClusterRow]) -> _Sources:
    """What clusters hold of the sources that change; of those that may come to have one source, or had one, all."""
    spots = tally.spots
    lost = Counter(cluster_id for cluster_id, source in spots if tally.stories[cluster_id, source] < 0)
    clusters = sorted({cluster_id for cluster_id, _ in spots} & known.keys())
    rows = session.rows(
        "SELECT cluster_id, source, stories, derived FROM cluster_sources "
        "WHERE cluster_id IN (SELECT value FROM each_text(:clusters)) AND (source IN (SELECT value FROM "
        "each_text(:sources)) OR cluster_id IN (SELECT value FROM each_text(:narrow)))",
        clusters=clusters,
        sources=sorted({source for _, source in spots}),
        narrow=[cluster_id for cluster_id in clusters if known[cluster_id].sources - lost[cluster_id] <= 1],
    ) if clusters else []  # fmt: skip
    return {(cluster_id, source): _Held(stories, derived) for cluster_id, source, stories, derived in rows}


def _grown(held: _Sources, tally: _Tally) -> defaultdict[str, Counter[str]]:
    """What each cluster gained, by the columns of its row."""
    grown: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for spot in tally.spots:
        stories, derived = held.get(spot, _Held())
        more, copies = tally.stories[spot], tally.copies[spot]
        gains = grown[spot[0]]
        gains["size"] += more
        gains["sources"] += (stories + more > 0) - (stories > 0)
        gains["derived"] += copies
        gains["all_sources"] += (stories + more + derived + copies > 0) - (stories + derived > 0)
    return grown


def _sums(cluster_id: str, known: _ClusterRow | None, gains: Mapping[str, int]) -> _ClusterRow:
    row = known or _ClusterRow(cluster_id, 0, 0, 0, 0, 0, 0, "", 0, 0)
    return row._replace(**{name: getattr(row, name) + gained for name, gained in gains.items()})


def _write_sources(session: Session, tally: _Tally, held: _Sources) -> None:
    add = (
        "ON CONFLICT (cluster_id, source) DO UPDATE SET stories = cluster_sources.stories + excluded.stories, "
        "derived = cluster_sources.derived + excluded.derived"
    )
    spots = tally.spots
    changes = [(*spot, tally.stories[spot], tally.copies[spot]) for spot in spots]
    session.insert("cluster_sources", "cluster_id, source, stories, derived", changes, add)
    emptied = {
        cluster_id
        for cluster_id, source in spots
        if held.get((cluster_id, source), _Held()).stories + tally.stories[cluster_id, source] <= 0
        and held.get((cluster_id, source), _Held()).derived + tally.copies[cluster_id, source] <= 0
    }
    if emptied:
        session.run(
            "DELETE FROM cluster_sources WHERE cluster_id IN (SELECT value FROM each_text(:ids)) "
            "AND stories <= 0 AND derived <= 0",
            ids=sorted(emptied),
        )


def _leading(
    session: Session,
    clusters: Sequence[str],
    leaders: Mapping[str, int | None],
    known: Mapping[str, _ClusterRow],
    *,
    policy: CanonicalPolicy | None,
    moved: Iterable[int],
) -> tuple[Mapping[int, _Face], Mapping[str, _Face], Mapping[str, _Face]]:
    """Faces of stories by key; the leader and the canonical story of each cluster.

    The leader is the chosen one, else the one so far, else the earliest member.
    """
    claims = _claims(session, clusters, policy)
    asked = {key for key in (*leaders.values(), *claims.values(), *moved) if key is not None}
    asked.update(key for row in known.values() for key in (row.leader, row.canonical))
    faces = _faces(session, sorted(asked))

    def member(cluster_id: str, *keys: int | None) -> _Face | None:
        found = (faces[key] for key in keys if key in faces)
        return next((face for face in found if face.cluster_id == cluster_id), None)

    led = {
        cluster_id: face
        for cluster_id in clusters
        if (face := member(cluster_id, leaders.get(cluster_id), *_so_far(known.get(cluster_id), "leader")))
    }
    led |= _earliest(session, [cluster_id for cluster_id in clusters if cluster_id not in led])
    faces |= {face.key: face for face in led.values()}
    chosen = {}
    for cluster_id in clusters:
        so_far = _so_far(known.get(cluster_id), "canonical") if policy is None else [claims.get(cluster_id)]
        chosen[cluster_id] = member(cluster_id, *so_far) or led[cluster_id]
    return faces, led, chosen


def _so_far(row: _ClusterRow | None, name: str) -> list[int]:
    return [] if row is None else [getattr(row, name)]


def _claims(session: Session, clusters: Sequence[str], policy: CanonicalPolicy | None) -> dict[str, int]:
    """The canonical stories that a policy chooses, where that is not to take the leader."""
    if policy is None or policy.choice is Choice.EARLIEST:
        return {}
    return {cluster_id: canonical(members, policy) for cluster_id, members in claimants(session, clusters).items()}


def _faces(session: Session, keys: Sequence[int]) -> dict[int, _Face]:
    rows = session.rows(f"SELECT {columns(_Face)} FROM stories WHERE key IN (SELECT value FROM each(:keys))", keys=keys)
    return {row.key: row for row in map(_Face._make, rows)}


def _earliest(session: Session, clusters: Sequence[str]) -> dict[str, _Face]:
    if not clusters:
        return {}
    rows = session.rows(
        f"SELECT {columns(_Face, 's')} FROM {EARLIEST_MEMBERS} ORDER BY s.id DESC", clusters=clusters, limit=1
    )
    return {str(row.cluster_id): row for row in map(_Face._make, rows)}


def _times(session: Session, clusters: Sequence[str]) -> dict[str, tuple[int, int]]:
    """When the first and the last story of each cluster were told: two rows of an index, however large it is."""
    # Asked for by "=", PostgreSQL may read all clustered stories in their order of time until one is of the cluster.
    own = "SELECT seen_at FROM stories WHERE cluster_id >= value AND cluster_id <= value"
    rows = session.rows(
        f"SELECT value, ({own} ORDER BY cluster_id, seen_at LIMIT 1), "
        f"({own} ORDER BY cluster_id DESC, seen_at DESC LIMIT 1) FROM each_text(:ids)",
        ids=clusters,
    )
    return {cluster_id: (first, last) for cluster_id, first, last in rows}


def _count_clusters(
    tally: _Tally,
    known: Mapping[str, _ClusterRow],
    after: Mapping[str, _ClusterRow],
    held: _Sources,
    late: LateWrites,
) -> None:
    """Count by source what changed of clusters."""
    gained: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for (cluster_id, source), count in tally.stories.items():
        gained[cluster_id][source] += count
    before_of: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for (cluster_id, source), counts in held.items():
        before_of[cluster_id][source] = counts.stories
    for cluster_id in known.keys() | after.keys():
        was, now = known.get(cluster_id), after.get(cluster_id)
        for row, sign in ((was, -1), (now, 1)):
            if row is not None:
                late.counts.of_source(
                    row.canonical_source, first=sign * (row.all_sources > 1), first_of_several=sign * (row.sources > 1)
                )
        wide_before, wide_now = was is not None and was.sources > 1, now is not None and now.sources > 1
        clustered = Counter[str]()
        if wide_now:
            clustered.update(gained[cluster_id])
            if not wide_before:
                clustered.update(before_of[cluster_id])
        elif wide_before:
            clustered.subtract(before_of[cluster_id])
        for source, count in clustered.items():
            late.counts.of_source(source, clustered=count)


def _count_standings(
    tally: _Tally,
    known: Mapping[str, _ClusterRow],
    after: Mapping[str, _ClusterRow],
    faces: Mapping[int, _Face],
    late: LateWrites,
) -> None:
    """Count by hour what changed of where stories stand: those that moved, and those that are or were canonical."""
    canonical_before = {row.canonical: cluster_id for cluster_id, row in known.items()}
    canonical_now = {row.canonical: cluster_id for cluster_id, row in after.items()}
    for key in tally.moved.keys() | canonical_before.keys() | canonical_now.keys():
        if key not in faces:
            continue
        face = faces[key]
        before = tally.moved.get(key, face.cluster_id)
        for cluster_id, canonicals, sign in ((before, canonical_before, -1), (face.cluster_id, canonical_now, 1)):
            standing = Standing(
                face.source, face.received_at, cluster_id is not None, canonicals.get(key, "") == cluster_id
            )
            late.counts.of_story(standing, sign)


def _log(session: Session, events: Iterable[ClusterEvent]) -> None:
    """Keep what happened to clusters, and lead from those that were merged to where their stories are."""
    events = list(events)
    rows = [EventRow(event.cluster_id, stamp(event.at), event.event, event.other) for event in events]
    session.insert("cluster_events", columns(EventRow), rows)
    merged = {event.cluster_id: event.other for event in events if event.event == "merged" and event.other is not None}
    if merged:
        session.insert(
            "merged_clusters",
            "id, into_id",
            sorted(merged.items()),
            "ON CONFLICT (id) DO UPDATE SET into_id = excluded.into_id",
        )
        session.assign("merged_clusters", "into_id", "into_id", merged)
