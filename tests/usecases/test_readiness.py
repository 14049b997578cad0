from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import cast

import pytest
from twicetold.domain.errors import IncompatibleStore, Unavailable
from twicetold.usecases.ports import Analyser, Store
from twicetold.usecases.readiness import PATIENCE, Readiness


@dataclass
class Probed:
    """A store that takes a row, fails, or hangs until it is let go."""

    failing: Exception | None = None
    held: threading.Event = field(default_factory=threading.Event)
    times: int = 0

    def probe(self) -> None:
        self.times += 1
        self.held.wait(timeout=20)
        if self.failing is not None:
            raise self.failing


@dataclass
class Starting:
    """An analyser that starts, or fails to."""

    failing: Exception | None = None
    times: int = 0

    def start(self) -> None:
        self.times += 1
        if self.failing is not None:
            raise self.failing


@dataclass
class Seconds:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def probed() -> Probed:
    store = Probed()
    store.held.set()
    return store


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def starting() -> Starting:
    return Starting()


@pytest.fixture
def readiness(probed: Probed, starting: Starting, seconds: Seconds) -> Readiness:
    return Readiness(cast("Store", probed), cast("Analyser", starting), every=0.001, clock=seconds)


def test_a_service_that_cannot_read_texts_yet_is_not_ready(readiness: Readiness, starting: Starting, probed: Probed):
    starting.failing = Unavailable("texts cannot be read just now")
    readiness.check()
    with pytest.raises(Unavailable, match="texts cannot be read"):
        readiness.require()
    starting.failing = None
    readiness.check()
    readiness.check()
    readiness.require()
    assert (starting.times, probed.times) == (2, 2)


def test_a_store_that_was_never_checked_is_not_ready(readiness: Readiness):
    with pytest.raises(Unavailable, match="is starting"):
        readiness.require()


def test_a_store_that_took_a_row_is_ready_for_some_seconds(readiness: Readiness, seconds: Seconds):
    readiness.check()
    readiness.require()
    seconds.now += PATIENCE + 1
    with pytest.raises(Unavailable, match="has not answered for 6 seconds"):
        readiness.require()


@pytest.mark.parametrize("failure", [Unavailable("the store's disk is full"), IncompatibleStore("another kind")])
def test_a_store_that_failed_is_not_ready_until_it_succeeds(readiness: Readiness, probed: Probed, failure: Exception):
    readiness.check()
    probed.failing = failure
    readiness.check()
    with pytest.raises(Unavailable, match=str(failure)):
        readiness.require()
    probed.failing = None
    readiness.check()
    readiness.require()


def test_a_check_that_goes_wrong_in_any_way_is_told_and_tried_again(readiness: Readiness, probed: Probed):
    probed.failing = ZeroDivisionError()
    readiness.check()
    with pytest.raises(Unavailable, match="the log says why"):
        readiness.require()


def test_who_asks_does_not_wait_for_a_store_that_hangs(readiness: Readiness, probed: Probed):
    probed.held.clear()
    readiness.start()
    with pytest.raises(Unavailable, match="is starting"):
        readiness.require()
    probed.held.set()
    readiness.stop()
    assert probed.times >= 1


def test_checks_go_on_until_they_are_stopped(readiness: Readiness, probed: Probed):
    readiness.start()
    while probed.times < 3:
        pass
    readiness.stop()
    readiness.require()
