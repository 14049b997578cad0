"""What pages say about themselves."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from twicetold.domain.extraction.extract import extract
from twicetold.domain.model import DatePrecision, PageMetadata

from tests.extraction.test_extract import ENGINEERS, HARBOUR, MAYOR, page

URL = "https://news.example.org/coast/wall-1?utm_source=x"
ARTICLE = {
    "@context": "https://schema.org",
    "@graph": [
        {"@type": "Organization", "name": "Coast Gazette"},
        {
            "@type": "NewsArticle", "headline": "Harbour wall", "datePublished": "2024-03-01T10:00:00+02:00",
            "author": [{"@type": "Person", "name": "Ada Quay"}, {"name": "Ben Pier"}], "inLanguage": "en-GB",
            "publisher": {"@type": "Organization", "name": "Coast Gazette"}, "url": "/coast/wall-1",
            "dateModified": "2024-03-02", "description": "The wall is mended.", "articleSection": "Coast",
            "keywords": ["harbour", "wall"], "image": {"url": "/wall.jpg"}, "isAccessibleForFree": "False",
            "sourceOrganization": {"@type": "Organization", "name": "Harbour Agency"},
        },
    ],
}  # fmt: skip


def metadata(head: str = "", body: str = "", url: str | None = URL) -> PageMetadata:
    return extract(page(f"<p>{HARBOUR}</p><p>{ENGINEERS}</p>{body}", head=head), url=url).metadata


def linked(article: object) -> str:
    return f"<script type='application/ld+json'>{json.dumps(article)}</script>"


def test_an_article_in_json_ld_tells_everything() -> None:
    assert metadata(linked(ARTICLE)) == PageMetadata(
        title="Harbour wall",
        author="Ada Quay; Ben Pier",
        authors=("Ada Quay", "Ben Pier"),
        published_at=datetime(2024, 3, 1, 8, tzinfo=UTC),
        date_precision=DatePrecision.INSTANT,
        modified_at=datetime(2024, 3, 2, tzinfo=UTC),
        language="en",
        url="https://news.example.org/coast/wall-1",
        site="Coast Gazette",
        description="The wall is mended.",
        section="Coast",
        tags=("harbour", "wall"),
        image="https://news.example.org/wall.jpg",
        paywalled=True,
        page_type="NewsArticle",
        origin="Harbour Agency",
    )


def test_meta_elements_tell_what_json_ld_does_not() -> None:
    found = metadata(
        "<title>Harbour wall | Coast Gazette</title><meta property='og:site_name' content='Coast Gazette'>"
        "<meta name=author content='Ada Quay'><meta property='article:published_time' content='2024-03-01T10:00:00Z'>"
        "<link rel=canonical href='https://news.example.org/coast/wall-1'>"
        "<meta property='article:modified_time' content='2024-03-04T10:00:00+01:00'>"
        "<meta name=description content='The wall is mended.'><meta property='article:section' content=Coast>"
        "<meta property='article:tag' content=harbour><meta property='article:tag' content=wall>"
        "<meta property='og:image' content='/wall.jpg'><meta property='article:content_tier' content=locked>"
        "<meta property='og:type' content=article>"
    )
    assert found == PageMetadata(
        title="Harbour wall",
        author="Ada Quay",
        authors=("Ada Quay",),
        published_at=datetime(2024, 3, 1, 10, tzinfo=UTC),
        date_precision=DatePrecision.INSTANT,
        modified_at=datetime(2024, 3, 4, 9, tzinfo=UTC),
        language="en",
        url="https://news.example.org/coast/wall-1",
        site="Coast Gazette",
        description="The wall is mended.",
        section="Coast",
        tags=("harbour", "wall"),
        image="https://news.example.org/wall.jpg",
        paywalled=True,
        page_type="article",
    )


@pytest.mark.parametrize(
    ("written", "time"),
    [
        ("2024-03-01T10:00:00.000Z", datetime(2024, 3, 1, 10, tzinfo=UTC)),
        ("2024-03-01 10:00", datetime(2024, 3, 1, 10, tzinfo=UTC)),
        ("2024-03-01", datetime(2024, 3, 1, tzinfo=UTC)),
        ("Fri, 01 Mar 2024 10:00:00 +0100", datetime(2024, 3, 1, 9, tzinfo=UTC)),
        ("yesterday", None),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59-12:00", None),
        ("2024-13-45", None),
        ("1" * 5000, None),
    ],
)
def test_times_are_read_as_written_in_the_wild(written: str, time: datetime | None) -> None:
    assert metadata(f"<meta property='article:published_time' content='{written}'>").published_at == time


def test_a_time_element_tells_the_publication() -> None:
    body = "<time datetime='2024-03-01T10:00:00Z' itemprop=datePublished>1 March</time>"
    assert metadata(body=body).published_at == datetime(2024, 3, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("/coast/wall-1", "https://news.example.org/coast/wall-1"),
        ("https://news.example.org/", URL),
        ("javascript:alert(1)", URL),
        ("http://[broken", URL),
        ("", URL),
    ],
)
def test_a_canonical_link_counts_only_when_it_can_be_one(href: str, url: str) -> None:
    assert metadata(f"<link rel=canonical href='{href}'>").url == url


@pytest.mark.parametrize(
    "script",
    ["{", "[" * 100_000, '{"@type": 3}', '{"@type": "Article", "headline": {"name": []}}', "null", '"x"', "1" * 10_000],
)
def test_broken_json_ld_is_passed_over(script: str) -> None:
    assert metadata(f"<script type='application/ld+json'>{script}</script>").language == "en"


def test_json_ld_cannot_smuggle_in_what_is_no_text() -> None:
    article = '{"@type": "Article", "headline": "Wall\\ud800\\u0000 here"}'
    assert metadata(f"<script type='application/ld+json'>{article}</script>").title == "Wall here"


def test_the_body_in_json_ld_is_taken_when_the_page_shows_little_of_it() -> None:
    body = "\n".join([HARBOUR, f"<p>{ENGINEERS}</p>", MAYOR.replace("'", "&#39;")])
    head = linked({"@type": "NewsArticle", "articleBody": body})
    extracted = extract(f"<html><head>{head}</head><body><p>Subscribe to read on.</p></body></html>", url=None)
    assert extracted.text == f"{HARBOUR}\n\n{ENGINEERS}\n\n{MAYOR}"
    assert len(extracted.warnings) == 1


def test_the_page_wins_over_a_body_in_json_ld_that_says_no_more() -> None:
    head = linked({"@type": "NewsArticle", "articleBody": HARBOUR})
    extracted = extract(page(f"<p>{HARBOUR}</p><p>{ENGINEERS}</p>", head=head), url=None)
    assert extracted.text == f"{HARBOUR}\n\n{ENGINEERS}"
    assert extracted.warnings == ()


@pytest.mark.parametrize(
    ("other", "taken"),
    [
        ({"headline": "Ferry fares to rise again"}, False),
        ({"headline": "Ferry", "url": "https://news.example.org/ferry"}, False),
        ({"headline": "Quay closed for the winter after storm"}, True),
        ({"headline": "Storm", "mainEntityOfPage": {"@id": "https://news.example.org/coast/quay/"}}, True),
    ],
    ids=["another headline", "another address", "the headline", "the address"],
)
def test_of_several_articles_in_json_ld_a_body_is_taken_from_the_pages_own(
    other: dict[str, object], taken: bool
) -> None:
    own = {"@type": "NewsArticle", "headline": "Quay closed for the winter"}
    body = {"@type": "NewsArticle", "articleBody": f"{ENGINEERS} {MAYOR} {ENGINEERS}", **other}
    head = "<title>Quay closed for the winter | Gazette</title><link rel=canonical href=/coast/quay>" + linked(
        [own, body]
    )
    text = extract(page(f"<p>{HARBOUR}</p>", head=head), url=None).text
    assert (ENGINEERS in text) is taken


def test_what_an_article_of_another_page_says_is_not_taken_for_this_page() -> None:
    other = {"@type": "NewsArticle", "headline": "Ferry fares", "articleBody": MAYOR, "author": "Ben Pier"}
    own = {"@type": "NewsArticle", "headline": "Harbour wall", "author": "Ada Quay"}
    assert metadata("<title>Harbour wall</title>" + linked([other, own])).authors == ("Ada Quay",)
