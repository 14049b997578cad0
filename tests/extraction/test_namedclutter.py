"""Names of page parts that mean clutter in most pages, and the story in others."""

from __future__ import annotations

import pytest
from twicetold.domain.extraction.extract import extract

from tests.extraction.test_extract import ENGINEERS, HARBOUR, MAYOR, kept, page

STORY = [f"{paragraph} It was day {day}." for day in range(3) for paragraph in (HARBOUR, ENGINEERS, MAYOR)]


def cut(*blocks: str) -> list[str]:
    extracted = extract(page(*blocks), url=None)
    assert [paragraph for paragraph in STORY if paragraph not in kept(extracted)] == []
    return [span.rule for span in extracted.removed]


@pytest.mark.parametrize("name", ["liveblog-entry latest", "story-info", "timeline-entry-date", "legend", "promo"])
@pytest.mark.parametrize("block", ["<p class='{}'>{}</p>", "<div class='{}'><h3>Noon</h3><p>{}</p></div>"])
def test_a_name_that_every_part_of_the_story_bears_cuts_nothing(name: str, block: str) -> None:
    assert cut(*(block.format(name, paragraph) for paragraph in STORY)) == []


def test_short_entries_stay_with_the_long_ones_of_their_name() -> None:
    blocks = [f"<p class=latest>{text}</p>" for paragraph in STORY for text in ("Rain.", paragraph)]
    assert cut(*blocks) == []


def test_the_end_of_a_story_that_a_button_unfolds_stays() -> None:
    *free, last, end = (f"<p>{paragraph}</p>" for paragraph in STORY)
    assert cut(*free, f"<div class='read-more-content' id=readMore>{last}{end}</div>") == []


@pytest.mark.parametrize("name", ["date", "popular", "feedback", "latest-update"])
def test_a_paragraph_of_prose_stays_whatever_its_name(name: str) -> None:
    first, *others = STORY
    assert cut(f"<p class='{name}'>{first}</p>", *(f"<p>{paragraph}</p>" for paragraph in others)) == []


@pytest.mark.parametrize(
    ("part", "rule"),
    [
        ("<div class=promo><p>All about the harbour, every day.</p></div>", "teaser:box"),
        (f"<div class='latest'><p>{MAYOR} <a href=/x>Read on</a></p></div>", "teaser:box"),
        (f"<div class='image-desc'><p>{MAYOR}</p></div>", "photo:caption"),
        (f"<div class='cta'><p>{MAYOR}</p></div>", "newsletter:box"),
    ],
    ids=["short", "with a link", "a caption", "a request"],
)
def test_named_parts_that_do_not_tell_are_cut(part: str, rule: str) -> None:
    assert cut(*(f"<p>{paragraph}</p>" for paragraph in STORY), part, f"<p>{HARBOUR}</p>") == [rule]
