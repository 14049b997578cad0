"""Parts of a page that trafilatura keeps, as they stand within the story, but whose names say that they are clutter.

They are cut on record. A name alone is weak evidence: the same word stands on whole stories, on the entries of live
reports, and on the part of a story that a button unfolds.
"""

from __future__ import annotations

import re
from collections import Counter

from lxml.html import HtmlElement

from twicetold.domain.extraction.blocks import LINK_START
from twicetold.domain.extraction.page import text_of
from twicetold.domain.extraction.remembering import remembered

# Matched against id and classes in lower case, words divided by hyphens.
_CLUTTER = {
    "photo:caption": re.compile(
        r"\b(?:image|img|photo|foto|picture|bild|absatzbild|media|figure|video)-+(?:\w+-+)?"
        r"(?:info(?:text)?|desc(?:ription)?|credits?|legende?|copyright|unterschrift|source)\b"
        r"|bildunterschrift|bildtext|bildquelle|didascalia|fotobijschrift|photo-?credit|\blegende?\b|image-description"
    ),
    "date:meta": re.compile(
        r"\b(?:article|post|entry|story)-*(?:info|meta|infos|dates?|time)\b|read(?:ing)?-time|publish(?:ed)?-?(?:date|time)"
        r"|^(?:dates?|datum|fecha|stand)\b"
    ),
    "teaser:box": re.compile(
        r"\b(?:promo|recirc\w*|recommend\w*|read-?more|also-?(?:read|like)|see-?also|latest|trending|most-?read|popular"
        r"|explore|further-?reading|onward|upsell|recent-?(?:news|posts|stories|articles)|weiterlesen|lire-?aussi"
        r"|leggi-?anche|lees-?ook|leia-?tambem|lea-?tambien|baca-?juga|citeste-?si|czytaj-?\w*|las-?ocksa|lue-?myos)\b"
    ),
    "byline:about": re.compile(
        r"\babout-?(?:the-?)?(?:author|writer)\b|\b(?:autor\w*|auteurs?|journalist\w*|redakt\w+|penulis|writer|yazar)-*"
        r"(?:about|bio|box|card|desc\w*|info|profil\w*)\b"
    ),
    "newsletter:box": re.compile(
        r"\b(?:subscri(?:be|ption)|sign-?up|cta|call-to-action|app-?(?:promo|store|bottom\w*))\b"
    ),
    "ad:disclosure": re.compile(r"\b(?:disclaimer|disclosure|affiliate)\b"),
    "interface:box": re.compile(
        r"\b(?:print-?(?:header|box|only)|cite-?(?:wrapper|article\w*)|citewrapper|feedback|tag-?box|schlagw\w+|keywords"
        r"|audio-?(?:player|share)|right-?(?:rail|col(?:umn)?|bar|box|bx|wrap(?:per)?)|translation-notice)\b"
    ),
}
_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])|_+|-{2,}")
_SENTENCE = re.compile(r".*[.!?؟。！？।][\"'”“»«’)\]]*\s*", re.DOTALL)

LARGEST_SHARE = 0.2
"""Of a frame's text, what holds more is the story, or has it within."""
LARGEST_SUM = 1 / 3
"""So it is where all that one rule names holds more: in a live report, every entry may be called the latest."""
LONGEST_LABEL = 80
"""No date, teaser or button says more than this in whole sentences without a link, whatever its name."""
PROSE_BY_NATURE = frozenset({"photo:caption", "newsletter:box", "ad:disclosure", "byline:about"})
LONGEST_NOTE = 500
"""Characters within which these have said what they have to say."""
PROSE_SHARE = 0.8


def named_clutter(frame: HtmlElement) -> dict[HtmlElement, str]:
    """Parts of a frame (links are marked) that their names say to be clutter, each with its rule."""
    named = {}
    for element in frame.iterdescendants("div", "section", "p", "list", "header", "span"):
        names = element.get("class", ""), element.get("id", "")
        if any(names) and (rule := _rule(" ".join(names))):
            named[element] = rule
    return _small(named, len(text_of(frame))) if named else named


@remembered
def _rule(names: str) -> str | None:
    words = _WORDS.sub("-", names).lower()
    return next((rule for rule, pattern in _CLUTTER.items() if pattern.search(words)), None)


def _small(named: dict[HtmlElement, str], whole: int) -> dict[HtmlElement, str]:
    """Those of named parts that are not the story itself, in a text of so many characters."""
    texts = {element: text_of(element) for element in named}
    small = {element: rule for element, rule in named.items() if len(texts[element]) <= LARGEST_SHARE * whole}
    sums: Counter[str] = Counter()
    for element, rule in small.items():
        if not any(above in small for above in element.iterancestors()):
            sums[rule] += len(texts[element])
    return {
        element: rule
        for element, rule in small.items()
        if sums[rule] <= LARGEST_SUM * whole and not _tells(element, rule, texts[element])
    }


def _tells(element: HtmlElement, rule: str, text: str) -> bool:
    """Whether a part is prose, in whole sentences and without links, longer than what such a rule's name stands for."""
    longest = LONGEST_NOTE if rule in PROSE_BY_NATURE else LONGEST_LABEL
    if len(text) <= longest or LINK_START in text:
        return False
    paragraphs = [text_of(paragraph) for paragraph in element.iter("p")] or [text]
    told = sum(_written(paragraph) for paragraph in paragraphs if _SENTENCE.fullmatch(paragraph))
    return told > max(longest, PROSE_SHARE * _written(text))


def _written(text: str) -> int:
    return len(" ".join(text.split()))
