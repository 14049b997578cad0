"""What analysts read: stories, clusters across sources, and sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec

from twicetold.domain.errors import Invalid, NotFound
from twicetold.domain.matching.canonical import CanonicalPolicy, Claimant, Credited, canonical, credited
from twicetold.domain.model import Relation, Revision
from twicetold.usecases.ports import Analyser, Clock, Reading, Store
from twicetold.usecases.read_models import (
    ClusterSummary,
    DerivedCopy,
    Page,
    Position,
    ReceptionBucket,
    SourceReport,
    StoredStory,
    StoredVersion,
    VersionFace,
)
from twicetold.usecases.results import ClusterAnswer, Credit, StoryAnswer

VERSIONS = 20
"""Latest versions shown with a story."""

ORIGINS = 50
"""Stories shown that one derives from; a roundup may have many."""

EVENTS = 50
"""Latest events shown with a cluster."""

DERIVED = 200
"""Derived copies shown with a cluster, the earliest; all can be paged through."""


MOST_BUCKETS = 1_000
USUAL_BUCKETS = 30
"""Buckets of a timeline whose start is not given."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Bucket(StrEnum):
    """How long a bucket of a timeline is."""

    HOUR = "hour"
    DAY = "day"

    @property
    def length(self) -> timedelta:
        """As a time."""
        return timedelta(hours=1) if self is Bucket.HOUR else timedelta(days=1)


