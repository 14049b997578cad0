"""Stories that a page tells in its JSON-LD alone."""

from __future__ import annotations

import json

import pytest
from twicetold.domain.extraction.extract import extract

from tests.extraction.test_extract import ENGINEERS, HARBOUR, MAYOR

BODY = f"{HARBOUR}\\n\\n{ENGINEERS}\\n\\n{MAYOR}"
ARTICLE = f'{{"@type": "NewsArticle", "headline": "Wall", "articleBody": "{BODY}"}}'

WRITTEN = {
    "plain": ARTICLE,
    "in CDATA": f"//<![CDATA[\n{ARTICLE}\n//]]>",
    "in a comment": f"<!--\n{ARTICLE}\n-->",
    "with a comma too many": ARTICLE[:-1] + ",}",
    "with a remark": f"/* by the template */ {ARTICLE}",
    "with a semicolon": f"{ARTICLE};",
    "in a list": f"[{ARTICLE}]",
    "in a graph": f'{{"@context": "https://schema.org", "@graph": [{{"@type": "WebSite"}}, {ARTICLE}]}}',
}


def page(script: str) -> str:
    linked = f"<script type='application/ld+json'>{script}</script>"
    return f"<html><head><title>Wall</title>{linked}</head><body><p>Wall</p></body></html>"


@pytest.mark.parametrize("script", WRITTEN.values(), ids=WRITTEN)
def test_an_article_is_read_however_its_description_is_written(script: str) -> None:
    found = extract(page(script), url=None)
    assert found.text.split("\n\n") == [HARBOUR, ENGINEERS, MAYOR]
    assert any("JSON-LD" in warning for warning in found.warnings)


def test_the_updates_of_a_live_report_are_read_with_their_headlines() -> None:
    updates = [
        {"@type": "BlogPosting", "headline": f"Hour {hour}", "articleBody": text}
        for hour, text in enumerate((HARBOUR, ENGINEERS, MAYOR))
    ]
    script = json.dumps({"@type": "LiveBlogPosting", "headline": "Wall", "liveBlogUpdate": updates})
    found = extract(page(script), url=None)
    assert found.text.split("\n\n") == ["Hour 0", HARBOUR, "Hour 1", ENGINEERS, "Hour 2", MAYOR]


@pytest.mark.parametrize(
    "script", ["{", ARTICLE[:-1], '{"a": "/* , } */"', "," * 50_000, "/*" * 50_000, '"' + '\\"' * 50_000]
)
def test_what_is_no_json_is_passed_over(script: str) -> None:
    assert extract(page(script), url=None).metadata.title == "Wall"


def test_a_page_that_shows_much_tells_its_story_itself_however_much_its_data_holds() -> None:
    told = [f"{text} It was hour {hour}." for hour in range(12) for text in (HARBOUR, ENGINEERS, MAYOR)]
    updates = [{"@type": "BlogPosting", "articleBody": text} for hour in range(9) for text in told]
    script = json.dumps({"@type": "LiveBlogPosting", "headline": "Wall", "liveBlogUpdate": updates})
    shown = "".join(f"<p>{text}</p>" for text in told)
    found = extract(page(script).replace("<p>Wall</p>", f"<article>{shown}</article>"), url=None)
    assert found.text.split("\n\n") == told
