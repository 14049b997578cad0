"""Answers follow from the stories alone: the same stories in other orders, chunks, and after deletions."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.domain.matching.clusters import partition
from twicetold.domain.matching.parameters import CROWD
from twicetold.domain.model import Submission
from twicetold.store.open import migrate, open_store
from twicetold.usecases.application import Application, assemble
from twicetold.usecases.pipeline import Component, Edge
from twicetold.usecases.ports import Recording

from bench.orders import MixedStories, State, differences, post, settle, state
from tests.usecases.conftest import CountingObserver, PlainAnalyser, StandingClock

STORIES = list(MixedStories(1, copies=CROWD + 12))


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Callable[[], Application]]:
    """Makes applications over stores of their own."""
    opened: list[Application] = []
    parameters = FingerprintParameters()

    def make() -> Application:
        url = f"sqlite:///{tmp_path}/{len(opened)}.db"
        migrate(url, scheme=parameters.identity)
        store = open_store(url, scheme=parameters.identity)
        clock = StandingClock(datetime(2026, 4, 6, tzinfo=UTC))
        opened.append(assemble(store, PlainAnalyser(), parameters, clock, CountingObserver()))
        return opened[-1]

    yield make
    for application in opened:
        application.close()


def answers(application: Application, stories: list[Submission], order: int) -> State:
    post(application, stories, random.Random(order))
    settle(application)
    return state(application, stories)


def test_no_order_changes_an_answer(fresh: Callable[[], Application]):
    first, *others = (answers(fresh(), STORIES, order) for order in range(3))
    assert [differences(first, other) for other in others] == [[], []]
    assert max(map(len, first.clusters)) > CROWD
    assert any("passage" in relation for relation in first.matches.values())


def test_a_crowd_is_clustered_as_all_its_ties_say(fresh: Callable[[], Application]):
    application = fresh()
    crowd = [one for one in STORIES if (one.id or "").startswith("crowd")]
    found = answers(application, crowd, 1)

    @application.store.record
    def component(recording: Recording) -> Component:
        keys = recording.lock([one.id or "" for one in crowd])
        (found,) = recording.components(keys[:1], limit=1000)
        return found

    ties = [Edge(tie.a, tie.b, tie.jaccard) for tie in component.edges]
    names = {one.key: one.story_id for one in component.members}
    groups = [frozenset(names[key] for key in group.members) for group in partition(component.members, ties)]
    assert {group for group in groups if len(group) > 1} == set(found.clusters)
