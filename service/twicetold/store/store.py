"""The store that the use cases see, over any engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from twicetold.domain.matching.canonical import CanonicalPolicy
from twicetold.domain.model import Override, Story
from twicetold.store.port import Engine, Session
from twicetold.store.queries import boilerplate, changes, facts, overrides, publishing, schemes, searching
from twicetold.store.queries.boilerplate import LearnedQueries
from twicetold.store.queries.candidates import CandidateQueries
from twicetold.store.queries.changes import ChangeQueries
from twicetold.store.queries.clusters import ClusterQueries
from twicetold.store.queries.counting import CountingQueries
from twicetold.store.queries.derivations import DerivationQueries
from twicetold.store.queries.exports import ExportQueries
from twicetold.store.queries.facts import SESSION_SECRET, fact, require_current
from twicetold.store.queries.holders import enter_anew
from twicetold.store.queries.late_writes import LateWrites
from twicetold.store.queries.matches import MatchQueries
from twicetold.store.queries.overrides import OverrideQueries
from twicetold.store.queries.pages import PageQueries
from twicetold.store.queries.partners import PartnerQueries
from twicetold.store.queries.recording import SqlRecording
from twicetold.store.queries.rows import pack_body
from twicetold.store.queries.sources import SourceQueries
from twicetold.store.queries.stories import StoryQueries
from twicetold.store.queries.ties import TieQueries
from twicetold.store.queries.verdicts import VerdictQueries
from twicetold.store.queries.verifying import Verification, empty_clusters
from twicetold.store.queries.versions import VersionQueries
from twicetold.usecases.pipeline import Draft, Publication
from twicetold.usecases.ports import Progress, Reading, Recording
from twicetold.usecases.read_models import ChangeKind, StoreStats

T = TypeVar("T")

_EARLIEST = CanonicalPolicy()
_CLOCKS_DIFFER = timedelta(minutes=1)
"""By so much at most, those of this service and of the nodes of a distributed store."""


class SqlReading(
    StoryQueries,
    VersionQueries,
    PageQueries,
    OverrideQueries,
    CandidateQueries,
    MatchQueries,
    VerdictQueries,
    ClusterQueries,
    DerivationQueries,
    SourceQueries,
    PartnerQueries,
    LearnedQueries,
    CountingQueries,
    TieQueries,
    ExportQueries,
    ChangeQueries,
):
    """Implements `ports.Reading` on one session."""


class SqlStore:
    """Implements `ports.Store`; each method is one transaction of the engine."""

    def __init__(self, engine: Engine, policy: CanonicalPolicy = _EARLIEST) -> None:
        self._engine = engine
        self._policy = policy

    def publish(self, drafts: Sequence[Draft], *, now: datetime) -> list[Publication]:
        bodies = [pack_body(draft.story) for draft in drafts]

        def work(session: Session) -> list[Publication]:
            require_current(session, self._engine.scheme)
            return publishing.publish(session, drafts, bodies, now=now)

        return self._engine.write(work, synced=False)

    def refresh(self, drafts: Mapping[int, Draft], *, instead_of: Mapping[int, Story]) -> dict[int, datetime]:
        def work(session: Session) -> dict[int, datetime]:
            require_current(session, self._engine.scheme)
            now, late = datetime.now(UTC), LateWrites()
            as_read = publishing.as_read(session, {key: instead_of[key] for key in drafts})
            still = {key: draft for key, draft in drafts.items() if key in as_read}
            refreshed = publishing.refresh(session, still, late, now=now)
            late.write(session)
            kind = ChangeKind.STORY_CHANGED
            stories = [drafts[key].story for key in sorted(refreshed)]
            changes.write(session, [changes.entry(kind, story.id, story.source) for story in stories], at=now)
            return refreshed

        return self._engine.write(work, synced=False)

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        with self._engine.reading() as session:
            yield SqlReading(session, self._engine.scheme)

    def record(self, work: Callable[[Recording], T]) -> T:
        def in_session(session: Session) -> T:
            require_current(session, self._engine.scheme)
            recording = SqlRecording(session, self._engine.scheme, self._policy)
            done = work(recording)
            recording.write_last(at=datetime.now(UTC))
            return done

        return self._engine.record(in_session)

    def number_changes(self) -> int:
        with self._engine.reading() as session:
            waiting = changes.unnumbered(session)
        while waiting:
            waiting = self._engine.write(changes.give_numbers)
        with self.reading() as reading:
            _, last = reading.change_numbers()
        return last

    def forget_changes(self, *, before: datetime) -> None:
        self.number_changes()
        while self._engine.write(lambda session: changes.forget(session, before=before)):
            pass

    def put_overrides(self, source: str, wanted: Sequence[Override]) -> None:
        self._engine.write(lambda session: overrides.put_overrides(session, source, wanted))

    def allow_block(self, source: str, block_id: str) -> bool:
        return self._engine.write(lambda session: boilerplate.allow(session, source, block_id))

    def forget_block(self, source: str, block_id: str, *, at: datetime) -> bool:
        return self._engine.write(lambda session: boilerplate.forget(session, source, block_id, at=at))

    def session_secret(self) -> bytes:
        with self._engine.reading() as session:
            kept = fact(session, SESSION_SECRET)
        return bytes.fromhex(kept or self._engine.write(facts.session_secret))

    def reopen(self, *, limit: int) -> int:
        return self._engine.write(lambda session: boilerplate.reopen(session, limit=limit), synced=False)

    def resolve(self) -> datetime | None:
        began = self._engine.resolve()
        if began is not None:
            self._engine.write(lambda session: enter_anew(session, since=began - _CLOCKS_DIFFER))
        return began

    def reindex(self, progress: Progress) -> None:
        self._engine.reindex(progress)
        self._engine.write(searching.want_all_words)

    def compact(self) -> None:
        self._engine.compact()

    def enter_words(self, words: Mapping[int, Sequence[str]]) -> None:
        self._engine.write(lambda session: searching.enter_words(session, words), synced=False)

    def begin_refingerprinting(self) -> int | None:
        return self._engine.write(lambda session: schemes.begin(session, self._engine.scheme))

    def refingerprint(self, drafts: Mapping[int, Draft], *, now: datetime) -> None:
        self._engine.write(lambda session: schemes.replace(session, drafts, now=now), synced=False)

    def finish_refingerprinting(self) -> None:
        self._engine.write(lambda session: schemes.finish(session, self._engine.scheme))

    def verify(self, progress: Progress) -> Iterator[str]:
        yield from self._engine.faults()
        stories, _, _ = self._engine.counts()
        seen = Verification()
        while True:
            with self._engine.reading() as session:
                faults = seen.batch(session)
            if faults is None:
                break
            yield from faults
            progress(seen.stories, stories)
        with self._engine.reading() as session:
            faults = list(empty_clusters(session))
        yield from faults

    def backup(self, target: Path) -> None:
        self._engine.backup(target)

    def stats(self) -> StoreStats:
        stories, clusters, match_rows = self._engine.counts()
        with self._engine.reading() as session:
            ((backlog,),) = session.rows("SELECT COUNT(*) FROM unprobed")
        return StoreStats(
            stories=stories, clusters=clusters, matches=match_rows // 2, backlog=backlog, bytes=self._engine.bytes()
        )

    def probe(self) -> None:
        self._engine.probe()

    def close(self) -> None:
        self._engine.close()
