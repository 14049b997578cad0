"""The story's region and its record: what is left out, where, by which rule, and what stands around it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twicetold.domain.cleaning.clean import clean
from twicetold.domain.extraction.extract import extract

from tests.extraction.test_extract import ENGINEERS, HARBOUR, MAYOR, check_spans, kept, page

MENU = "<nav><ul><li><a href=/a>Town</a></li><li><a href=/b>Sport</a></li></ul></nav>"
FOOTER = "<footer><p>© Coast Gazette</p><p><a href=/imprint>Imprint</a></p></footer>"
STORY = [f"{paragraph} It was day {day}." for day in range(3) for paragraph in (HARBOUR, ENGINEERS, MAYOR)]


def paragraphs(*wanted: str) -> str:
    return "".join(f"<p>{paragraph}</p>" for paragraph in wanted)


def whole(body: str) -> str:
    head = "<head><title>Wall - Coast Gazette</title></head>"
    return f"<html lang=en>{head}<body>{MENU}<main>{body}</main>{FOOTER}</body></html>"


PLACES = {
    "two articles": "<article>{0}</article><article>{1}</article>",
    "sections": "<article><section>{0}</section><section>{1}</section></article>",
    "columns": "<div class=row><div class=col-6>{0}</div><div class=col-6>{1}</div></div>",
    "around an advertisement": "<div class=body>{0}</div><div class=ad>Advertisement</div><div class=body>{1}</div>",
    "behind a fold": "<article>{0}<div class='read-more-content hidden'>{1}</div></article>",
    "shown on wide screens": "<article>{0}<div class='hidden md:block'>{1}</div></article>",
    "blurred": "<article>{0}<div class='paywall blurred'>{1}</div></article>",
    "with headings": "<article>{0}<h2>What comes next</h2>{1}</article>",
    "in accordions": "<article>{0}<h3><button>What comes next</button></h3><div>{1}</div></article>",
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_story_is_read_whole_wherever_its_parts_stand(place: str) -> None:
    found = extract(whole("<h1>Wall</h1>" + place.format(paragraphs(*STORY[:5]), paragraphs(*STORY[5:]))), url=None)
    assert [paragraph for paragraph in STORY if paragraph not in kept(found)] == []
    assert "Imprint" not in kept(found)


@pytest.mark.parametrize(
    "name", ["metal", "authority", "social-housing", "css-9barq1", "no-scrollbar", "author-notebook"]
)
def test_a_name_that_only_looks_like_clutter_hides_nothing(name: str) -> None:
    box = f"<div class='{name}'><p>{STORY[4]}</p></div>"
    found = extract(whole(f"<article>{paragraphs(*STORY[:4])}{box}{paragraphs(*STORY[5:])}</article>"), url=None)
    assert STORY[4] in kept(found)


@pytest.mark.parametrize("box", ["div", "section", "ol"])
def test_readers_comments_are_chrome_though_they_are_prose(box: str) -> None:
    comments = (
        f"<{box} class=comments><h3>Comments</h3>{paragraphs(*(f'I think: {text}' for text in STORY[:4]))}</{box}>"
    )
    found = extract(whole(f"<article><h1>Wall</h1>{paragraphs(*STORY)}</article>{comments}"), url=None)
    assert "I think" not in kept(found)


def test_what_is_left_out_within_the_region_is_on_record_with_a_rule() -> None:
    caption = "<figure><img src=x><figcaption class=caption>The wall at low tide. Photo: A. Quay</figcaption></figure>"
    found = extract(whole(f"<article>{paragraphs(*STORY[:4])}{caption}{paragraphs(*STORY[4:])}</article>"), url=None)
    check_spans(found)
    assert [(span.kind, span.text) for span in found.removed] == [("photo", "The wall at low tide. Photo: A. Quay")]


def test_what_stands_around_the_region_is_told_as_chrome() -> None:
    found = extract(whole(f"<article>{paragraphs(*STORY)}</article>"), url=None)
    assert [block.text for block in found.chrome] == ["Town", "Sport", "© Coast Gazette", "Imprint"]
    assert {block.rule.partition(":")[0] for block in found.chrome} == {"interface"}


def test_a_paragraph_set_twice_for_two_widths_of_screen_is_told_once() -> None:
    double = f"<div class=desktop>{paragraphs(STORY[0])}</div><div class=mobile>{paragraphs(STORY[0])}</div>"
    found = extract(whole(f"<article>{double}{paragraphs(*STORY[1:])}</article>"), url=None)
    assert kept(found).count(STORY[0]) == 1


def test_a_page_without_a_story_gives_chrome_alone() -> None:
    links = "".join(f"<li><a href=/{n}>Part {n} of the site</a></li>" for n in range(20))
    found = extract(f"<html><body><ul>{links}</ul></body></html>", url=None)
    assert (found.text, len(found.chrome)) == ("", 20)


PARTS = [
    *(f"<p>{paragraph}</p>" for paragraph in STORY[:4]),
    "<h2>What comes next</h2>", "<ul><li><a href=/1>Ferry fares to rise</a></li><li><a href=/2>Storm</a></li></ul>",
    "<div class=ad>Advertisement</div>", "<figure><figcaption>The wall</figcaption></figure>",
    "<aside><p>Read on</p></aside>",
    "<p>Share this</p>", "<table><tr><td>1<td>2</table>", "<p>One<br>two<br><br>three</p>", MENU, FOOTER,
]  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=14))
def test_the_region_without_what_was_removed_is_the_text(parts: list[str]) -> None:
    found = extract(page(*parts), url=None)
    cleaned = clean(found.text, title=found.metadata.title, removed=found.removed)
    left, at = [], 0
    for span in cleaned.removed:
        assert found.text[span.start : span.end] == span.text
        left.append(found.text[at : span.start])
        at = span.end
    assert " ".join(" ".join([*left, found.text[at:]]).split()) == " ".join(cleaned.text.split())


@pytest.mark.parametrize("count", [50, 400])
@pytest.mark.parametrize("tag", ["p", "li", "td"])
def test_every_block_of_a_page_is_kept_removed_or_chrome(count: int, tag: str) -> None:
    found = extract(page(*(f"<{tag}>Part number {number}</{tag}>" for number in range(count))), url=None)
    told = " ".join([found.text, *(block.text for block in found.chrome)])
    assert all(f"number {number}" in told for number in range(count))
