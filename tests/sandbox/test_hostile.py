"""Pages made to hurt, through real children."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from twicetold.domain.analysis import Analysis, AnalysisInput
from twicetold.domain.errors import ExtractionFailed
from twicetold.domain.extraction.prescan import encoded
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.sandbox.analyser import SandboxedAnalyser
from twicetold.sandbox.pool import PoolLimits

SENTENCE = "The council met on Monday evening to discuss the new harbour wall and the cost of its repair. "
STORY = f"<html><body><article><p>{SENTENCE * 3}</p><p>{SENTENCE * 2} Again.</p></article></body></html>"


def page(body: str) -> str:
    return f"<html><body><article>{body}</article></body></html>"


REFUSED = {
    "40,000 attributes on a tag": page("<p " + " ".join(f"a{number}=1" for number in range(40_000)) + f">{SENTENCE}"),
    "100,000 paragraphs": page("<p>x" * 100_000),
    "depth 5,000": page("<div>" * 5_000 + SENTENCE),
    "nine million characters": page("x" * 9_000_000),
}

READ = {
    "cells that span everything": page(
        f"<p>{SENTENCE}</p><table>" + ("<tr>" + "<td colspan=100 rowspan=100>x</td>" * 50 + "</tr>") * 300 + "</table>"
    ),
    "names that no element may have": page(f"<p>{SENTENCE * 3}</p><blockquote><o:p>{SENTENCE}<t&#0;d>x</blockquote>"),
    "a million entities": page(f"<p>{SENTENCE}{'&amp;' * 1_000_000}</p>"),
    "entities without end": page(f"<p>{SENTENCE}{'&a' * 100_000}</p>"),
    "brackets": page(f"<p>{SENTENCE}{'( ' * 30_000}</p>"),
    "NULs": page(f"<p>{SENTENCE}\x00{SENTENCE}\x00</p>"),
    "lone surrogates": page(f"<p>{SENTENCE}\ud800\udfff\udc00{SENTENCE}</p>"),
    "bytes of another encoding": page(
        "<p>" + SENTENCE + "Málaga é\xff".encode("latin-1").decode("utf-8", "surrogateescape")
    ),
    "deep quotes": page("<blockquote>" * 200 + f"<p>{SENTENCE * 3}"),
    "deep JSON": f"<script type='application/ld+json'>{'[' * 200_000}</script>{STORY}",
    "a page in an attribute": page(f"<div title='{'<p>' * 50_000}'><p>{SENTENCE * 3}</p></div>"),
    "nothing but brackets": "<" * 100_000,
    "plain text": SENTENCE * 5,
    "an XML declaration of another encoding": f"<?xml version='1.0' encoding='utf-16'?>{STORY}",
    "frames": f"<html><frameset><frame src=x></frameset><noframes>{STORY}</noframes></html>",
}


@pytest.fixture(scope="module")
def analyser() -> Iterator[SandboxedAnalyser]:
    made = SandboxedAnalyser(FingerprintParameters(), PoolLimits(seconds=6), children=1)
    yield made
    made.close()


@pytest.mark.parametrize("html", REFUSED.values(), ids=REFUSED)
def test_a_monster_is_refused(analyser: SandboxedAnalyser, html: str) -> None:
    (outcome,) = analyser.analyse([AnalysisInput(html=encoded(html)[0])])
    assert isinstance(outcome, ExtractionFailed)
    assert re.match(r"the page has .*more than", outcome.detail)


@pytest.mark.parametrize("html", READ.values(), ids=READ)
def test_an_odd_page_is_read_as_far_as_it_can_be(analyser: SandboxedAnalyser, html: str) -> None:
    written, warnings = encoded(html)
    (analysis,) = analyser.analyse([AnalysisInput(html=written)])
    assert isinstance(analysis, Analysis)
    text = analysis.cleaned.text
    text.encode()
    assert (SENTENCE.strip() in text) or "harbour" not in html or warnings or analysis.cleaned.warnings
    assert "\x00" not in text
