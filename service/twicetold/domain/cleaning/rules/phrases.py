"""Where a phrase ends that is run together with a sentence: "Sign up for our newsletter Traffic will be sent"."""

from __future__ import annotations

import re

from twicetold.domain.cleaning.paragraphs import words
from twicetold.domain.cleaning.rules.reporting import addresses
from twicetold.domain.scripts import UNSPACED

FEWEST_WORDS = 8
"""What follows a phrase is a sentence of its own from so many words on; shorter endings belong to the phrase."""
SHORT_WORD = 4
"""A capital on so short a word, an article or preposition, is not that of a name, though another one may follow."""
WORD = re.compile(r"\S+")
MARKED = re.compile(r"[\w\s]{0,3}[.!?:…。！？]")
"""A phrase that some sign ends is not run together with what follows."""
PREDICATE = re.compile(r"[\uac00-\ud7af](?:요|오|다|기|자)$")
"""How a request ends in Korean, which has no capitals to tell the next sentence."""
REQUEST_WORDS = 3


def phrase_end(text: str, at: int, *, capital_nouns: bool = False) -> int:
    """Where what belongs to the phrase that ends at `at` ends in `text`, one sentence as far as full stops tell.

    It is the end of `text`, unless a sentence of some length follows that begins with a capital letter or, in scripts
    without capitals, where the phrase has ended. In a language with `capital_nouns` one word, as of a verb in two
    parts, may stand between, and only a short word begins a sentence.
    """
    rest = text[at:]
    if MARKED.match(rest) or len(words(rest)) < FEWEST_WORDS:
        return len(text)
    found = list(WORD.finditer(rest))
    following = found[1:] if rest[:1].isalnum() else found
    if UNSPACED.search(rest[:FEWEST_WORDS]):
        return at + following[0].start() if following and not rest[: following[0].start()].strip() else len(text)
    if rest.lower() == rest.upper():
        return at + _after_request(following)
    for place, word in enumerate(following[: 2 if capital_nouns else 1]):
        short = len(word[0]) <= SHORT_WORD and not addresses(word[0].lower() + ".", [word[0].lower()])
        after = following[place + 1][0] if place + 1 < len(following) else ""
        begins = word[0][:1].isupper() and (short or (after[:1].islower() and not capital_nouns))
        if begins and len(words(rest[word.start() :])) >= FEWEST_WORDS:
            return at + word.start()
    return len(text)


def _after_request(following: list[re.Match[str]]) -> int:
    """Where the first of the words begins that a request, which may still go on, leaves to the story."""
    for place, word in enumerate(following[:REQUEST_WORDS]):
        if PREDICATE.search(word[0].rstrip(".!")):
            return following[place + 1].start() if place + 1 < len(following) else word.end()
    return following[0].start()
