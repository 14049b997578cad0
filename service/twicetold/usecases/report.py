"""What analysts read: stories, clusters across sources, and sources."""

from __future__ import annotations

from collections import Counter

import msgspec

from twicetold.domain.errors import NotFound
from twicetold.domain.fingerprint.make import fingerprint
from twicetold.domain.matching.changes import changes
from twicetold.domain.matching.decide import decide
from twicetold.domain.matching.shingled import Shingled
from twicetold.domain.model import Revision
from twicetold.usecases.ports import Clock, Store
from twicetold.usecases.read_models import (
    ClusterFilter,
    ClusterSummary,
    Page,
    Position,
    SourceReport,
    SourceSummary,
    StoredStory,
    StoredVersion,
    StoreStats,
    StoryFilter,
)
from twicetold.usecases.results import ClusterAnswer, StoryAnswer

VERSIONS = 20
"""Latest versions shown with a story."""

EVENTS = 50
"""Latest events shown with a cluster."""


class Reports:
    """Read-only views of the store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def story(self, story_id: str) -> StoryAnswer:
        """A story with its cluster and the latest VERSIONS of its history. Raises `NotFound`."""
        stored = stored_story(self._store, story_id)
        versions = self._store.versions(stored.key, limit=VERSIONS + 1)
        revisions = [_revision(version, before) for version, before in zip(versions, [None, *versions], strict=False)]
        return StoryAnswer(story=stored.story, cluster=stored.cluster, revisions=revisions[-VERSIONS:])

    def stories(self, wanted: StoryFilter, *, after: Position | None, limit: int) -> Page[StoredStory]:
        """Stories by time of arrival, latest first."""
        return self._store.stories(wanted, after=after, limit=limit)

    def cluster(self, cluster_id: str, *, after: Position | None, limit: int) -> ClusterAnswer:
        """A cluster with its members by time. Raises `NotFound`."""
        summary = self._store.cluster(cluster_id)
        if summary is None:
            raise NotFound(f"no cluster has the id {cluster_id!r}; its stories may have been deleted", field="id")
        members = self._store.members(summary.id, after=after, limit=limit)
        credited = Counter(agency for member in members.items for agency in member.agencies)
        return ClusterAnswer(
            summary=summary,
            members=members.items,
            next=members.next,
            events=self._store.events(summary.id, limit=EVENTS),
            agencies=[agency for agency, _ in sorted(credited.items(), key=lambda item: (-item[1], item[0]))],
        )

    def clusters(self, wanted: ClusterFilter, *, after: Position | None, limit: int) -> Page[ClusterSummary]:
        """The cross-source report."""
        return self._store.clusters(wanted, after=after, limit=limit)

    def sources(self, *, after: Position | None, limit: int) -> Page[SourceSummary]:
        """All sources by name."""
        return self._store.sources(after=after, limit=limit)

    def source(self, name: str) -> SourceReport:
        """One source. Raises `NotFound`."""
        report = self._store.source(name, now=self._clock())
        if report is None:
            raise NotFound(f"no story of the source {name!r} is stored", field="source")
        return report

    def stats(self) -> StoreStats:
        """Sizes of the store."""
        return self._store.stats()

    def ready(self) -> None:
        """Raise `Unavailable` unless the store can serve."""
        self._store.ready()


def stored_story(store: Store, story_id: str, *, field: str = "id") -> StoredStory:
    """The story of that id. Raises `NotFound`, naming `field`."""
    stored = store.story(story_id)
    if stored is None:
        raise NotFound(f"no story has the id {story_id!r}; it may have been deleted", field=field)
    return stored


def _revision(version: StoredVersion, before: StoredVersion | None) -> Revision:
    """A version compared with the one before it; the first that is stored has none."""
    revision = Revision(
        version=version.version,
        received_at=version.received_at,
        words=version.words,
        similarity=None,
        title=version.title,
    )
    if before is None:
        return revision
    found = decide(Shingled(fingerprint(before.text)), Shingled(fingerprint(version.text))).measures
    changed = changes(before.text, version.text)
    return msgspec.structs.replace(revision, similarity=found.jaccard, added=changed.added, removed=changed.removed)
