"""Whether words read like the names of people and places, and not like a sentence."""

from __future__ import annotations

import re

from twicetold.domain.cleaning.rules.sharebar import LINKERS

HEADLINE_END = re.compile(r"[.。।]['\"”»’)]*$")
"""How a sentence ends and a headline does not."""
NAME_LINK = LINKERS | frozenset(
    ["and", "und", "et", "y", "e", "i", "och", "og", "ja", "of", "for", "von", "van", "de", "der", "del", "the"]
)
"""Small words that link the parts of a name, or two names."""
_WORD = re.compile(r"[^\W_]\S*")
_CASELESS_NAMES = 40
_CASELESS_COMMA = re.compile(r"[،,。、؛]\s?\S+\s\S+\s\S+\s\S")


def reads_like_names(text: str) -> bool:
    """Whether nearly all words begin with a capital letter or link names, and no sentence ends here.

    In scripts without capital letters a few words without a comma pass for names.
    """
    named = _WORD.findall(text)
    if not named or len(named) > 16 or (HEADLINE_END.search(text) and len(named) > 5):
        return False
    if text.lower() == text.upper():
        return len(text) <= _CASELESS_NAMES and not _CASELESS_COMMA.search(text)
    small = sum(word[0].islower() and word.lower().strip(".") not in NAME_LINK and "." not in word for word in named)
    return bool(small * 4 <= len(named))
