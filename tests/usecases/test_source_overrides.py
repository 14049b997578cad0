"""Overrides of a source on their way to its stories."""

from __future__ import annotations

import msgspec
from twicetold.domain.model import Override, OverrideAction

from tests.usecases.conftest import House, story
from tests.usecases.stories import HARBOUR

FIRST = HARBOUR.split("\n\n")[0]
CUT = Override(action=OverrideAction.CUT, block=FIRST)


def test_what_is_put_for_a_source_counts_for_its_next_stories_alone(house: House) -> None:
    house.application.source_overrides.put("alpha.example", [CUT])
    assert FIRST not in house.post("a", HARBOUR).story.text
    assert FIRST in house.post("b", HARBOUR, "beta.example").story.text


def test_what_is_tried_is_not_kept(house: House) -> None:
    tried = msgspec.structs.replace(story("", HARBOUR), overrides=(CUT,))
    assert FIRST not in house.application.cleaning.clean(tried, explain=False, markdown=False).cleaned.text
    assert FIRST in house.post("a", HARBOUR).story.text


def test_trying_none_shows_a_text_without_those_that_are_kept(house: House) -> None:
    house.application.source_overrides.put("alpha.example", [CUT])
    tried = msgspec.structs.replace(story("", HARBOUR), overrides=())
    assert FIRST in house.application.cleaning.clean(tried, explain=False, markdown=False).cleaned.text


def test_cleaning_stories_again_applies_overrides_and_their_undoing(house: House) -> None:
    house.post("a", HARBOUR)
    for overrides, gone in (([CUT], True), ([], False)):
        house.application.source_overrides.put("alpha.example", overrides)
        assert house.application.recleaning.reclean("alpha.example") == 1
        assert (FIRST not in house.application.reports.story("a").story.text) is gone
