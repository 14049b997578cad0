"""The outlet that a story names as its origin."""

from __future__ import annotations

import pytest
from twicetold.domain.cleaning.clean import clean
from twicetold.domain.cleaning.credits.origins import PHRASES, origin_of

STORY = "The council closed the bridge on Tuesday.\n\nTraffic is sent round by the northern quay.\n\n"


@pytest.mark.parametrize("phrases", PHRASES, ids=lambda phrases: phrases.code)
def test_every_language_tells_its_origin(phrases):
    assert origin_of(STORY + phrases.example) == "Harbour Post"


@pytest.mark.parametrize(
    "line",
    [
        "Originally published by Harbour Post on 3 March 2026.",
        "This story first appeared in The Harbour Post and is republished under a Creative Commons licence.",
        "(This article was originally published at harbourpost.example.)",
        "This article is republished from Harbour Post under a licence.",
    ],
)
def test_the_name_ends_where_the_sentence_goes_on(line):
    assert origin_of(STORY + line) in {"Harbour Post", "The Harbour Post", "harbourpost.example"}


def test_the_origin_may_stand_at_the_head():
    assert origin_of("This story was first published by Harbour Post.\n" + STORY * 3) == "Harbour Post"


@pytest.mark.parametrize(
    "line",
    [
        "Her book was originally published by Harbour Press in 1901.",
        "This story has many sides.",
        "This was first reported on Monday, a day after the storm.",
        "This article was originally published by the paper.",
    ],
)
def test_what_is_told_of_something_else_is_no_origin(line):
    assert origin_of(STORY + line) is None


def test_an_origin_in_the_middle_is_part_of_the_story():
    line = "This article was originally published by Harbour Post.\n\n"
    assert origin_of(STORY * 3 + line + STORY * 3) is None


def test_the_credits_hold_the_origin_whatever_is_cut():
    assert clean(STORY + "Dieser Beitrag erschien zuerst bei Harbour Post.").credits.origin == "Harbour Post"
