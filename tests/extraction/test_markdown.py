"""A page's story in Markdown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twicetold.domain.analysis import AnalysisInput, analyse
from twicetold.domain.extraction.anchors import placed
from twicetold.domain.extraction.prescan import PageLimits, encoded
from twicetold.domain.fingerprint.parameters import FingerprintParameters

PROSE = "The council voted on Monday evening to move the old harbour wall forty metres inland, the mayor said."
AFTER = "Engineers told the meeting that the work would take eleven months and close the eastern quay to ferries."


def shown(body: str, *, url: str | None = "https://news.example/2026/wall") -> str:
    page = f"<html lang=en><body><article><h1>Wall moves</h1><p>{PROSE}</p>{body}<p>{AFTER}</p></article></body></html>"
    told = AnalysisInput(html=encoded(page)[0], url=url, markdown=True)
    return analyse(told, FingerprintParameters(), PageLimits()).markdown


def between(body: str, **more: str | None) -> str:
    """What a page's body becomes between two paragraphs."""
    return shown(body, **more).split(PROSE, 1)[1].rsplit(AFTER, 1)[0].strip("\n")


def test_headings_keep_their_level() -> None:
    assert between(f"<h2>What it costs</h2><p>{PROSE[:-1]} twice.</p>").startswith("## What it costs\n\nThe council")


def test_items_of_lists_are_marked_numbered_and_set_in() -> None:
    first, second, inner = (
        "Forty metres of stone go by barge.",
        "Divers look at the foundations.",
        "Each weighs two tons.",
    )
    assert between(f"<ul><li>{first}<ul><li>{inner}</li></ul></li><li>{second}</li></ul>").split("\n\n") == [
        f"- {first}", f"    - {inner}", f"- {second}",
    ]  # fmt: skip
    assert between(f"<ol><li>{first}</li><li>{second}</li></ol>") == f"1.  {first}\n2.  {second}"


def test_quotes_and_tables_and_code_keep_their_form() -> None:
    assert between(f"<blockquote><p>{PROSE} We waited.</p></blockquote>") == f"> {PROSE} We waited."
    table = "<table><tr><th>Year<th>Cost of the wall</tr><tr><td>2025<td>12 million crowns</tr></table>"
    assert between(table) == "| Year | Cost of the wall |\n| --- | --- |\n| 2025 | 12 million crowns |"


def test_links_lead_where_a_browser_would_go() -> None:
    link = (
        "<p>The council first told of the plan in <a href='/2024/plan (old)'>a paper of 2024</a>, the mayor said.</p>"
    )
    written = "The council first told of the plan in [a paper of 2024]"
    assert between(link) == f"{written}(https://news.example/2024/plan%20%28old%29), the mayor said."
    assert "[" not in between(link, url=None)


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "http://[broken", "//[x"])
def test_links_that_run_something_or_lead_nowhere_are_text(address: str) -> None:
    assert between(
        f"<p>The plan stands in <a href='{address}'>a paper of 2024</a>, and the mayor signed it in May.</p>"
    ) == ("The plan stands in a paper of 2024, and the mayor signed it in May.")


def test_signs_of_a_story_are_no_markdown() -> None:
    written = "1. April was *the* day for [all] of them, wrote &lt;Ann_Lee&gt;, and the council kept to it."
    assert between(f"<p>{written}</p>") == (
        r"1\. April was \*the\* day for \[all\] of them, wrote \<Ann\_Lee\>, and the council kept to it."
    )


def test_what_is_cut_is_not_in_the_markdown() -> None:
    assert "newsletter" not in shown("<p>Sign up for our daily newsletter.</p>")


def test_a_text_is_its_paragraphs() -> None:
    told = AnalysisInput(text=f"{PROSE}\n{AFTER}\n\nShare this article", whole=True, markdown=True)
    assert analyse(told, FingerprintParameters(), PageLimits()).markdown == f"{PROSE}\n\n{AFTER}"


@given(st.lists(st.text(st.sampled_from("ab \n\t"), max_size=5), min_size=1, max_size=8), st.data())
def test_a_link_stands_where_its_words_stand(pieces: list[str], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(pieces) - 1))
    last = data.draw(st.integers(first + 1, len(pieces)))
    (anchor,) = placed(pieces, [(first, last, "x")])
    text = " ".join("".join(pieces).split())
    assert text[anchor.start : anchor.end].split() == " ".join("".join(pieces[first:last]).split()).split()
