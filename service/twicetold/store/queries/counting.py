"""Numbers that are kept while stories are recorded, so that no report has to count them: by source, and by hour.

`source_counts` has for each source its stories, how often it was `first` of several sources, derived copies included,
and of clusters whose members have several sources: how often it was first in them (`first_of_several`), and its stories
(`clustered`). `reception_counts` has for each hour, by source and for all of them, the stories received then, and how
many of these are now the canonical story of a cluster (`clusters`) or another member of one (`reprints`). A story
counts from its first matching on. Recordings follow one another, so that no two writers wait for a counter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import NamedTuple

from twicetold.store.port import Session
from twicetold.store.queries.listing import Queries, columns
from twicetold.store.queries.rows import moment, stamp
from twicetold.usecases.read_models import ReceptionBucket

HOUR = 3_600_000_000
"""Microseconds."""


ALL_SOURCES = ""
"""Under which `reception_counts` has what all sources sent in an hour."""


class Counts:
    """Changes of counters, to be written together."""

    def __init__(self) -> None:
        self._sources: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        self._hours: defaultdict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0, 0])

    def of_source(
        self, source: str, *, stories: int = 0, first: int = 0, first_of_several: int = 0, clustered: int = 0
    ) -> None:
        """Add to what a source counts."""
        _add(self._sources[source], stories, first, first_of_several, clustered)

    def of_hour(self, received_at: int, source: str, *, stories: int = 0, clusters: int = 0, reprints: int = 0) -> None:
        """Add to what was received of a source in the hour of a time."""
        for name in (source, ALL_SOURCES):
            _add(self._hours[received_at // HOUR, name], stories, clusters, reprints)

    def of_story(self, story: _Standing, sign: int) -> None:
        """Count where a story stands."""
        self.of_hour(
            story.received_at,
            story.source,
            clusters=sign * story.canonical,
            reprints=sign * (story.clustered and not story.canonical),
        )

    def write(self, session: Session) -> None:
        """Apply all of it."""
        sources = sorted((source, *counts) for source, counts in self._sources.items() if any(counts))
        hours = sorted((*key, *counts) for key, counts in self._hours.items() if any(counts))
        session.insert(
            "source_counts",
            "source, stories, first, first_of_several, clustered",
            sources,
            "ON CONFLICT (source) DO UPDATE SET "
            f"{_sums('source_counts', 'stories', 'first', 'first_of_several', 'clustered')}",
        )
        session.insert(
            "reception_counts",
            "hour, source, stories, clusters, reprints",
            hours,
            f"ON CONFLICT (hour, source) DO UPDATE SET {_sums('reception_counts', 'stories', 'clusters', 'reprints')}",
        )
        if any(counts[0] < 0 for counts in self._sources.values()):
            session.run(
                "DELETE FROM source_counts WHERE source IN (SELECT value FROM each_text(:sources)) "
                "AND stories = 0 AND first = 0 AND first_of_several = 0 AND clustered = 0",
                sources=sorted(self._sources),
            )


def _add(counts: list[int], *more: int) -> None:
    for place, count in enumerate(more):
        counts[place] += count


def _sums(table: str, *names: str) -> str:
    return ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in names)


class _Standing(NamedTuple):
    """Where a story stands: when it came, whether it is in a cluster, and as its canonical story."""

    source: str
    received_at: int
    clustered: bool
    canonical: bool


class ClusterStanding(NamedTuple):
    """What of a cluster the counts of sources depend on."""

    sources: int = 0
    all_sources: int = 0
    canonical_source: str = ""


def count_received(session: Session, keys: Sequence[int]) -> None:
    """Count stories that are matched for the first time, before they are marked as matched."""
    rows = session.rows(
        "SELECT s.source, s.received_at FROM unprobed u JOIN stories s ON s.key = u.key "
        "WHERE u.key IN (SELECT value FROM each(:keys)) AND u.counted = 0",
        keys=keys,
    )
    count_stories(session, [(source, received_at, 1) for source, received_at in rows])


def count_deleted(session: Session, keys: Sequence[int]) -> None:
    """Count stories no more that are about to be deleted and have left their clusters."""
    rows = session.rows(f"SELECT s.source, s.received_at FROM {_COUNTED}", keys=keys)
    count_stories(session, [(source, received_at, -1) for source, received_at in rows])


_COUNTED = (
    "stories s LEFT JOIN unprobed u ON u.key = s.key "
    "WHERE s.key IN (SELECT value FROM each(:keys)) AND (u.key IS NULL OR u.counted = 1)"
)
"""Of the stories asked about, those that are counted."""


def count_stories(session: Session, stories: Iterable[tuple[str, int, int]]) -> None:
    """Count stories, given by source and reception, so many times each."""
    counts = Counts()
    for source, received_at, count in stories:
        counts.of_source(source, stories=count)
        counts.of_hour(received_at, source, stories=count)
    counts.write(session)


def count_at_new_source(session: Session, before: Mapping[int, str]) -> None:
    """Count stories, given by key with the source they had, for the one that they have now."""
    counts = Counts()
    rows = session.rows(f"SELECT s.key, s.source, s.received_at FROM {_COUNTED}", keys=sorted(before))
    for key, source, received_at in rows:
        for name, sign in ((before[key], -1), (source, 1)):
            counts.of_source(name, stories=sign)
            counts.of_hour(received_at, name, stories=sign)
    for key, story in _standings(session, sorted(before)).items():
        counts.of_story(story._replace(source=before[key]), -1)
        counts.of_story(story, 1)
    counts.write(session)


@contextmanager
def counting_standings(session: Session, keys: Sequence[int], clusters: Sequence[str]) -> Iterator[None]:
    """Count by hour what the block changes of where these stories and the canonical ones of these clusters stand."""
    watched = set(keys) | _canonicals(session, clusters)
    before = _standings(session, sorted(watched))
    yield
    after = _standings(session, sorted(watched | _canonicals(session, clusters)))
    counts = Counts()
    for key, story in after.items():
        # One that is not watched has become the canonical story of the cluster that it was in before.
        counts.of_story(before.get(key, story._replace(canonical=False)), -1)
        counts.of_story(story, 1)
    counts.write(session)


def _canonicals(session: Session, clusters: Sequence[str]) -> set[int]:
    sql = "SELECT canonical FROM clusters WHERE id IN (SELECT value FROM each_text(:clusters))"
    return {key for (key,) in session.rows(sql, clusters=clusters)}


def _standings(session: Session, keys: Sequence[int]) -> dict[int, _Standing]:
    rows = session.rows(
        "SELECT s.key, s.source, s.received_at, c.canonical FROM stories s LEFT JOIN clusters c ON c.id = s.cluster_id "
        "WHERE s.key IN (SELECT value FROM each(:keys))",
        keys=keys,
    )
    return {
        key: _Standing(source, received_at, canonical is not None, canonical == key)
        for key, source, received_at, canonical in rows
    }


def count_clusters(
    session: Session, before: Mapping[str, ClusterStanding], gained: Mapping[tuple[str, str], int]
) -> None:
    """Count by source what changed of clusters, given as they were, and the stories they gained of each source."""
    counts = Counts()
    after = cluster_standings(session, sorted(before))
    for cluster_id, was in before.items():
        now = after.get(cluster_id, ClusterStanding())
        for standing, sign in ((was, -1), (now, 1)):
            counts.of_source(
                standing.canonical_source,
                first=sign * (standing.all_sources > 1),
                first_of_several=sign * (standing.sources > 1),
            )
        gains = {source: count for (one, source), count in gained.items() if one == cluster_id}
        if was.sources > 1 and now.sources > 1:
            clustered = gains
        elif was.sources > 1 or now.sources > 1:  # with one source on the other side this reads few rows
            held = _stories_by_source(session, cluster_id)
            left = {source: held.get(source, 0) - gains.get(source, 0) for source in held.keys() | gains.keys()}
            clustered = held if now.sources > 1 else {source: -count for source, count in left.items()}
        else:
            continue
        for source, count in clustered.items():
            counts.of_source(source, clustered=count)
    counts.write(session)


def cluster_standings(session: Session, clusters: Sequence[str]) -> dict[str, ClusterStanding]:
    """What of clusters the counts of sources depend on; of one that is not there, nothing."""
    rows = session.rows(
        f"SELECT id, {columns(ClusterStanding)} FROM clusters WHERE id IN (SELECT value FROM each_text(:clusters))",
        clusters=clusters,
    )
    return dict.fromkeys(clusters, ClusterStanding()) | {
        cluster_id: ClusterStanding._make(standing) for cluster_id, *standing in rows
    }


def _stories_by_source(session: Session, cluster_id: str) -> dict[str, int]:
    sql = "SELECT source, stories FROM cluster_sources WHERE cluster_id = :id"
    return dict(session.rows(sql, id=cluster_id))


class CountingQueries(Queries):
    """The part of `ports.Reading` about reception."""

    def reception(
        self, *, since: datetime, until: datetime, bucket: timedelta, source: str | None
    ) -> list[ReceptionBucket]:
        hours = bucket // timedelta(hours=1)
        rows = self._session.rows(
            "SELECT hour / :hours, SUM(stories), SUM(clusters), SUM(reprints) FROM reception_counts "
            "WHERE source = :source AND hour >= :first AND hour < :last GROUP BY 1 ORDER BY 1",
            hours=hours,
            first=stamp(since) // HOUR,
            last=-(-stamp(until) // HOUR),
            source=ALL_SOURCES if source is None else source,
        )
        return [
            ReceptionBucket(
                start=moment(number * hours * HOUR),
                stories=int(stories),
                clusters=int(clusters),
                reprints=int(reprints),
            )
            for number, stories, clusters, reprints in rows
        ]
