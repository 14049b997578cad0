"""Short sentences in which an outlet asks something of its readers: "Download our app", "Wir verwenden Cookies".

What decides is what kinds of words come together, in whatever language: somebody is asked or something is used, what
it is, and that it is the outlet's own. Advice in a story ("Download the app of the coast guard") lacks the last.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

FEWEST_LETTERS = 4
"""Beginnings of words are looked up by so many of their first letters; shorter ones must be whole words."""

OPENING_WORDS = 3
"""A request is among the first words, in languages with the verb at the end among the last of a short sentence."""
CLOSING_WORDS = 2
SHORT = 6


class Beginnings:
    """Beginnings of words, divided by blanks, to look words up in."""

    def __init__(self, written: str) -> None:
        self._whole: set[str] = set()
        self._longer: dict[str, list[str]] = defaultdict(list)
        for beginning in written.split():
            if len(beginning) < FEWEST_LETTERS:
                self._whole.add(beginning)
            else:
                self._longer[beginning[:FEWEST_LETTERS]].append(beginning)

    def begin(self, token: str) -> bool:
        """Whether one of them begins the word, or is the word if it is short."""
        return token in self._whole or any(map(token.startswith, self._longer.get(token[:FEWEST_LETTERS], ())))


class Invitation:
    """What is asked of readers, and about what."""

    def __init__(self, asks: str, things: str) -> None:
        self._asks = Beginnings(asks)
        self._things = Beginnings(things)

    def told(self, tokens: Sequence[str]) -> list[str]:
        """The words that name what is asked about."""
        return [token for token in tokens if self._things.begin(token)]

    def end(self, tokens: Sequence[str]) -> int | None:
        """How many words it takes until both were said, each by a word of its own; None if they are not."""
        last = range(max(OPENING_WORDS, len(tokens) - CLOSING_WORDS), len(tokens)) if len(tokens) <= SHORT else ()
        places = (*range(min(OPENING_WORDS, len(tokens))), *last)
        asked = next((place for place in places if self._asks.begin(tokens[place])), None)
        if asked is None:
            return None
        told = next((at for at, token in enumerate(tokens) if at != asked and self._things.begin(token)), None)
        return None if told is None else max(asked, told) + 1
