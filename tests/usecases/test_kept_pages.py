"""Pages kept beside their stories, and read again by who cleans these again."""

from __future__ import annotations

import pytest
from twicetold.domain.cleaning import clean as cleaner
from twicetold.usecases import drafting

from tests.usecases.conftest import House, page
from tests.usecases.stories import HARBOUR, ORCHARD

NOTICE = "The quay is open to walkers again."


@pytest.fixture
def keeping(house: House) -> House:
    house.application.preparation.keep_pages = 10_000
    return house


def kept(house: House, story_id: str) -> dict[int, bytes]:
    with house.store.reading() as reading:
        stored = reading.story(story_id)
        assert stored is not None
        return reading.pages([stored.key])


def text_of(house: House, story_id: str) -> str:
    return house.application.reports.story(story_id).story.text


def test_no_page_is_kept_unless_that_is_set(house: House) -> None:
    house.post_all([page("a", HARBOUR)])
    assert not kept(house, "a")


def test_a_page_is_kept_where_that_is_set_and_a_text_never(keeping: House) -> None:
    keeping.post_all([page("a", HARBOUR)])
    keeping.post("b", ORCHARD)
    assert kept(keeping, "a")
    assert not kept(keeping, "b")


def test_a_page_that_is_too_large_is_left_out_with_a_warning(keeping: House) -> None:
    keeping.application.preparation.keep_pages = 100
    (answer,) = keeping.post_all([page("a", HARBOUR)])
    assert not kept(keeping, "a")
    assert "its page was not kept" in answer.story.warnings[-1]


def test_a_better_extraction_reads_kept_pages_again(keeping: House, monkeypatch: pytest.MonkeyPatch) -> None:
    keeping.post_all([page("a", HARBOUR)])
    keeping.analyser.extract = lambda html: f"{html}\n\n{NOTICE}"
    monkeypatch.setattr(drafting, "CLEANER_VERSION", cleaner.CLEANER_VERSION + 1)
    assert keeping.application.recleaning.reclean("alpha.example") == 1
    assert text_of(keeping, "a") == f"{HARBOUR}\n\n{NOTICE}"
    told = keeping.application.reports.story("a").story
    assert (told.version, told.cleaner_version) == (1, cleaner.CLEANER_VERSION + 1)
    assert keeping.application.recleaning.reclean("alpha.example") == 0
