"""The names of page parts: one walk with regular expressions finds what trafilatura's XPath expressions find.

These tests pin the library's parts that `content` and `sections` rely on; they fail when an upgrade moves them.
"""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.html import HtmlElement, document_fromstring
from trafilatura.xpaths import BODY_XPATH, OVERALL_DISCARD_XPATH, REMOVE_COMMENTS_AND_LISTS_XPATH, TEASER_DISCARD_XPATH
from twicetold.domain.extraction.sections import comment_sections, frames, furniture

NAMES = (
    "article-body", "articleBody", "post", "entry-content", "story-body", "main", "main-content", "content", "text",
    "comments", "commentary", "article-comments", "teaser", "Teaser-x", "share-bar", "sharing", "social", "nav-x",
    "navigation", "menu", "byline", "author", "related", "widget", "ad-slot", "x ad y", "hidden", "hide-x", "a hide",
    "meta", "fulltext", "cookie", "reply-1", "infinite-scroll", "prose", "x1", "y2",
)  # fmt: skip
TAGS = ("div", "section", "article", "p", "span", "ul", "details", "main")

elements = st.tuples(
    st.sampled_from(TAGS), st.sampled_from(["class", "id", "role", "itemprop", "style"]), st.sampled_from(NAMES)
)
LONG = "The council met on Monday evening to discuss the new harbour wall. " * 3


def tree(parts: list[tuple[str, str, str]]) -> HtmlElement:
    body = "".join(
        f"<{tag} {attribute}='{name}' data-n={number}>{LONG}</{tag}>"
        for number, (tag, attribute, name) in enumerate(parts)
    )
    return document_fromstring(
        f"<html><body><div data-n=root><div data-n=story>{LONG * 40}</div>{body}</div></body></html>"
    )


def numbers(found: list[HtmlElement]) -> set[str]:
    return {element.get("data-n") for element in found}


@settings(max_examples=150, deadline=None)
@given(st.lists(elements, max_size=12))
def test_comment_sections_are_those_of_the_library(parts: list[tuple[str, str, str]]) -> None:
    page = tree([part for part in parts if part[2] != "infinite-scroll"])
    library = [element for expression in REMOVE_COMMENTS_AND_LISTS_XPATH for element in expression(page)]
    assert numbers(comment_sections(page)) == numbers(library)


@settings(max_examples=150, deadline=None)
@given(st.lists(elements, max_size=12))
def test_furniture_is_that_of_the_library(parts: list[tuple[str, str, str]]) -> None:
    page = tree(parts)
    expressions = itertools.chain(OVERALL_DISCARD_XPATH, TEASER_DISCARD_XPATH)
    library = [element for expression in expressions for element in expression(page)]
    assert numbers(furniture(page.find("body"))) == numbers(library)


@settings(max_examples=150, deadline=None)
@given(st.lists(elements, max_size=12))
def test_frames_are_tried_in_the_order_of_the_library(parts: list[tuple[str, str, str]]) -> None:
    page = tree(parts)
    library = [element for expression in BODY_XPATH for element in expression(page)[:1]]
    found = [frame.get("data-n") for frame in frames(page)]
    assert found[: len(library)] == [element.get("data-n") for element in library]


@pytest.mark.parametrize("name", ["infinite-scroll", "mvp-post-add-wrap"])
def test_further_articles_appended_for_scrolling_are_no_part_of_the_page(name: str) -> None:
    page = document_fromstring(f"<body><div class='{name}' data-n=1><p>{LONG}</p></div><p>x</p></body>")
    assert numbers(comment_sections(page)) == {"1"}


def test_a_scrolling_container_with_the_headline_is_the_page() -> None:
    page = document_fromstring(f"<body><div class='infinite-scroll'><h1>x</h1><p>{LONG}</p></div><p>x</p></body>")
    assert comment_sections(page) == []
