"""The words that a story is found by: of its title, its URL and the start of its text, each in its one spelling.

They are the tokens of `tokens.split`, so scripts without blanks give pairs of letters, in the spelling that
`normalise.fold` gives in the usual orthography: a query is too short to tell an orthography of its own.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from twicetold.domain.fingerprint import unspaced
from twicetold.domain.fingerprint.mojibake import undone
from twicetold.domain.fingerprint.tokens import plain, split
from twicetold.domain.fingerprint.words import spelling

LEAD_WORDS = 128
"""Words from the start of a text: names, places and numbers of a news story stand in its first paragraphs."""
_LEAD_LETTERS = 10 * LEAD_WORDS
"""Code points that are cut into these."""
_TITLE_LETTERS = 500
_URL_LETTERS = 300
_LONGEST = 40
"""Code points of a word that are kept: what is longer is no word."""
_FEWEST_IN_PREFIX = 2
"""Letters of a last word that may go on, unless its script writes no blanks: one letter begins a tenth of all words."""
_SCHEMES = ("https://", "http://")


class QueryWords(NamedTuple):
    """Which stories are searched for: those with all words of `whole`, and with one that begins as `begun` does."""

    whole: tuple[str, ...]
    begun: str = ""


def searchable(*, title: str | None, url: str | None, text: str) -> tuple[str, ...]:
    """Give the words that a story is found by, sorted, each once: letters, digits, marks and underscores only."""
    lead = _words(text[:_LEAD_LETTERS])
    if len(text) > _LEAD_LETTERS:
        del lead[-1:]  # it may be half a word
    found = {*lead[:LEAD_WORDS], *_words((title or "")[:_TITLE_LETTERS]), *_words(_address(url or "")[:_URL_LETTERS])}
    return tuple(sorted(found))


def query_words(query: str) -> QueryWords:
    """Give the words of a query; its last may be the start of one. A query of signs alone has none."""
    found = _words(_address(query))
    if not found:
        return QueryWords(())
    last = found[-1]
    if len(last) < _FEWEST_IN_PREFIX and not unspaced.LETTER.match(last):
        return QueryWords(tuple(dict.fromkeys(found)))
    return QueryWords(tuple(dict.fromkeys(found[:-1])), last)


def _address(text: str) -> str:
    """A URL without its scheme, and as its readers would write it; anything else as it is."""
    for scheme in _SCHEMES:
        if text[: len(scheme)].lower() == scheme:
            return unquote(text[len(scheme) :])
    return text


def _words(text: str) -> list[str]:
    return [word for token in split(plain(undone(text))) if (word := search_word(token))]


@lru_cache(maxsize=1 << 16)
def search_word(token: str) -> str:
    """A token as it is searched for, in its one spelling; nothing of one without letters.

    Blanks between Hangul do not count, other signs become underscores.
    """
    letters = (letter for letter in spelling(token[:_LONGEST]) if letter != " ")
    word = "".join(letter if letter.isalnum() or unicodedata.category(letter)[0] == "M" else "_" for letter in letters)
    return word if word.strip("_") else ""
