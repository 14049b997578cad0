"""The store that the use cases see: each method one transaction of an engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from twicetold.domain.model import Relation
from twicetold.store.port import Engine, Session
from twicetold.store.queries import boilerplate, candidates, clusters, matches, publishing, reading, recording, sources
from twicetold.usecases.pipeline import CandidateQuery, Draft, Hit, Publication, StoredFeatures
from twicetold.usecases.ports import Recording
from twicetold.usecases.read_models import (
    ClusterEvent,
    ClusterFilter,
    ClusterMember,
    ClusterSummary,
    LearnedBlock,
    MatchedStory,
    Page,
    Position,
    SourceReport,
    SourceSummary,
    StoredStory,
    StoredVersion,
    StoreStats,
    StoryFilter,
    Wording,
)

T = TypeVar("T")


class SqlStore:
    """Implements `ports.Store` over any engine; what each method does is described there."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def publish(self, drafts: Sequence[Draft], *, now: datetime) -> list[Publication]:
        """Store stories, unmatched."""
        return self._engine.write(lambda session: publishing.publish(session, drafts, now=now), synced=False)

    def refresh(self, drafts: Mapping[int, Draft]) -> None:
        """Replace what cleaning made of stories."""
        self._engine.write(lambda session: publishing.refresh(session, drafts, now=datetime.now(UTC)), synced=False)

    def candidates(self, queries: Sequence[CandidateQuery], *, limit: int) -> list[list[Hit]]:
        """Look candidates up, for all queries in one go."""
        with self._engine.reading() as session:
            return candidates.candidates(session, queries, limit=limit)

    def features(self, keys: Sequence[int]) -> dict[int, StoredFeatures]:
        """What verification needs of stories."""
        return self._of(keys, candidates.features_of)

    def crowds(self, keys: Sequence[int], *, larger_than: int) -> dict[int, int]:
        """Canonical stories of large clusters."""
        return self._of(keys, partial(candidates.crowds, larger_than=larger_than))

    def recording(self) -> AbstractContextManager[Recording]:
        """A unit of work."""
        return recording.recording(self._engine)

    def backlog(self, *, limit: int, before: datetime) -> list[StoredStory]:
        """Stories left over by a crash."""
        with self._engine.reading() as session:
            return reading.backlog(session, limit=limit, before=before)

    def story(self, story_id: str) -> StoredStory | None:
        """One story."""
        with self._engine.reading() as session:
            return reading.story(session, story_id)

    def versions(self, key: int, *, limit: int) -> list[StoredVersion]:
        """The latest versions of a story."""
        with self._engine.reading() as session:
            return reading.versions(session, key, limit=limit)

    def clusters_of(self, keys: Sequence[int]) -> dict[int, ClusterSummary]:
        """The clusters of stories."""
        return self._of(keys, reading.clusters_of)

    def wordings(self, keys: Sequence[int]) -> dict[int, Wording]:
        """The cleaned texts of stories with their tokens."""
        return self._of(keys, reading.wordings)

    def stories(self, wanted: StoryFilter, *, after: Position | None, limit: int) -> Page[StoredStory]:
        """Stories, latest first."""
        with self._engine.reading() as session:
            return reading.stories(session, wanted, after=after, limit=limit)

    def matches(
        self, key: int, *, relations: Sequence[Relation] = (), threshold: float | None = None,
        after: Position | None = None, limit: int,
    ) -> Page[MatchedStory]:  # fmt: skip
        """Matches of one story."""
        with self._engine.reading() as session:
            return matches.matches(session, key, relations=relations, threshold=threshold, after=after, limit=limit)

    def matches_of(self, keys: Sequence[int], *, limit: int) -> dict[int, Page[MatchedStory]]:
        """The strongest matches of several stories."""
        return self._of(keys, partial(matches.matches_of, limit=limit))

    def cluster(self, cluster_id: str) -> ClusterSummary | None:
        """One cluster."""
        with self._engine.reading() as session:
            return clusters.cluster(session, cluster_id)

    def members(self, cluster_id: str, *, after: Position | None, limit: int) -> Page[ClusterMember]:
        """Members of a cluster by time."""
        with self._engine.reading() as session:
            return clusters.members(session, cluster_id, after=after, limit=limit)

    def events(self, cluster_id: str, *, limit: int) -> list[ClusterEvent]:
        """What happened to a cluster."""
        with self._engine.reading() as session:
            return clusters.events(session, cluster_id, limit=limit)

    def clusters(self, wanted: ClusterFilter, *, after: Position | None, limit: int) -> Page[ClusterSummary]:
        """The cluster report."""
        with self._engine.reading() as session:
            return clusters.clusters(session, wanted, after=after, limit=limit)

    def sources(self, *, after: Position | None, limit: int) -> Page[SourceSummary]:
        """All sources by name."""
        with self._engine.reading() as session:
            return sources.sources(session, after=after, limit=limit)

    def source(self, name: str, *, now: datetime) -> SourceReport | None:
        """One source."""
        with self._engine.reading() as session:
            return sources.source(session, name, now=now)

    def learned(self, sources: Sequence[str], *, now: datetime) -> dict[str, Mapping[int, LearnedBlock]]:
        """Active learned blocks of sources."""
        with self._engine.reading() as session:
            return boilerplate.learned(session, sources, now=now)

    def allow_block(self, source: str, block_id: str) -> bool:
        """Never cut a block again."""
        return self._engine.write(lambda session: boilerplate.allow(session, source, block_id))

    def forget_block(self, source: str, block_id: str) -> bool:
        """Forget a learned block."""
        return self._engine.write(lambda session: boilerplate.forget(session, source, block_id))

    def expired(self, *, before: datetime, limit: int) -> list[str]:
        """Stories received before a time."""
        with self._engine.reading() as session:
            return reading.expired(session, before=before, limit=limit)

    def backup(self, target: Path) -> None:
        """Write a consistent copy."""
        self._engine.backup(target)

    def stats(self) -> StoreStats:
        """Sizes, without scanning."""
        stories, cluster_count, match_rows = self._engine.counts()
        with self._engine.reading() as session:
            ((backlog,),) = session.rows("SELECT COUNT(*) FROM unprobed")
        return StoreStats(stories=stories, clusters=cluster_count, matches=match_rows // 2, backlog=backlog,
                          bytes=self._engine.bytes())  # fmt: skip

    def ready(self) -> None:
        """Raise unless the store answers and fits."""
        self._engine.check()

    def close(self) -> None:
        """Release connections."""
        self._engine.close()

    def _of(self, keys: Sequence[int], read: Callable[[Session, Sequence[int]], dict[int, T]]) -> dict[int, T]:
        """What a query tells of each of some stories; of none, the engine is not asked."""
        if not keys:
            return {}
        with self._engine.reading() as session:
            return read(session, keys)
