"""Who a page says wrote its story."""

from __future__ import annotations

import json

import pytest
from twicetold.domain.extraction.author_names import names_in
from twicetold.domain.extraction.extract import extract

from tests.extraction.test_extract import ENGINEERS, HARBOUR, MAYOR

URL = "https://coast-gazette.example/coast/wall"
SITE = "<meta property='og:site_name' content='Coast Gazette'>"


def authors(line: str = "", *, head: str = "", below: str = "", linked: object = None) -> tuple[str, ...]:
    if linked is not None:
        node = {"@type": "NewsArticle", "headline": "Harbour wall to be mended", "author": linked}
        head += f"<script type='application/ld+json'>{json.dumps(node)}</script>"
    story = f"<h1>Harbour wall to be mended</h1>{line}<p>{HARBOUR}</p><p>{ENGINEERS}</p><p>{MAYOR}</p>{below}"
    html = f"<html lang=en><head>{SITE}{head}</head><body><main>{story}</main></body></html>"
    return extract(html, url=URL).metadata.authors


@pytest.mark.parametrize(
    "line",
    [
        "<p>By Ada Quay</p>",
        "<p><span>By</span> <a href=/x>Ada Quay</a> <span>Chief Reporter</span></p>",
        "<p>Words by Ada Quay on 3 March 2026</p>",
        "<p>Von <b>Ada Quay</b></p>",
        "<p>Автор: Ada Quay</p>",
        "<div class=meta><span class=author-name>Ada Quay</span> | <span>3 March 2026</span></div>",
        "<div class='post__byline'><img alt=x><a href=/x>Ada Quay</a></div>",
        "<span id=author>Ada Quay</span>",
        "<a href='/authors/ada-quay'>Ada Quay</a>",
        "<span itemprop=author itemscope><span itemprop=name>Ada Quay</span></span>",
        "<p class=standfirst>The wall is old.</p><p>This story was written by <a href=/x>Ada Quay</a></p>",
    ],
)
def test_the_byline_near_the_headline_names_the_author(line: str) -> None:
    assert authors(line) == ("Ada Quay",)


@pytest.mark.parametrize(
    "line",
    [
        "<p>Photo by Ada Quay</p>",
        "<p>Edited <span>by</span> <a href=/x>Ada Quay</a></p>",
        "<p>By the time the council met, the wall had fallen.</p>",
        "<p class=author-bio>Ada Quay</p>",
        "<p>By Coast Gazette staff and agencies of the whole region and of others</p>",
    ],
)
def test_other_credits_and_sentences_are_no_bylines(line: str) -> None:
    assert authors(line) == ()


def test_several_authors_are_a_list() -> None:
    assert authors("<p>By <a href=/a>Ada Quay</a>, <a href=/b>Ben Pier</a> and <a href=/c>Cy Jetty</a></p>") == (
        "Ada Quay", "Ben Pier", "Cy Jetty",
    )  # fmt: skip


def test_several_meta_elements_are_several_authors() -> None:
    head = "<meta name=author content='Ada Quay'><meta name=author content='Ben Pier'>"
    assert authors(head=head) == ("Ada Quay", "Ben Pier")


@pytest.mark.parametrize(
    "linked",
    [
        "Ada Quay",
        {"@type": "Person", "name": "Ada Quay"},
        {"@type": "Person", "givenName": "Ada", "familyName": "Quay"},
        [{"@type": "Organization", "name": "Coast Gazette"}, {"@type": "Person", "name": "By Ada Quay"}],
    ],
)
def test_json_ld_names_the_author(linked: object) -> None:
    assert authors("<p>By Ben Pier</p>", linked=linked) == ("Ada Quay",)


def test_json_ld_may_refer_to_the_author() -> None:
    graph = {
        "@graph": [
            {"@type": "NewsArticle", "headline": "Harbour wall to be mended", "author": {"@id": "#ada"}},
            {"@type": "Person", "@id": "#ada", "name": "Ada Quay"},
        ]
    }
    assert authors(head=f"<script type='application/ld+json'>{json.dumps(graph)}</script>") == ("Ada Quay",)


@pytest.mark.parametrize(
    "name", ["Coast Gazette", "coast-gazette", "admin", "https://coast-gazette.example/x", "{name}"]
)
def test_sites_accounts_and_addresses_give_way_to_the_byline(name: str) -> None:
    assert authors("<p>By Ada Quay</p>", head=f"<meta name=author content='{name}'>") == ("Ada Quay",)


def test_another_organisation_is_the_author_where_nobody_else_is() -> None:
    agency = {"@type": "Organization", "name": "Quay & Pier Agency"}
    assert authors(linked=agency) == ("Quay & Pier Agency",)
    assert authors("<p>By Ada Quay</p>", linked=agency) == ("Ada Quay",)


def test_a_site_that_is_named_for_its_author_keeps_it() -> None:
    assert authors(linked={"@type": "Person", "name": "Coast Gazette"}) == ("Coast Gazette",)
    assert authors(linked={"@type": "Organization", "name": "Coast Gazette"}) == ()


def test_the_authors_of_other_stories_are_not_the_storys() -> None:
    cards = "".join(f"<p>x</p><a rel=author href=/{name}>{name} Quay</a>" for name in ("Ada", "Ben", "Cy", "Di"))
    assert authors(below=cards) == ()


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("By Ada Quay", ["Ada Quay"]),
        ("ada.quay@gazette.example (Ada Quay)", ["Ada Quay"]),
        ("Ada Quay <ada@gazette.example>", ["Ada Quay"]),
        ("Ada Quay, Chief Reporter", ["Ada Quay"]),
        ("Ada Quay, MD, Ben Pier and Cy Jetty", ["Ada Quay, MD", "Ben Pier", "Cy Jetty"]),
        ("Ada Quay | Coast Gazette", ["Ada Quay", "Coast Gazette"]),
        ("Ada Quay - Coast Gazette", ["Ada Quay"]),
        ("Ada &amp;amp; Ben", ["Ada", "amp", "Ben"]),
        ("Ludwig van Quay", ["Ludwig van Quay"]),
        ("@adaquay", []),
        ("Admin", []),
        ("", []),
    ],
)
def test_names_are_told_as_people_write_them(written: str, names: list[str]) -> None:
    assert names_in(written) == names
