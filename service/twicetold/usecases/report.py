"""What analysts read: stories, clusters across sources, and sources."""

from __future__ import annotations

from collections import Counter

import msgspec

from twicetold.domain.errors import NotFound
from twicetold.domain.model import Revision
from twicetold.usecases.ports import Analyser, Clock, Reading, Store
from twicetold.usecases.read_models import Page, Position, SourceReport, StoredStory, StoredVersion, VersionFace
from twicetold.usecases.results import ClusterAnswer, StoryAnswer

VERSIONS = 20
"""Latest versions shown with a story."""

EVENTS = 50
"""Latest events shown with a cluster."""


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
        changes = self._analyser.changes([version.text for version in versions])
        compared = [
            msgspec.structs.replace(
                _first(version), similarity=change.similarity, added=change.added, removed=change.removed
            )
            for version, change in zip(versions[1:], changes, strict=True)
        ]
        revisions = [*map(_first, versions[:1]), *compared]
        return StoryAnswer(story=stored.story, cluster=stored.cluster, revisions=revisions[-VERSIONS:])

    def versions(self, story_id: str, *, after: Position | None, limit: int) -> Page[VersionFace]:
        """All versions of a story without their texts, latest first. Raises `NotFound`."""
        with self._store.reading() as reading:
            return reading.history(stored_story(reading, story_id).key, after=after, limit=limit)

    def version(self, story_id: str, number: int) -> StoredVersion:
        """One version of a story. Raises `NotFound`."""
        with self._store.reading() as reading:
            return stored_version(reading, stored_story(reading, story_id).key, number)

    def cluster(self, cluster_id: str, *, after: Position | None, limit: int) -> ClusterAnswer:
        """A cluster with its members by time. Raises `NotFound`."""
        with self._store.reading() as reading:
            summary = reading.cluster(cluster_id)
            if summary is None:
                raise NotFound(f"no cluster has the id {cluster_id!r}; its stories may have been deleted", field="id")
            members = reading.members(summary.id, after=after, limit=limit)
            events = reading.events(summary.id, limit=EVENTS)
        credited = Counter(agency for member in members.items for agency in member.agencies)
        return ClusterAnswer(
            summary=summary,
            members=members.items,
            next=members.next,
            events=events,
            agencies=[agency for agency, _ in sorted(credited.items(), key=lambda item: (-item[1], item[0]))],
        )

    def source(self, name: str) -> SourceReport:
        """One source. Raises `NotFound`."""
        with self._store.reading() as reading:
            report = reading.source(name, now=self._clock())
        if report is None:
            raise NotFound(f"no story of the source {name!r} is stored", field="source")
        return report


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
