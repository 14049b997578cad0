"""The store that the use cases see, over any engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from twicetold.store.port import Engine
from twicetold.store.queries import boilerplate, publishing
from twicetold.store.queries.candidates import CandidateQueries
from twicetold.store.queries.clusters import ClusterQueries
from twicetold.store.queries.matches import MatchQueries
from twicetold.store.queries.recording import SqlRecording
from twicetold.store.queries.sources import SourceQueries
from twicetold.store.queries.stories import StoryQueries
from twicetold.usecases.pipeline import Draft, Publication
from twicetold.usecases.ports import Reading, Recording
from twicetold.usecases.read_models import StoreStats


class SqlReading(StoryQueries, CandidateQueries, MatchQueries, ClusterQueries, SourceQueries):
    """Implements `ports.Reading` on one session."""


class SqlStore:
    """Implements `ports.Store`; each method is one transaction of the engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def publish(self, drafts: Sequence[Draft], *, now: datetime) -> list[Publication]:
        return self._engine.write(lambda session: publishing.publish(session, drafts, now=now), synced=False)

    def refresh(self, drafts: Mapping[int, Draft]) -> None:
        self._engine.write(lambda session: publishing.refresh(session, drafts, now=datetime.now(UTC)), synced=False)

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        with self._engine.reading() as session:
            yield SqlReading(session)

    @contextmanager
    def recording(self) -> Iterator[Recording]:
        with self._engine.recording() as session:
            yield SqlRecording(session)

    def allow_block(self, source: str, block_id: str) -> bool:
        return self._engine.write(lambda session: boilerplate.allow(session, source, block_id))

    def forget_block(self, source: str, block_id: str) -> bool:
        return self._engine.write(lambda session: boilerplate.forget(session, source, block_id))

    def reindex(self, progress: Callable[[int, int], None]) -> None:
        self._engine.reindex(progress)

    def backup(self, target: Path) -> None:
        self._engine.backup(target)

    def stats(self) -> StoreStats:
        stories, clusters, match_rows = self._engine.counts()
        with self._engine.reading() as session:
            ((backlog,),) = session.rows("SELECT COUNT(*) FROM unprobed")
        return StoreStats(
            stories=stories, clusters=clusters, matches=match_rows // 2, backlog=backlog, bytes=self._engine.bytes()
        )

    def ready(self) -> None:
        self._engine.check()

    def close(self) -> None:
        self._engine.close()
