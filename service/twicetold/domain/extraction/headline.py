"""Where a page shows its story's headline, and the short texts around it: dates and bylines stand there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from lxml.html import HtmlElement

from twicetold.domain.extraction.page import text_of, words
from twicetold.domain.extraction.sitename import name_key

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_MOST_HEADINGS, _LONGEST_HEADLINE = 50, 500
_ALIKE = 0.5
"""Share of words that a heading and the declared title have in common, if it is the headline."""

_RELATED, _MUCH_LONGER = 0.5, 4

_PASSED = frozenset({
    "script", "style", "noscript", "svg", "template", "iframe", "select", "textarea", "nav", "footer", "head", "form",
})  # fmt: skip
BEFORE, AFTER = 40, 120
"""Words looked at before and after the headline: a standfirst, a caption and a note on partners may stand between."""

_PARAGRAPH, _MOST_PARAGRAPHS = 20, 2
"""Words of a paragraph, and how many of these may pass: a standfirst and a note, but not the story."""

_MOST_ELEMENTS = 600

_NAME_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_LONGEST_NAMES = 400


class NearText(NamedTuple):
    """One text node near the headline.

    `element` holds it; `distance` counts the words between it and the headline, below zero if it stands before.
    """

    text: str
    element: HtmlElement
    distance: int


def find_headline(tree: HtmlElement, title: str | None, *, own: frozenset[str]) -> HtmlElement | None:
    """The heading that says the declared title, an `h1` before any other; the first `h1` where none says it.

    A heading that only names the site, by its `site_keys`, is its logo.
    """
    wanted = words(title or "")
    best, likeness = None, (False, 0.0)
    first = None
    for seen, heading in enumerate(tree.iter(*_HEADINGS)):
        if seen == _MOST_HEADINGS:
            break
        text = text_of(heading).strip()
        if not 0 < len(text) <= _LONGEST_HEADLINE or name_key(text) in own:
            continue
        said, major = words(text), heading.tag == "h1"
        if first is None and major:
            first = heading
        alike = len(said & wanted) / max(1, len(said | wanted))
        if (alike >= _ALIKE or (major and _are_related(said, wanted))) and (major, alike) > likeness:
            best, likeness = heading, (major, alike)
    return first if best is None else best


def are_related(one: str, other: str) -> bool:
    """Whether two titles are of one story: the shorter one shares half of its words, and is not much shorter."""
    return _are_related(words(one), words(other))


def _are_related(one: set[str], other: set[str]) -> bool:
    shorter, longer = sorted((len(one), len(other)))
    return shorter > 0 and len(one & other) >= _RELATED * shorter and longer <= _MUCH_LONGER * shorter


def texts_near(tree: HtmlElement, headline: HtmlElement | None) -> list[NearText]:
    """The texts after the headline and then those before it, each group nearest first; without one, the first texts."""
    near = []
    distance = paragraphs = 0
    for text, element in _bounded(_forwards(tree) if headline is None else _following(headline)):
        near.append(NearText(text, element, distance))
        words_here = len(text.split())
        distance += words_here
        paragraphs += words_here >= _PARAGRAPH
        if distance > AFTER or paragraphs > _MOST_PARAGRAPHS:
            break
    if headline is None:
        return near
    distance = 0
    for text, element in _bounded(_preceding(headline)):
        distance -= len(text.split())
        near.append(NearText(text, element, distance))
        if distance < -BEFORE:
            break
    return near


def _bounded(texts: Iterator[tuple[str | None, HtmlElement]]) -> Iterator[tuple[str, HtmlElement]]:
    for seen, (text, element) in enumerate(texts):
        if seen == _MOST_ELEMENTS:
            return
        if text and (folded := " ".join(text.split())):
            yield folded, element


def _following(headline: HtmlElement) -> Iterator[tuple[str | None, HtmlElement]]:
    for above in (headline, *headline.iterancestors()):
        parent = above.getparent()
        if parent is None:
            return
        yield above.tail, parent
        for sibling in above.itersiblings():
            yield from _forwards(sibling)
            yield sibling.tail, parent


def _forwards(element: HtmlElement) -> Iterator[tuple[str | None, HtmlElement]]:
    if element.tag in _PASSED:
        yield None, element
        return
    yield element.text, element
    for child in element:
        yield from _forwards(child)
        yield child.tail, element


def _preceding(headline: HtmlElement) -> Iterator[tuple[str | None, HtmlElement]]:
    for above in (headline, *headline.iterancestors()):
        parent = above.getparent()
        if parent is None:
            return
        for sibling in above.itersiblings(preceding=True):
            yield sibling.tail, parent
            yield from _backwards(sibling)
        yield parent.text, parent


def _backwards(element: HtmlElement) -> Iterator[tuple[str | None, HtmlElement]]:
    if element.tag in _PASSED:
        yield None, element
        return
    for child in reversed(element):
        yield child.tail, element
        yield from _backwards(child)
    yield element.text, element


def name_words(element: HtmlElement) -> set[str]:
    """The words of an element's class, id and microdata names: `entry-date`, `postAuthor`, `byline__name` split."""
    names = " ".join(filter(None, (element.get(name) for name in ("class", "id", "itemprop", "rel"))))[:_LONGEST_NAMES]
    return {word.lower() for word in _NAME_WORD.findall(names)}
