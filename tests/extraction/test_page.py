"""The tree of a page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.etree import SerialisationError
from lxml.html import fromstring
from twicetold.domain.extraction import page
from twicetold.domain.extraction.page import parse, text_of
from twicetold.domain.extraction.prescan import encoded

PIECES = st.sampled_from(
    ["<p>", "</p>", "<b>", "</b>", "<br>", "<a href=x>", "</a>", "<!-- a -->", "<?x>", "&amp;", "&#233;", "<td>", "…\n"]
)


@given(st.lists(PIECES | st.text(max_size=9)).map("".join))
def test_the_text_of_an_element_is_the_one_that_lxml_tells(markup: str) -> None:
    tree = parse(encoded(f"<html><body>{markup}</body></html>")[0])
    assert tree is not None
    texts = [text_of(element) for element in tree.iter()]
    assert texts == [element.text_content() for element in tree.iter()]
    assert texts == ["".join(element.itertext()) for element in tree.iter()]


def test_a_text_that_finds_no_memory_is_told_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_options: object) -> str:
        raise SerialisationError("Error during serialisation (out of memory?)")

    monkeypatch.setattr(page, "tostring", fail)
    with pytest.raises(MemoryError):
        text_of(fromstring("<p>x</p>"))


STORY = "<p>It's done: “the ferry” sails ]> again</p>"
SUBSETS = (
    '<!DOCTYPE html [<!ENTITY x "y">]>',
    "<?xml version='1.0'?>\n<!doctype html SYSTEM 'a.dtd' [<!-- don't > ]> -->\n<!ATTLIST a b CDATA ']>'>\n%more;\n] >",
)


@pytest.mark.parametrize("doctype", SUBSETS)
def test_nothing_of_a_doctype_is_text(doctype: str) -> None:
    tree = parse(f"{doctype}<html><body>{STORY}</body></html>".encode())
    assert tree is not None
    assert text_of(tree) == "It's done: “the ferry” sails ]> again"


@pytest.mark.parametrize("declared", ["<!-- don't", "<!ENTITY x 'y>", ""])
def test_a_doctype_that_is_broken_takes_no_text_along(declared: str) -> None:
    tree = parse(f"<!DOCTYPE html [{declared}]><html><body>{STORY}</body></html>".encode())
    assert tree is not None
    assert "again" in text_of(tree)
