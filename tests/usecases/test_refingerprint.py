"""A store that was made by another version, or with another secret, moves on to what this program makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from twicetold.domain.errors import IncompatibleStore, Unavailable
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.store.open import migrate, open_store
from twicetold.usecases import refingerprint
from twicetold.usecases.application import assemble
from twicetold.usecases.read_models import ClusterFilter

from tests.store.samples import asked
from tests.usecases.conftest import CountingObserver, House, PlainAnalyser, StandingClock, story
from tests.usecases.stories import HARBOUR, ORCHARD, SATELLITE, excerpt, reprint_with_clutter

TODAY = FingerprintParameters()
FORMER = FingerprintParameters(normaliser=1)
SECRET = FingerprintParameters(secret=b"a secret of sixteen and more")

Open = Callable[..., House]


@pytest.fixture
def open_house(tmp_path: Path) -> Iterator[Open]:
    """Opens the one store with the fingerprints of some parameters."""
    url = f"sqlite:///{tmp_path}/stories.db"
    with ExitStack() as opened:

        def open_with(parameters: FingerprintParameters, *, any_settings: bool = False) -> House:
            migrate(url, scheme=parameters.identity, any_settings=any_settings)
            store = open_store(url, scheme=parameters.identity, any_settings=any_settings)
            clock, analyser, observer = StandingClock(), PlainAnalyser(parameters=parameters), CountingObserver()
            application = assemble(store, analyser, parameters, clock, observer)
            opened.callback(application.close)
            return House(application, store, clock, analyser, observer)

        yield open_with


def fill(house: House) -> None:
    house.post("wire", HARBOUR)
    house.post("copy", reprint_with_clutter(), "beta.example")
    house.post("part", excerpt(), "gamma.example")
    house.post("orchard", ORCHARD)
    house.post("orchard", ORCHARD + "\n\nA meeting of all growers is called for June.")


def ties(house: House) -> list[object]:
    """What is told of every story: its matches and its cluster."""
    reads = asked(house.store)
    told: list[object] = []
    for name in ("wire", "copy", "part", "orchard"):
        stored = reads.story(name)
        found = reads.matches(stored.key, limit=9).items
        told.append(
            (name, stored.story.version, [(one.story_id, one.match.relation, one.match.jaccard) for one in found])
        )
    told += [
        (one.size, one.sources, one.canonical_id) for one in reads.clusters(ClusterFilter(), after=None, limit=9).items
    ]
    return told


def refingerprinted(house: House) -> tuple[int, int]:
    made = house.application.refingerprinting.refingerprint(nothing)
    house.clock.advance(seconds=1)
    return made, house.application.refingerprinting.match(nothing)


def nothing(done: int, total: int) -> None:
    """Whoever does not want to know."""


def test_a_store_of_another_version_is_read_and_neither_matched_nor_written(open_house: Open):
    fill(open_house(FORMER))
    house = open_house(TODAY)
    house.store.probe()
    assert house.application.reports.story("orchard").story.version == 2
    assert [one.matched.story_id for one in shown(house, "part")] == ["wire", "copy"]
    with pytest.raises(Unavailable, match="twicetold refingerprint"):
        house.post("new", SATELLITE)
    with pytest.raises(Unavailable, match="twicetold refingerprint"):
        house.application.matching.match(story("new", HARBOUR), passages=False, explain=False)
    with pytest.raises(Unavailable, match="twicetold refingerprint"):
        house.application.forgetting.delete("wire")


def shown(house: House, name: str) -> list[object]:
    found = house.application.matching.matches(
        name, relations=(), threshold=None, explain=False, passages=True, after=None, limit=9
    )
    return list(found.matches)


def test_a_store_of_another_secret_is_refused_with_both_ways_out(open_house: Open):
    fill(open_house(SECRET))
    with pytest.raises(IncompatibleStore, match=r"TWICETOLD_SIGNATURE_SECRET to what they were, or .* refingerprint"):
        open_house(TODAY)


@pytest.mark.parametrize("before", [FORMER, SECRET, FingerprintParameters(seed=2)], ids=["version", "secret", "seed"])
def test_a_refingerprinted_store_gives_the_answers_that_it_gave_before_and_goes_on(
    open_house: Open, before: FingerprintParameters
):
    former = open_house(before)
    fill(former)
    told = ties(former)
    former.application.close()
    house = open_house(TODAY, any_settings=True)
    assert refingerprinted(house) == (4, 4)
    assert ties(house) == told
    assert list(house.store.verify(nothing)) == []
    house = open_house(TODAY)
    assert [one.matched.story_id for one in house.post("late", HARBOUR, "delta.example").matches][:2] == [
        "wire",
        "copy",
    ]


def test_a_store_that_is_current_is_left_alone(open_house: Open):
    house = open_house(TODAY)
    fill(house)
    assert refingerprinted(house) == (0, 0)


def test_what_was_interrupted_goes_on_where_it_was_and_is_read_meanwhile(
    open_house: Open, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(refingerprint, "CHUNK", 1)
    fill(open_house(SECRET))
    house = open_house(TODAY, any_settings=True)

    def interrupt(done: int, total: int) -> None:
        assert total == 4
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        house.application.refingerprinting.refingerprint(interrupt)
    served = open_house(TODAY)  # a server with the new settings may be started already
    assert served.application.reports.story("wire").cluster is not None
    assert len(shown(served, "wire")) == 2
    with pytest.raises(Unavailable, match="twicetold refingerprint"):
        served.post("new", SATELLITE)
    assert refingerprinted(house) == (1, 4)
    assert served.post("new", HARBOUR, "new.example").total == 3


def test_a_former_server_that_still_runs_stores_nothing_more(open_house: Open):
    former = open_house(FORMER)
    fill(former)
    house = open_house(TODAY)
    house.application.refingerprinting.refingerprint(nothing)
    with pytest.raises(Unavailable, match="twicetold refingerprint"):
        former.post("new", SATELLITE)
