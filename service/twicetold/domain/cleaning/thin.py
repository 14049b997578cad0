"""Whether what is left of a story is enough to compare it with others."""

from __future__ import annotations

import re
from functools import cache

from msgspec import Struct

from twicetold.domain.cleaning.paragraphs import count_words, words
from twicetold.domain.cleaning.vocabulary import load

MIN_WORDS = 12
"""Shorter texts match by chance: at 12 words a text has 10 shingles of 3 words. (A place in the design; not tuned.)"""
WHOLE_WORDS = 5
"""A text sent as such, of which nothing was cut, is a whole item from here on: a headline from a feed."""
STUB_WORDS = 80
"""A text that speaks of cookies, subscriptions or scripts is a stub only if it is this short."""
NAMED_STUB_WORDS = 200
"""One whose title is that of such a page may be so long: nobody calls a story "Access denied" and no more."""
TITLE_SITE = re.compile(r"\s[|·•–—-]\s")
"""What divides a title from the name of its site."""


class Stub(Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of page that was not given out: its name, and regular expressions for what it says and is called."""

    name: str
    says: tuple[str, ...]
    titles: tuple[str, ...] = ()


class StubFile(Struct, frozen=True, forbid_unknown_fields=True):
    """The data file."""

    stub: tuple[Stub, ...]


@cache
def _stubs() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((stub.name, re.compile("|".join(stub.says))) for stub in load("stubs", StubFile).stub)


@cache
def _titles() -> re.Pattern[str]:
    return re.compile("|".join(title for stub in load("stubs", StubFile).stub for title in stub.titles))


def why_thin(text: str, *, title: str | None = None, whole: bool = False) -> str | None:
    """Why `text` is too little to match on, as a warning that can be shown; None if it is not.

    title: what the page is called, which tells those that stand in for others: "Just a moment...".
    whole: whether it is all that there was, and not what is left of a page.
    """
    if len(text) > NAMED_STUB_WORDS * 10:
        return None
    count = count_words(text, words(text))
    if count == 0:
        return "no text is left after cleaning; the story matches nothing"
    if count < (WHOLE_WORDS if whole else MIN_WORDS):
        left = f"only {count} {'word is' if count == 1 else 'words are'} left after cleaning"
        return f"{left}; with fewer than {MIN_WORDS}, a story matches only the same text at its source"
    if title and count <= NAMED_STUB_WORDS and _titles().fullmatch(TITLE_SITE.split(title.strip().lower())[0]):
        return "its title is that of a page that stands in for others, like a check for robots or a login"
    if count <= STUB_WORDS:
        lowered = text.lower()
        for name, pattern in _stubs():
            if pattern.search(lowered):
                return f"what is left after cleaning reads like {name}, not like a story"
    return None
