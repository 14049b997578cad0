"""Numbers that are kept while stories are recorded, so that no report has to count them: by source, and by hour.

`source_counts` has for each source its stories, how often it was `first` of several sources, derived copies included,
and of clusters whose members have several sources: how often it was first in them (`first_of_several`), and its stories
(`clustered`). `reception_counts` has for each hour, by source and for all of them, the stories received then, and how
many of these are now the canonical story of a cluster (`clusters`) or another member of one (`reprints`). A story
counts from its first matching on. All writers share these rows, so they are written last (`late_writes`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from twicetold.store.port import Session
from twicetold.store.queries.listing import Queries
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

    def of_reception(self, source: str, received_at: int, sign: int) -> None:
        """Count a story that was received, or count it no more."""
        self.of_source(source, stories=sign)
        self.of_hour(received_at, source, stories=sign)

    def of_story(self, story: Standing, sign: int) -> None:
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


class Standing(NamedTuple):
    """Where a story stands: when it came, whether it is in a cluster, and as its canonical story."""

    source: str
    received_at: int
    clustered: bool
    canonical: bool


def count_deleted(session: Session, keys: Sequence[int], counts: Counts) -> None:
    """Count stories no more that are about to be deleted and have left their clusters."""
    rows = session.rows(f"SELECT s.source, s.received_at FROM {_COUNTED}", keys=keys)
    for source, received_at in rows:
        counts.of_reception(source, received_at, -1)


_COUNTED = (
    "stories s LEFT JOIN unprobed u ON u.key = s.key "
    "WHERE s.key IN (SELECT value FROM each(:keys)) AND (u.key IS NULL OR u.counted = 1)"
)
"""Of the stories asked about, those that are counted."""


def count_at_new_source(session: Session, before: Mapping[int, str], counts: Counts) -> None:
    """Count stories, given by key with the source they had, for the one that they have now."""
    rows = session.rows(f"SELECT s.key, s.source, s.received_at FROM {_COUNTED}", keys=sorted(before))
    for key, source, received_at in rows:
        counts.of_reception(before[key], received_at, -1)
        counts.of_reception(source, received_at, 1)
    for key, story in _standings(session, sorted(before)).items():
        counts.of_story(story._replace(source=before[key]), -1)
        counts.of_story(story, 1)


def _standings(session: Session, keys: Sequence[int]) -> dict[int, Standing]:
    rows = session.rows(
        "SELECT s.key, s.source, s.received_at, c.canonical FROM stories s LEFT JOIN clusters c ON c.id = s.cluster_id "
        "WHERE s.key IN (SELECT value FROM each(:keys))",
        keys=keys,
    )
    return {
        key: Standing(source, received_at, canonical is not None, canonical == key)
        for key, source, received_at, canonical in rows
    }


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
