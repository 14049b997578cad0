from __future__ import annotations

from collections.abc import Sequence

import pytest
from twicetold.domain.errors import ExtractionKilled, Invalid
from twicetold.domain.extraction.prescan import PageLimits
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.domain.model import Story
from twicetold.sandbox.analyser import SandboxedAnalyser
from twicetold.sandbox.pool import PoolLimits
from twicetold.usecases import search
from twicetold.usecases.pipeline import Correction
from twicetold.usecases.read_models import StoryFilter

from tests.usecases.conftest import House, page
from tests.usecases.stories import HARBOUR, ORCHARD, SATELLITE


def found(house: House, query: str) -> list[str]:
    words = house.application.searching.words(query)
    with house.store.reading() as reading:
        listed = reading.stories(StoryFilter(words=words), after=None, limit=9)
    return [stored.story.id for stored in listed.items]


def test_a_story_is_found_by_title_url_and_first_words_once_it_is_stored(house: House) -> None:
    house.post("wall", HARBOUR, title="Money for the breakwater", url="https://post.example/coast/wall-vote")
    assert [found(house, query) for query in ("breakw", "coast wall", "brackwater council")] == [["wall"]] * 3
    assert found(house, "orchard") == []


def test_a_page_is_found_by_its_own_title(house: House) -> None:
    house.application.submit.submit([page("page", HARBOUR)], passages=False)
    house.application.submit.correct("page", Correction(title="Granite"), passages=False)
    assert (found(house, "granite"), found(house, "brackwater")) == (["page"], ["page"])


def test_signs_alone_are_no_query(house: House) -> None:
    with pytest.raises(Invalid, match="q holds no word"):
        house.application.searching.words("?!")


def test_waiting_stories_are_entered_a_part_at_a_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in (("wall", HARBOUR), ("frost", ORCHARD), ("craft", SATELLITE)):
        house.post(name, text)
    house.store.reindex(lambda done, total: None)
    monkeypatch.setattr(search, "CHUNK", 2)
    assert [house.application.searching.enter_waiting(limit=2) for _ in range(3)] == [2, 1, 0]
    assert found(house, "satellite") == ["craft"]


def test_a_story_that_cannot_be_looked_at_keeps_no_other_from_being_entered(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in (("wall", HARBOUR), ("frost", ORCHARD), ("craft", SATELLITE)):
        house.post(name, text)
    house.store.reindex(lambda done, total: None)
    found_by = house.analyser.found_by

    def fails(stories: Sequence[Story]) -> list[tuple[str, ...]]:
        if any(one.id == "craft" for one in stories):
            raise ExtractionKilled("it took too long")
        return found_by(stories)

    monkeypatch.setattr(house.analyser, "found_by", fails)
    assert house.application.searching.enter_waiting() == 2
    with house.store.reading() as reading:
        assert [one.story.id for one in reading.unsearched(limit=9)] == ["craft"]


def test_reindexing_tells_how_far_it_is(house: House) -> None:
    house.post("wall", HARBOUR)
    house.post("frost", ORCHARD)
    told: list[tuple[int, int]] = []
    assert house.application.searching.reindex(lambda done, total: told.append((done, total))) == 2
    assert told[-1] == (2, 2)
    assert found(house, "cherry") == ["frost"]


def test_children_find_the_words_that_the_domain_does(house: House) -> None:
    house.post("wall", HARBOUR, title="Money for the breakwater")
    with house.store.reading() as reading:
        stories = [stored.story for stored in reading.stories_after(0, limit=9)]
    analyser = SandboxedAnalyser(FingerprintParameters(), PoolLimits(), page=PageLimits(), children=1)
    try:
        assert analyser.found_by(stories) == house.analyser.found_by(stories)
        assert analyser.read_query("Breakwater 北京") == house.analyser.read_query("Breakwater 北京")
    finally:
        analyser.close()
