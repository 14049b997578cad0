"""What a page says its story is called."""

from __future__ import annotations

import pytest
from twicetold.domain.extraction.extract import extract

from tests.extraction.test_extract import ENGINEERS, HARBOUR, MAYOR

TITLE = "Harbour wall to be mended by spring"


def title(head: str, body: str = "", url: str = "https://coast-gazette.example/wall") -> str | None:
    html = (
        f"<html lang=en><head>{head}</head><body>{body}<p>{HARBOUR}</p><p>{ENGINEERS}</p><p>{MAYOR}</p></body></html>"
    )
    return extract(html, url=url).metadata.title


@pytest.mark.parametrize(
    "written",
    [
        f"{TITLE} | Coast Gazette", f"{TITLE} - Coast Gazette", f"{TITLE} – The Coast Gazette",
        f"Coast Gazette | {TITLE}", f"Coast Gazette: {TITLE}", f"{TITLE} | News | Coast Gazette",
        f"{TITLE} | Anything at all", TITLE,
    ],
)  # fmt: skip
def test_the_name_of_the_site_is_no_part_of_a_title(written: str) -> None:
    assert title(f"<title>{written}</title>") == TITLE
    assert title(f"<meta property='og:title' content='{written}'>") == TITLE


@pytest.mark.parametrize(
    "written", ["The bridge is shut – and nobody told the goat", "Harbour: a story", "Wall 2 - Sea 1"]
)
def test_what_stands_behind_a_dash_may_be_the_titles_own(written: str) -> None:
    assert title(f"<title>{written}</title>") == written


def test_entities_that_were_escaped_twice_are_resolved() -> None:
    assert (
        title("<meta property='og:title' content='Wall &amp;amp; sea &amp;#8211; a story'>") == "Wall & sea – a story"
    )


def test_the_headline_that_readers_see_is_the_title() -> None:
    head = "<meta property='og:title' content='Harbour wall: when will it be mended?'>"
    assert title(head, f"<h1>{TITLE}</h1>") == TITLE


def test_a_logo_is_no_headline() -> None:
    assert title(f"<title>{TITLE} | Coast Gazette</title>", "<h1>Coast Gazette</h1>") == TITLE
    assert title(f"<title>{TITLE}</title>", f"<h1>Coast Gazette</h1><h2>{TITLE}</h2>") == TITLE


def test_a_heading_of_another_story_is_no_headline() -> None:
    assert title(f"<meta property='og:title' content='{TITLE}'>", "<h1>Ferry fares</h1>") == TITLE


def test_the_headline_stands_in_for_a_title_that_is_the_sites() -> None:
    assert title("<title>Coast Gazette: news and weather | </title>", f"<h1>{TITLE}</h1>") == TITLE
