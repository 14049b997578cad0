"""The linear scan that refuses monsters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twicetold.domain.errors import ExtractionFailed
from twicetold.domain.extraction.prescan import PageLimits, encoded, prescan

LIMITS = PageLimits()

REFUSED = {
    "too many paragraphs": ("<p>x" * 20_001, "tags"),
    "too many scripts": ("<script>x</script>" * 20_001, "tags"),
    "too many attributes": ("<p " + " ".join(f"a{i}=1" for i in range(40_000)) + ">x", "attributes"),
    "too many usual attributes": ("<p" + ' a="b"' * 513 + ">", "attributes"),
    "too many bare attributes": ("<p " + " ".join(f"a{i}" for i in range(600)) + ">x", "attributes"),
    "too many attributes on a script": ("<SCRIPT " + " ".join(f"a{i}='>'" for i in range(600)) + ">x", "attributes"),
}

READ = {
    "as many attributes as allowed": ("<p" + ' a="b"' * 512 + ">") * 3 + "<p" + " a='b'" * 512 + ">",
    "as many paragraphs as allowed": "<p>x" * 20_000,
    "paragraphs and items nobody closed": "<ul>" + "<li><p>x" * 200,
    "void elements do not nest": "<br><img><hr><input>" * 500,
    "closed elements do not add up": "<div><span>x</span></div>" * 1000,
    "tags in comments are no tags": "<!--" + "<div>" * 1000 + "-->",
    "tags in scripts are no tags": "<script>" + "<div>" * 1000 + "</script>",
    "tags in styles are no tags": "<STYLE>" + "<div>" * 1000 + "</STYLE>",
    "tags in attribute values are no tags": '<a title="' + "<div>" * 1000 + '">x</a>',
    "an apostrophe in an unquoted value opens nothing": "<a title=Don't>" + "<p>it's</p>" * 1000,
    "self-closing elements": "<svg>" + "<path d='M0 0'/>" * 1000 + "</svg>",
    "long attribute values are one attribute": '<a data-x="' + "a=b " * 5000 + '">x</a>',
    "nothing": "",
}

# Each of these would take minutes if a match could fail after reading far.
HOSTILE = {
    "open quotes": '<a b="' * 500_000,
    "open comments": "<!--" * 500_000,
    "open scripts": "<script><" * 300_000,
    "brackets": "<" * 1_000_000,
    "stray ends": "</x>" * 500_000,
    "ends that close nothing under a deep stack": "<div>" * 230 + "</q>" * 300_000,
    "entities": "&lt;" * 500_000,
    "tags of the usual form that break off late": ("<p" + ' a="b"' * 512 + " >") * 600,
    "usual attributes before another one": ("<p" + ' a="b"' * 511 + " c=d>") * 600,
    "a usual tag with an open quote": "<p>x</p>" * 5000 + '<p a="b" c="' + "<p>x</p> " * 100_000,
}


@pytest.mark.parametrize(("page", "named"), REFUSED.values(), ids=REFUSED)
def test_a_monster_is_refused_and_the_limit_named(page: str, named: str) -> None:
    with pytest.raises(ExtractionFailed, match=named) as refused:
        prescan(encoded(page)[0], LIMITS)
    assert refused.value.field == "html"


@pytest.mark.parametrize("page", READ.values(), ids=READ)
def test_an_ordinary_page_passes(page: str) -> None:
    assert prescan(encoded(page)[0], LIMITS) is None


@pytest.mark.parametrize("page", HOSTILE.values(), ids=HOSTILE)
def test_a_page_made_to_stall_the_scan_is_decided_in_one_pass(page: str) -> None:
    try:
        decided = prescan(encoded(page)[0], LIMITS)
    except ExtractionFailed as refused:
        decided = refused.field
    assert decided in {None, "html"}


@given(st.text(alphabet="<>/!-= \"'adpbsript\x00\ud800é"))
def test_any_text_is_passed_or_refused(page: str) -> None:
    assert prescan(encoded(page)[0], LIMITS) is None
