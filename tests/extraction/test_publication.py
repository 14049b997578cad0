"""When a page says that its story was published and changed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from twicetold.domain.extraction.extract import extract
from twicetold.domain.model import DatePrecision, PageMetadata

from tests.extraction.test_extract import ENGINEERS, HARBOUR, MAYOR

DAY = datetime(2026, 3, 3, tzinfo=UTC)
LATER = datetime(2026, 3, 9, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
URL = "https://news.example.org/coast/wall"


def read(line: str = "", *, head: str = "", above: str = "", below: str = "", url: str = URL) -> PageMetadata:
    story = f"<h1>Harbour wall to be mended</h1>{line}<p>{HARBOUR}</p><p>{ENGINEERS}</p><p>{MAYOR}</p>"
    html = f"<html lang=en><head>{head}</head><body>{above}<main>{story}</main>{below}</body></html>"
    return extract(html, url=url, now=NOW).metadata


@pytest.mark.parametrize(
    "line",
    [
        "<p><time datetime='2026-03-03'>3 March</time></p>",
        "<p class=date>March 3, 2026</p>",
        "<p>Ada Quay | Coast | 3 March 2026</p>",
        "<div><span>Published:</span> <span>Mar. 3, 2026</span></div>",
        "<p><time>3 March 2026</time> <time class=updated>9 March 2026</time></p>",
        "<p>Updated <b>9 March 2026</b>, published <b>3 March 2026</b></p>",
        "<p class=standfirst>The wall is old.</p><p><a href=/2026/>3 March 2026</a></p>",
    ],
)
def test_the_date_shown_near_the_headline_is_the_storys(line: str) -> None:
    assert (read(line).published_at, read(line).date_precision) == (DAY, DatePrecision.DAY)


@pytest.mark.parametrize(
    "line",
    [
        "<p>The council, elected on 3 March 2026 by a third of those who could vote, met late on Tuesday night.</p>",
        "<p>Last updated: 3 March 2026</p>",
        "<p>Medically reviewed on <b>3 March 2026</b></p>",
        "<p><time class='updated' datetime=2026-03-03>3 March</time></p>",
    ],
)
def test_a_date_that_is_of_something_else_is_not(line: str) -> None:
    assert read(line).published_at is None


@pytest.mark.parametrize(
    "line", ["<p>Aktualisiert am 9. März 2026</p>", "<time itemprop=dateModified datetime=2026-03-09>9 March</time>"]
)
def test_a_date_of_a_change_is_told_as_that(line: str) -> None:
    assert (read(line).published_at, read(line).modified_at) == (None, LATER)


def test_dates_far_from_the_headline_are_of_other_stories() -> None:
    cards = "<aside><h3>Ferry fares</h3><time datetime=2026-03-03>3 March</time></aside><footer>© 3 March 2026</footer>"
    assert read(below=cards).published_at is None


@pytest.mark.parametrize(
    "url",
    [
        "https://news.example.org/2026/03/03/wall", "https://news.example.org/coast/2026-03-03-wall",
        "https://news.example.org/20260303/wall",
    ],
)  # fmt: skip
def test_the_address_tells_the_day_where_nothing_else_does(url: str) -> None:
    assert read(url=url).published_at == DAY


@pytest.mark.parametrize("url", ["https://news.example.org/2026/03/wall", "https://news.example.org/wall-12026-03-031"])
def test_other_numbers_in_an_address_are_no_day(url: str) -> None:
    assert read(url=url).published_at is None


def test_what_is_declared_goes_before_a_later_date_that_is_shown() -> None:
    head = "<meta property='article:published_time' content='2026-03-03T08:00:00+01:00'>"
    found = read("<p>9 March 2026</p>", head=head)
    assert (found.published_at, found.date_precision) == (datetime(2026, 3, 3, 7, tzinfo=UTC), DatePrecision.INSTANT)


def test_an_earlier_date_that_is_shown_goes_before_one_of_the_sites_software() -> None:
    head = "<meta property='article:published_time' content='2026-05-20T08:00:00Z'>"
    assert read("<p>3 March 2026</p>", head=head).published_at == DAY


def test_the_time_of_a_change_alone_is_no_time_of_publication() -> None:
    found = read(head="<meta property='article:modified_time' content='2026-03-09T00:00:00Z'>")
    assert (found.published_at, found.modified_at) == (None, LATER)


def test_a_date_in_the_future_is_no_date_of_a_story_that_is_out() -> None:
    head = "<meta property='article:published_time' content='2027-03-03T08:00:00Z'>"
    assert read("<p>3 March 2026</p>", head=head).published_at == DAY


def test_json_ld_of_the_page_tells_what_that_of_the_article_does_not() -> None:
    head = '<script type=\'application/ld+json\'>{"@type": "WebPage", "datePublished": "2026-03-03"}</script>'
    assert read(head=head).published_at == DAY


@pytest.mark.parametrize(
    "far",
    [
        {"head": "<meta name=w-published-date content=2026-03-03>"},
        {"below": "<p>Long story.</p>" * 60 + "<span class=tb-published-date>Published on: 3 March 2026</span>"},
    ],
    ids=["in the head", "below the story"],
)
def test_a_date_whose_name_says_that_it_is_of_the_publication_counts_wherever_it_stands(far: dict[str, str]) -> None:
    assert read(**far).published_at == DAY
