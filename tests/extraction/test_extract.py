"""Pages turned into text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twicetold.domain.errors import ExtractionFailed
from twicetold.domain.extraction.extract import extract
from twicetold.domain.model import Extracted

HARBOUR = (
    "The council met on Monday evening to discuss the new harbour wall and the cost of its repair, which has doubled "
    "since the first estimate was made in the spring of last year."
)
ENGINEERS = (
    "Engineers told the meeting that the work would take eleven months and close the eastern quay to all but the "
    "smallest of the fishing boats, whose owners had asked for a delay until the end of the season."
)
MAYOR = (
    "The mayor said a decision would be taken before the winter storms, and that the town would not be asked to pay."
)


def page(*blocks: str, head: str = "") -> str:
    return f"<!doctype html><html lang=en><head>{head}</head><body><article>{''.join(blocks)}</article></body></html>"


def story(*extra: str) -> str:
    return page(f"<p>{HARBOUR}</p><p>{ENGINEERS}</p>", *extra, f"<p>{MAYOR}</p>")


def kept(extracted: Extracted) -> str:
    text, end, parts = extracted.text, 0, []
    for span in extracted.removed:
        parts.append(text[end : span.start])
        end = span.end
    return "".join([*parts, text[end:]])


def check_spans(extracted: Extracted) -> None:
    end = 0
    for span in extracted.removed:
        assert end <= span.start < span.end <= len(extracted.text)
        assert extracted.text[span.start : span.end] == span.text
        end = span.end


def test_paragraphs_become_blocks_divided_by_blank_lines() -> None:
    assert extract(story(), url=None).text.endswith(f"{HARBOUR}\n\n{ENGINEERS}\n\n{MAYOR}")


def test_a_list_of_teasers_after_the_story_is_no_part_of_it() -> None:
    teasers = "<ul><li><a href=/1>Ferry fares to rise</a></li><li><a href=/2>Storm closes coast road</a></li></ul>"
    extracted = extract(story() + teasers, url=None)
    check_spans(extracted)
    assert kept(extracted).rstrip().endswith(MAYOR)


def test_a_lone_link_paragraph_is_a_removed_span_of_kind_links() -> None:
    extracted = extract(story("<p><a href=/ferry>Ferry fares to rise again in the new year</a></p>"), url=None)
    check_spans(extracted)
    assert [(span.kind, span.rule, span.text) for span in extracted.removed] == [
        ("links", "links:p", "Ferry fares to rise again in the new year")
    ]


def test_a_link_within_a_sentence_stays() -> None:
    extracted = extract(
        story("<p>The <a href=/report>report of the harbour board</a> was published on Friday.</p>"), url=None
    )
    assert "The report of the harbour board was published on Friday." in kept(extracted)


@pytest.mark.parametrize("html", ["", " ", "\x01", "<html></html>", "<!-- -->", "<body><script>x()</script>"])
def test_a_page_without_text_gives_an_empty_text_and_a_warning(html: str) -> None:
    extracted = extract(html, url=None)
    assert (extracted.text, len(extracted.warnings)) == ("", 1)


@pytest.mark.parametrize(
    "nested",
    ["<div>" * 240, "<div><br></b><img src=x>" * 240, "<DIV>" * 5000, "<ul><li><p>" * 130, "<svg>" * 300],
    ids=["elements", "among void elements and stray ends", "far deeper", "lists nobody closed", "drawings"],
)
def test_a_page_nested_so_deep_that_the_parser_would_leave_text_out_is_refused(nested: str) -> None:
    with pytest.raises(ExtractionFailed, match="240 deep"):
        extract(f"<html><body>{nested}{MAYOR}", url=None)


def test_elements_that_close_one_another_do_not_nest() -> None:
    extracted = extract("<html><body>" + f"<p>{HARBOUR}<br>" * 300 + f"<p>{MAYOR}", url=None)
    assert MAYOR in extracted.text


def test_nuls_are_replaced_and_reported() -> None:
    page = extract("<p>One\0 sentence.</p>\0", url=None)
    assert page.text == "One\ufffd sentence."
    assert page.warnings == ("html: NUL characters were replaced by U+FFFD (2)",)


def test_lone_surrogates_cost_no_text() -> None:
    extracted = extract(story(f"<p>Half a smile \ud83d here. {MAYOR}</p>"), url=None)
    assert "Half a smile \ufffd here." in extracted.text
    assert extracted.text.endswith(MAYOR)
    assert len(extracted.warnings) == 1


@pytest.mark.parametrize("reference", ["&#1;", "&#x1F;", "&#0;", "&#31", "&#xFFFE;", "&#65535;", "&#xD800;", "&#xB;"])
def test_references_to_what_is_no_text_cost_no_text(reference: str) -> None:
    extracted = extract(story(f"<p>Half {reference} a {reference}word. {MAYOR}</p>"), url=None)
    assert "word." in extracted.text
    assert extracted.text.replace("\ufffd", "").replace("\n", "").isprintable()


def test_references_to_letters_stay() -> None:
    extracted = extract(story("<p>The caf&#233; &#169; and the na&#xEF;ve &#8220;mayor&#8221;&#9;spoke.</p>"), url=None)
    assert "The café © and the naïve “mayor” spoke." in extracted.text


def test_the_same_page_gives_the_same_text_however_often_it_comes() -> None:
    assert len({extract(story(), url=None).text for _ in range(6)}) == 1


MARKUP = [
    "<p>", "</p>", "<div class=related>", "</div>", "<a href=x>", "</a>", "<ul><li>", "<table><tr><td>", "<br>",
    "<h2>", "</h2>", "<blockquote>", "<script>", "</script>", "<!--", "-->", "&amp;", "&#x0;", "&#xD800;", "&#1;",
    "&#xFFFE;", "&#xFDD0;", "\x00",
    "\ud800", "é", "<", ">", "<svg>", "<math>", "<frameset>", "<template>", "<?xml version='1.0' encoding='utf-16'?>",
    HARBOUR, "\u202e",
]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(MARKUP), max_size=40).map("".join))
def test_any_markup_gives_text_with_true_offsets(html: str) -> None:
    extracted = extract(html, url=None)
    check_spans(extracted)
    extracted.text.encode()


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_give_text(junk: bytes) -> None:
    check_spans(extract(junk.decode("utf-8", "surrogateescape"), url=None))
