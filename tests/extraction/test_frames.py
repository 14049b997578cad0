"""Stories whose text stands in several frames: none of it is lost, doubled or put out of order."""

from __future__ import annotations

import pytest
from twicetold.domain.extraction.extract import extract

from tests.extraction.test_extract import ENGINEERS, HARBOUR, MAYOR, kept

HEADLINE = "<h1>Harbour wall to cost twice as much</h1>"
LONG = [f"{number}. {text}" for number in range(4) for text in (HARBOUR, ENGINEERS)]
STORY = [HARBOUR, ENGINEERS, MAYOR, f"{MAYOR} {HARBOUR}"]


def texts(html: str) -> list[str]:
    return [block for block in kept(extract(f"<html><body>{html}</body></html>", url=None)).split("\n\n") if block]


def paragraphs(*wanted: str) -> str:
    return "".join(f"<p>{paragraph}</p>" for paragraph in wanted)


@pytest.mark.parametrize("name", ["text", "article-body", "entry-content", "story-content", "wpb_text_column"])
@pytest.mark.parametrize("row", ["{}", "<div><div class=column>{}</div></div>"], ids=["side by side", "in rows"])
def test_paragraphs_in_a_container_each_are_all_read(name: str, row: str) -> None:
    rows = "".join(row.format(f"<div class='{name}'><p>{paragraph}</p></div>") for paragraph in STORY)
    assert texts(f"<main>{HEADLINE}{rows}</main>") == STORY


def test_long_paragraphs_in_a_container_each_are_all_read() -> None:
    story = [f"{HARBOUR} {ENGINEERS} {MAYOR} {HARBOUR} {number}." for number in range(5)]
    rows = "".join(f"<div class=article-text><p>{paragraph}</p></div>" for paragraph in story)
    assert texts(f"<main>{HEADLINE}{rows}</main>") == story


def test_short_entries_of_a_live_report_are_all_read() -> None:
    entries = "".join(f"<article><p>{entry}</p></article>" for entry in STORY)
    assert texts(f"<main>{HEADLINE}{entries}</main>") == STORY


def test_a_lead_in_a_frame_within_the_page_comes_before_the_body() -> None:
    html = f"<main><article>{HEADLINE}<p>{MAYOR}</p></article><div>{paragraphs(*STORY[:2])}</div></main>"
    assert texts(html) == [MAYOR, *STORY[:2]]


def test_a_headline_with_its_lead_comes_before_a_body_that_stands_apart() -> None:
    html = f"<div><article>{HEADLINE}<p>{MAYOR}</p></article></div><div><div>{paragraphs(*STORY[:2])}</div></div>"
    assert texts(html) == [MAYOR, *STORY[:2]]


def test_the_free_part_comes_before_the_rest_beside_it() -> None:
    rest = [f"{paragraph} That was on day {day}." for day, paragraph in enumerate(STORY)]
    free = f"<div class=article-content>{HEADLINE}{paragraphs(MAYOR)}</div>"
    assert texts(f"<div>{free}<div class=article-locked>{paragraphs(*rest)}</div></div>") == [MAYOR, *rest]


@pytest.mark.parametrize("box", ["div", "nav", "aside", "fieldset"])
def test_a_part_that_scrolls_on_is_the_story_if_the_headline_stands_in_it(box: str) -> None:
    story = paragraphs(*(f"{number}. {STORY[1]}" for number in range(20)))
    beside = paragraphs(*(f"{number}. {MAYOR}" for number in range(9)))
    html = f"<div class=infinite-scroll><{box}>{HEADLINE}</{box}>{story}</div><div>{beside}</div>"
    assert STORY[1] in extract(f"<body>{html}</body>", url=None).text


def test_a_first_column_comes_before_the_text_of_a_like_one() -> None:
    column = "<div class=row><div class=wpb_text_column><div>{}</div></div></div>"
    html = column.format(paragraphs(STORY[0])) + column.format(paragraphs(*STORY[1:]))
    assert extract(f"<body>{html}</body>", url=None).text.split("\n\n") == STORY


def test_parts_of_a_story_side_by_side_stay_though_their_name_is_that_of_furniture() -> None:
    parts = "".join(
        f"<div class='rich --icons {margin}'>{paragraphs(*two)}</div>"
        for margin, two in (("", LONG[:2]), ("wide", LONG[2:4]), ("", LONG[4:]))
    )
    assert texts(f"<main><article>{HEADLINE}<div>{parts}</div></article></main>") == LONG


def test_a_story_set_in_several_boxes_of_a_page_builder_is_read_whole() -> None:
    boxes = "".join(
        f"<div class='widget text'><div class=widget-container>{box}</div></div>"
        for box in (HEADLINE, paragraphs(*STORY[:2]), "<img src=wall.jpg>", paragraphs(*STORY[2:]))
    )
    html = f"<body><div class=wrap>{boxes}</div></body>"
    assert texts(html) == STORY
