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