class Reports:
    """Views of the store that take more than one read, or a comparison; plain listings are read from it directly."""

    def __init__(self, store: Store, analyser: Analyser, clock: Clock) -> None:
        self._store = store
        self._analyser = analyser
        self._clock = clock

    def story(self, story_id: str) -> StoryAnswer:
        """A story with its cluster and the latest VERSIONS of its history. Raises `NotFound`."""
        with self._store.reading() as reading:
            stored = stored_story(reading, story_id)
            versions = reading.versions(stored.key, limit=VERSIONS + 1)
            origins = reading.derived_from(stored.key, limit=ORIGINS)
        changes = self._analyser.changes([version.text for version in versions])
        compared = [
            msgspec.structs.replace(
                _first(version), similarity=change.similarity, added=change.added, removed=change.removed
            )
            for version, change in zip(versions[1:], changes, strict=True)
        ]
        revisions = [*map(_first, versions[:1]), *compared]
        return StoryAnswer(
            story=stored.story, cluster=stored.cluster, derived_from=origins, revisions=revisions[-VERSIONS:]
        )

    def versions(self, story_id: str, *, after: Position | None, limit: int) -> Page[VersionFace]:
        """All versions of a story without their texts, latest first. Raises `NotFound`."""
        with self._store.reading() as reading:
            return reading.history(stored_story(reading, story_id).key, after=after, limit=limit)

    def version(self, story_id: str, number: int) -> StoredVersion:
        """One version of a story. Raises `NotFound`."""
        with self._store.reading() as reading:
            return stored_version(reading, stored_story(reading, story_id).key, number)

    def cluster(
        self,
        cluster_id: str,
        *,
        policy: CanonicalPolicy | None = None,
        min_confidence: float | None = None,
        after: Position | None,
        limit: int,
    ) -> ClusterAnswer:
        """A cluster with its members by time. Raises `NotFound`.

        A `policy` chooses its canonical story for this answer.
        `min_confidence` leaves members and derived copies out whose ties are less sure; nothing is grouped anew.
        """
        with self._store.reading() as reading:
            summary = stored_cluster(reading, cluster_id)
            claimants = reading.claimants(summary.id)
            chosen = None if policy is None or not claimants else canonical(claimants, policy)
            members = reading.members(
                summary.id, canonical=chosen, min_confidence=min_confidence, after=after, limit=limit
            )
            derived = reading.derived(summary.id, min_confidence=min_confidence, limit=DERIVED)
            events = reading.events(summary.id, limit=EVENTS)
        agencies = Counter(agency for member in members.items for agency in member.agencies)
        faces = {one.key: one for one in claimants}
        if chosen is not None:
            face = faces[chosen]
            summary = msgspec.structs.replace(summary, canonical_id=face.story_id, title=face.title)
        found = credited(claimants) if claimants else None
        return ClusterAnswer(
            summary=summary,
            merged_id=None if summary.id == cluster_id else cluster_id,
            credited_to=None if found is None else _credit(found, faces[found.first]),
            members=members.items,
            next=members.next,
            derived=derived.items,
            events=events,
            agencies=[agency for agency, _ in sorted(agencies.items(), key=lambda item: (-item[1], item[0]))],
        )

    def derived(
        self,
        cluster_id: str,
        *,
        relations: Sequence[Relation] = (),
        min_confidence: float | None = None,
        after: Position | None,
        limit: int,
    ) -> tuple[ClusterSummary, Page[DerivedCopy]]:
        """A cluster, and a page of its derived copies by time. Raises `NotFound`."""
        with self._store.reading() as reading:
            summary = stored_cluster(reading, cluster_id)
            return summary, reading.derived(
                summary.id, relations=relations, min_confidence=min_confidence, after=after, limit=limit
            )

    def timeline(
        self, bucket: Bucket, *, since: datetime | None, until: datetime | None, source: str | None
    ) -> list[ReceptionBucket]:
        """What was received in each hour or day from `since` to `until` (now), also where nothing was.

        Buckets are whole, in UTC. Raises `Invalid` for more than MOST_BUCKETS.
        """
        length = bucket.length
        end = _EPOCH + length * -(-((until or self._clock()) - _EPOCH) // length)
        start = end - USUAL_BUCKETS * length if since is None else _EPOCH + length * ((since - _EPOCH) // length)
        buckets = (end - start) // length
        if buckets > MOST_BUCKETS:
            raise Invalid(f"since must be at most {MOST_BUCKETS} {bucket}s before until", field="since")
        with self._store.reading() as reading:
            found = reading.reception(since=start, until=end, bucket=length, source=source)
        by_start = {one.start: one for one in found}
        starts = (start + number * length for number in range(buckets))
        return [by_start.get(at) or ReceptionBucket(start=at) for at in starts]

    def source(self, name: str) -> SourceReport:
        """One source. Raises `NotFound`."""
        with self._store.reading() as reading:
            report = reading.source(name)
        if report is None:
            raise NotFound(f"no story of the source {name!r} is stored", field="source")
        return report


def _credit(found: Credited, first: Claimant) -> Credit:
    return Credit(
        name=found.name, members=found.members, story_id=first.story_id, source=first.source, told_at=first.told_at
    )


def stored_cluster(reading: Reading, cluster_id: str) -> ClusterSummary:
    """The cluster of that id, or the one it went into. Raises `NotFound`."""
    summary = reading.cluster(cluster_id)
    if summary is None:
        raise NotFound(f"no cluster has the id {cluster_id!r}; its stories may have been deleted", field="id")
    return summary


def stored_story(reading: Reading, story_id: str, *, field: str = "id") -> StoredStory:
    """The story of that id. Raises `NotFound`, naming `field`."""
    stored = reading.story(story_id)
    if stored is None:
        raise NotFound(f"no story has the id {story_id!r}; it may have been deleted", field=field)
    return stored


def stored_version(reading: Reading, key: int, number: int) -> StoredVersion:
    """A version of a stored story. Raises `NotFound`, naming `version`."""
    found = reading.version(key, number)
    if found is None:
        raise NotFound(f"this story has no version {number}; GET its /versions lists those it has", field="version")
    return found


def _first(version: StoredVersion) -> Revision:
    """A version that is compared with none, as the first that is stored."""
    return Revision(
        version=version.version,
        received_at=version.received_at,
        words=version.words,
        similarity=None,
        title=version.title,
    )
