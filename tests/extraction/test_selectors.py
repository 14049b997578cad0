"""Parts of pages that an operator names."""

from __future__ import annotations

import pytest
from twicetold.domain.extraction.extract import extract_encoded
from twicetold.domain.extraction.page import parse as parse_page
from twicetold.domain.extraction.prescan import encoded
from twicetold.domain.extraction.selectors import marked, parse
from twicetold.domain.model import Extracted, Override, OverrideAction

PROSE = "The council voted on Monday evening to move the old harbour wall forty metres inland, the mayor said."
AFTER = "Engineers told the meeting that the work would take eleven months and close the eastern quay to ferries."
BOX = "The harbour was built in 1901 by sailors who had come home from the north and wanted a safe place to land."
PAGE = f"""<html lang=en><body><div id=Main class="page wide"><article class=story><h1>Wall moves</h1><p>{PROSE}</p>
<p class="note plain">{BOX}</p><p>{AFTER} <span class=aside>It will be loud.</span> So it was told.</p></article>
<aside class="facts box"><p>Wall, built 1901</p></aside></div></body></html>"""


def read(*overrides: Override, page: str = PAGE) -> Extracted:
    return extract_encoded(encoded(page)[0], url=None, overrides=overrides)


def cut(selector: str) -> Override:
    return Override(action=OverrideAction.CUT, selector=selector)


def keep(selector: str) -> Override:
    return Override(action=OverrideAction.KEEP, selector=selector)


def left(page: Extracted) -> str:
    text = page.text
    for span in reversed(page.removed):
        text = text[: span.start] + text[span.end :]
    return text


@pytest.mark.parametrize(
    "selector", [".note", "p.note", ".plain.note", "#Main .note", "div article .note", "article.story p.note", "P.note"]
)
def test_what_is_to_be_cut_is_cut_and_on_record(selector: str) -> None:
    page = read(cut(selector))
    assert BOX not in left(page)
    assert PROSE in left(page)
    assert [span.text for span in page.removed if span.rule == "override:selector"] == [BOX]


@pytest.mark.parametrize(
    "selector", [".not", "#note", "aside .note", ".note article", "div.note", ".note.wide", "p#Main"]
)
def test_what_a_selector_does_not_name_stays(selector: str) -> None:
    assert left(read(cut(selector))) == left(read())


def test_what_is_to_be_kept_is_story_wherever_it_stands() -> None:
    assert "built 1901" not in left(read())
    assert left(read(keep("aside.facts"))).endswith("Wall, built 1901")


def test_a_part_of_a_line_can_be_cut() -> None:
    assert "loud" not in left(read(cut("span.aside")))
    assert "So it was told." in left(read(cut("span.aside")))


def test_the_inner_of_two_that_are_named_decides() -> None:
    assert left(read(cut("article"), keep(".note"))).strip() == BOX


def test_of_two_for_one_element_the_last_counts() -> None:
    assert BOX in left(read(cut(".note"), keep("p.plain")))


@pytest.mark.parametrize(
    "selector",
    [
        "",
        " ",
        "*",
        "p > a",
        "p:hover",
        "[href]",
        "a,b",
        "a b c d e",
        "//p",
        "p..x",
        "." * 9,
        "x" * 201,
        ".a" * 9,
        "p\0",
    ],
)
def test_other_css_is_refused(selector: str) -> None:
    with pytest.raises(ValueError, match="write up to 4 steps"):
        parse(selector)


def test_many_selectors_cost_one_look_at_each_element() -> None:
    tree = parse_page(encoded("<div class=a>" * 200 + "<p class=a>x</p>" * 3000)[0])
    assert tree is not None
    named = [cut(f".a .a .b{number}") for number in range(50)]
    assert not marked(tree, named)
