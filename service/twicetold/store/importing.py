"""Fills an empty store with what a bulk run found, step by step.

Each call is one transaction that also writes down how far the import is, in the fact `importing`: so it goes on where
it stood, whatever stopped it. As long as that fact is there, nothing else opens the store.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from twicetold.domain.errors import IncompatibleStore
from twicetold.domain.matching.canonical import CanonicalPolicy
from twicetold.domain.matching.derive import Derivation
from twicetold.domain.model import Match
from twicetold.store.port import Engine, Session
from twicetold.store.queries import boilerplate, changes, derivations, placing
from twicetold.store.queries.facts import IMPORTING, SET, fact
from twicetold.store.queries.late_writes import LateWrites
from twicetold.store.queries.listing import columns
from twicetold.store.queries.publishing import insert_matched
from twicetold.store.queries.rows import MatchRow, match_row, stamp
from twicetold.usecases.pipeline import Draft, Placement
from twicetold.usecases.read_models import ClusterEvent

STEPS = ("stories", "matches", "clusters", "derivations", "lessons")


class Reached(Struct, frozen=True):
    """How far an import is: of which run, the key of its first story, and how many of each step are in the store."""

    run: str
    first_key: int
    done: dict[str, int] = {}

    def of(self, step: str) -> int:
        """How many of a step are done."""
        return self.done.get(step, 0)


class Importing:
    """An import into one store, which it closes; `run` names the run that is imported."""

    def __init__(self, engine: Engine, policy: CanonicalPolicy, run: str) -> None:
        self._engine = engine
        self._policy = policy
        self._run = run
        self.reached = engine.write(self._begin)

    def _begin(self, session: Session) -> Reached:
        """Say that the import goes on. Raises `IncompatibleStore` for a store that is not empty."""
        if told := fact(session, IMPORTING):
            reached = msgspec.json.decode(told, type=Reached)
            if reached.run != self._run:
                raise IncompatibleStore("another run is being imported into this store; finish that or name another")
            return reached
        if session.rows("SELECT 1 FROM stories LIMIT 1"):
            raise IncompatibleStore("a run is imported into an empty store only, and this one holds stories")
        (first,) = session.new_keys(1)
        return self._told(session, Reached(self._run, first))

    def stories(self, drafts: Sequence[Draft], bodies: Sequence[bytes], *, now: datetime) -> None:
        """Store the next stories, with their packed texts."""
        first = self.key(self.reached.of("stories"))
        by_key = dict(enumerate(drafts, first))

        def work(session: Session) -> None:
            insert_matched(session, by_key, dict(enumerate(bodies, first)), now=now)
            session.continue_keys(first + len(drafts) - 1)
            late = LateWrites()
            for one in drafts:
                late.counts.of_reception(one.story.source, stamp(one.story.received_at), 1)
            late.unlearn(session, list(by_key))
            late.write(session)

        self._write("stories", len(drafts), work)

    def matches(self, matches: Sequence[Match]) -> None:
        """Store the next ties, each once from either side, by key."""
        rows = [match_row(match) for match in matches]
        self._write("matches", len(rows), lambda session: session.insert("matches", columns(MatchRow), rows))

    def clusters(self, clusters: Mapping[str, Sequence[int]], *, now: datetime) -> None:
        """Store the next clusters: their members by id, the leader first."""
        placement = Placement(
            moves={key: name for name, members in clusters.items() for key in members},
            canonicals={name: members[0] for name, members in clusters.items()},
            at=now,
            events=[ClusterEvent(cluster_id=name, at=now, event="created") for name in clusters],
        )

        def work(session: Session) -> None:
            late = LateWrites()
            placing.place(session, placement, self._policy, late)
            late.write(session)

        self._write("clusters", len(clusters), work)

    def derivations(self, found: Sequence[Derivation]) -> None:
        """Store what the next stories derive from."""
        stories = sorted({one.story for one in found})

        def work(session: Session) -> None:
            late = LateWrites()
            placing.count_copies(session, derivations.derive(session, stories, found), late)
            late.write(session)

        self._write("derivations", len(stories), work)

    def lessons(self, taught: Sequence[boilerplate.SeasonRow]) -> None:
        """Store what the next seasons taught."""

        def work(session: Session) -> None:
            for row in taught:
                boilerplate.remember(session, row)

        self._write("lessons", len(taught), work)

    def finish(self, *, now: datetime) -> None:
        """Say that all is there, as one change; synced."""

        def work(session: Session) -> None:
            session.run("DELETE FROM facts WHERE name = :name", name=IMPORTING)
            changes.write(session, [changes.imported()], at=now)

        self._engine.write(work)

    def key(self, place: int) -> int:
        """The key of a story by its place among those of the run."""
        return self.reached.first_key + place

    def close(self) -> None:
        """Release connections."""
        self._engine.close()

    def _write(self, step: str, count: int, work: Callable[[Session], None]) -> None:
        done = self.reached.done | {step: self.reached.of(step) + count}

        def both(session: Session) -> Reached:
            # Locked, so that of two imports at once the second looks when the first has committed.
            sql = f"SELECT value FROM facts WHERE name = :name {session.for_update}"
            if session.rows(sql, name=IMPORTING) != [(_packed(self.reached),)]:
                raise IncompatibleStore("another import works on this store; wait for it")
            work(session)
            return self._told(session, msgspec.structs.replace(self.reached, done=done))

        self.reached = self._engine.write(both, synced=False)

    def _told(self, session: Session, reached: Reached) -> Reached:
        session.insert("facts", "name, value", [(IMPORTING, _packed(reached))], SET)
        return reached


def _packed(reached: Reached) -> str:
    return msgspec.json.encode(reached).decode()
