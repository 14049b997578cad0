"""Story text in the data of a page's script."""

from __future__ import annotations

import json

import pytest
from twicetold.domain.extraction.extract import extract

from tests.extraction.test_extract import ENGINEERS, HARBOUR, MAYOR

STORY = [HARBOUR, ENGINEERS, MAYOR]
MENU = [{"title": "Sport", "url": "/sport"}, {"title": "Town", "url": "/town"}]


def next_page(props: object) -> str:
    data = json.dumps({"props": {"pageProps": props}, "page": "/[slug]"})
    script = f"<script id=__NEXT_DATA__ type='application/json'>{data}</script>"
    return f"<html><body><div id=__next><p>Coast Gazette</p></div>{script}</body></html>"


def rows(*lines: str) -> str:
    pushed = "".join(f"<script>self.__next_f.push([1,{json.dumps(line)}])</script>" for line in lines)
    return f"<html><body><div>Coast Gazette</div>{pushed}</body></html>"


SHAPES = {
    "markup": {"menu": MENU, "post": {"html": "".join(f"<p>{paragraph}</p>" for paragraph in STORY)}},
    "paragraphs": {"menu": MENU, "post": {"body": STORY}},
    "nodes": {"post": {"body": [{"type": "paragraph", "children": [{"text": text}]} for text in STORY]}},
    "nodes of pieces": {
        "post": {
            "content": [
                {"nodeType": "paragraph", "content": [{"nodeType": "text", "value": text[:40]}, {"value": text[40:]}]}
                for text in STORY
            ]
        }
    },
}


@pytest.mark.parametrize("props", SHAPES.values(), ids=SHAPES)
def test_a_story_in_the_data_of_the_page_is_read(props: object) -> None:
    found = extract(next_page(props), url=None)
    assert found.text.split("\n\n") == STORY
    assert any("data of the page's script" in warning for warning in found.warnings)


def test_a_story_in_a_stream_of_server_components_is_read() -> None:
    paragraphs = [["$", "p", None, {"children": text}] for text in STORY]
    line = "7:" + json.dumps(["$", "article", None, {"children": paragraphs}]) + "\n"
    found = extract(rows('1:"$Sreact.fragment"\n', line[:200], line[200:]), url=None)
    assert found.text.split("\n\n") == STORY


def test_a_page_that_shows_its_story_is_read_from_what_it_shows() -> None:
    shown = "".join(f"<p>{paragraph}</p>" for paragraph in STORY)
    html = next_page({"post": {"body": STORY}}).replace("<p>Coast Gazette</p>", f"<article>{shown}</article>")
    assert extract(html, url=None).warnings == ()


@pytest.mark.parametrize("data", ["{", "[[" * 5000, '{"a": "' + "\\\\ud800" * 9 + '"}'])
def test_data_that_cannot_be_read_is_passed_over(data: str) -> None:
    html = f"<body><p>{HARBOUR}</p><script id=__NEXT_DATA__>{data}</script></body>"
    assert extract(html, url=None).text == HARBOUR


EXTRAS = [f"{place} is another subject of the site, which its data tells in the same list." for place in "ABCDEFGHIJKL"]


def test_data_of_other_things_does_not_replace_what_the_page_shows() -> None:
    shown = "".join(f"<p>{paragraph}</p>" for paragraph in STORY)
    html = next_page({"offers": EXTRAS}).replace("<p>Coast Gazette</p>", f"<article>{shown}</article>")
    assert extract(html, url=None).text.split("\n\n") == STORY


def test_of_data_that_holds_more_than_the_story_only_that_counts_which_the_page_shows() -> None:
    shown = "".join(f"<p>{paragraph}</p>" for paragraph in STORY)
    html = next_page({"offers": EXTRAS, "post": {"body": STORY}})
    assert extract(html.replace("<p>Coast Gazette</p>", f"<article>{shown}</article>"), url=None).warnings == ()
    whole = [f"{paragraph} {name} was there." for name in ("Ada", "Ben", "Cleo") for paragraph in STORY]
    shown = "".join(f"<p>{paragraph}</p>" for paragraph in whole[:2])
    html = next_page({"offers": EXTRAS, "post": {"body": whole}})
    found = extract(html.replace("<p>Coast Gazette</p>", f"<article>{shown}</article>"), url=None)
    assert found.text.split("\n\n") == whole
