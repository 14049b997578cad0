"""Many writers at once leave what one leaves; what a recording asks of the store does not grow with its clusters."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from typing import Any

import pytest
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.domain.matching.parameters import CROWD
from twicetold.domain.model import Submission
from twicetold.store.open import migrate, open_store
from twicetold.store.port import Session
from twicetold.usecases.application import Application, assemble
from twicetold.usecases.pipeline import Waiting
from twicetold.usecases.record import record

from bench.orders import MixedStories, differences, settle, state
from tests.store.samples import NOON, asked, draft, keys_of
from tests.usecases.conftest import CountingObserver, PlainAnalyser, StandingClock
from tests.usecases.test_record import reprint

PARAMETERS = FingerprintParameters()
WRITERS = 4


def application(url: str) -> Application:
    store = open_store(url, scheme=PARAMETERS.identity)
    clock = StandingClock(datetime(2026, 4, 6, tzinfo=UTC))
    return assemble(store, PlainAnalyser(), PARAMETERS, clock, CountingObserver())


def submit(taking: Application, stories: Sequence[Submission], order: random.Random) -> None:
    """Submit stories in chunks, and some of them again after they were deleted."""
    for first in range(0, len(stories), 5):
        taking.submit.submit(stories[first : first + 5], passages=False)
        if order.random() < 0.3:
            again = stories[first]
            taking.forgetting.delete(again.id or "")
            taking.submit.submit([again], passages=False)
    taking.settling.round()


@pytest.mark.parametrize("seed", [1, 2])
def test_many_writers_at_once_leave_what_one_leaves(new_postgres, seed):
    stories = list(MixedStories(seed, copies=CROWD + 4))
    found = []
    for writers in (1, WRITERS):
        url = new_postgres()
        migrate(url, scheme=PARAMETERS.identity)
        order = random.Random(seed)
        shuffled = order.sample(stories, len(stories))
        with ExitStack() as opened:
            taking = [opened.enter_context(closing(application(url))) for _ in range(writers)]
            threads = [
                threading.Thread(target=submit, args=(one, shuffled[number::writers], random.Random(number)))
                for number, one in enumerate(taking)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            settle(taking[0])
            found.append(state(taking[0], stories))
            assert list(taking[0].store.verify(lambda *_: None)) == []
            with taking[0].store._engine.reading() as session:
                deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
                assert session.rows(deadlocks) == [(0,)]
    assert differences(*found) == []


class Counted:
    """A session that counts what it is asked."""

    def __init__(self, session: Session, asked: list[str]) -> None:
        self._session = session
        self._asked = asked

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._session, name)
        if name not in {"rows", "run", "insert", "assign"}:
            return value

        def counted(*given: Any, **named: Any) -> Any:
            self._asked.append(f"{name} {given[0]}")
            return value(*given, **named)

        return counted


@pytest.fixture
def statements(store) -> Callable[[int, int], list[str]]:
    """Record a batch of some families and tell what was asked for it."""

    def count(families: int, seed: int) -> list[str]:
        text = "river{0} rose{0} by{0} metres{0}"
        told = [
            [draft(f"{seed}-{family}-{copy}", text.format(family), source=f"{copy}.example", minutes=copy)
             for copy in range(4)]
            for family in range(families)
        ]  # fmt: skip
        keys = [keys_of(store, *family) for family in told]
        known = asked(store).features([key for family in keys for key in family])
        made: list[str] = []
        engine = store._engine
        work = engine.record
        engine.record = lambda inner: work(lambda session: inner(Counted(session, made)))
        # The first two of each family come first, then two that join them.
        for part in (slice(0, 2), slice(2, 4)):
            made.clear()
            new = [key for family in keys for key in family[part]]
            judged = {
                key: [reprint(known[other], 0.8) for other in family if other < key]
                for family in keys
                for key in family[part]
            }
            waiting = {key: Waiting(known[key].digest, NOON) for key in new}
            store.record(
                lambda recording, judged=judged, waiting=waiting: record(
                    recording, judged, waiting, PARAMETERS, changed=(), now=NOON
                )
            )
        engine.record = work
        return list(made)

    return count


def test_what_a_recording_asks_does_not_grow_with_its_clusters(statements):
    few, many = statements(2, 1), statements(30, 2)
    assert few == many
    assert len(few) < 45
