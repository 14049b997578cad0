"""A story is published without a sync, so its answer has to wait for the sync of a later transaction."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from twicetold.domain.errors import Unavailable
from twicetold.store.port import Session
from twicetold.store.sqlite.engine import SqliteEngine

from tests.usecases.conftest import House
from tests.usecases.stories import HARBOUR, ORCHARD
from tests.usecases.test_boilerplate import BODIES, post_days


@pytest.fixture
def unsynced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was committed since the last sync."""
    left: list[str] = []
    write, record = SqliteEngine.write, SqliteEngine.record

    def noted(engine: SqliteEngine, work: Callable[[Session], object], *, synced: bool = True) -> object:
        done = write(engine, work, synced=synced)
        left.clear() if synced else left.append("written")
        return done

    def ended(engine: SqliteEngine, work: Callable[[Session], object]) -> object:
        done = record(engine, work)
        left.clear()
        return done

    monkeypatch.setattr(SqliteEngine, "write", noted)
    monkeypatch.setattr(SqliteEngine, "record", ended)
    return left


def test_new_and_changed_stories_are_synced_when_they_are_answered(house: House, unsynced: list[str]):
    house.post("a", HARBOUR)
    assert not unsynced
    house.post("a", ORCHARD)
    assert not unsynced


def test_recleaned_stories_are_synced_when_they_are_counted(house: House, unsynced: list[str]):
    post_days(house, BODIES)
    (block,) = house.application.reports.source("alpha.example").boilerplate
    house.application.forgetting.boilerplate("alpha.example", block.id, allow=False)
    assert house.application.recleaning.reclean("alpha.example") == 5
    assert not unsynced


def test_a_story_whose_first_sender_got_no_answer_is_synced_for_the_next(
    house: House, unsynced: list[str], monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as failing:
        failing.setattr(type(house.store), "record", refuse)
        with pytest.raises(Unavailable):
            house.post("a", HARBOUR)
    assert unsynced
    house.post("a", HARBOUR)
    assert not unsynced


def refuse(store: object, work: object) -> None:
    raise Unavailable("the store is busy with other writers; try again in a moment")
