"""Cutting texts whose scripts write no blanks between words, or not always where others do.

Han, Kana, Thai, Lao, Khmer, Burmese and Hangul are cut into units (a character, or a letter with its vowel signs) and
each token is two neighbouring units: overlapping, so that any shared run shares its tokens wherever it starts, and
about as telling as a short word. A unit by itself is a token, and so is a number in Han, as one in digits is. Between
Hangul blanks do not count: where Korean puts them is the writer's choice as often as the rules'.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from twicetold.domain.fingerprint.numerals import HAN_NUMBER

_LEADING = "\u0e40-\u0e44\u0ec0-\u0ec4"  # Thai and Lao vowels written before their consonant
_TRAILING = "\u0e30\u0e32\u0e33\u0e45\u0eb0\u0eb2\u0eb3"  # and after it; Unicode calls them letters
_SIGNS = (
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"  # Thai
    "\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece"  # Lao
    # Burmese
    "\u102b-\u103e\u1056-\u1059\u105e-\u1060\u1062-\u1064\u1067-\u106d\u1071-\u1074\u1082-\u108d\u108f\u109a-\u109d"
    "\u17b4-\u17d1\u17d3\u17dd"  # Khmer
    "\u3099\u309a\uff9e\uff9f"  # Kana voicing
)
_LETTERS = (
    "\u0e01-\u0e2f\u0e46"
    "\u0e81-\u0eaf\u0ebd\u0ec6\u0edc-\u0edf"
    "\u1000-\u102a\u1050-\u1055\u105a-\u105d\u1061\u1065\u1066\u106e-\u1070\u1075-\u1081\u108e\uaa60-\uaa7a"
    "\u1780-\u17b3\u17d7"
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9d"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
)
_HANGUL = "\uac00-\ud7a3"
_JAMO = "\u1100-\u115f"  # syllables that are decomposed begin with one of these
_JAMO_NEXT = "\u1160-\u11ff"
_STACKING = "\u1039\u17d2"  # Burmese and Khmer signs that put the next letter below
_UNIT = f"(?:[{_LEADING}]?[{_LETTERS}](?:[{_SIGNS}{_TRAILING}]|[{_STACKING}][{_LETTERS}])*|[{_LEADING}{_TRAILING}])"
_UNITS = re.compile(_UNIT)
_SYLLABLE = f"(?:[{_HANGUL}]|[{_JAMO}][{_JAMO_NEXT}]*)"
_SYLLABLES = re.compile(_SYLLABLE)
_RUNS = re.compile(
    f"{HAN_NUMBER}|(?P<units>(?:(?!{HAN_NUMBER}){_UNIT})+)|(?P<syllables>{_SYLLABLE}(?:\\s*+{_SYLLABLE})*)"
    f"|[^\\s{_LEADING}{_LETTERS}{_TRAILING}{_HANGUL}{_JAMO}]+"
)
_WRITTEN = f"[{_LEADING}{_LETTERS}{_TRAILING}{_SIGNS}{_STACKING}]"
_JOINER = "\u2060"
_WRAP, _WRAP_CR = (re.compile(f"{feed}(?<={_WRITTEN}{feed})(?={_WRITTEN})") for feed in ("\n", "\r\n"))
LETTER = re.compile(f"[{_LEADING}{_LETTERS}{_TRAILING}{_HANGUL}{_JAMO}]")
"""A letter of these scripts."""
FIRST = 0x0E01
"""The first of their code points."""


def unwrap(text: str) -> str:
    """Put something invisible for single line breaks amid these scripts, which break lines between any two letters.

    An empty line or a blank beside the break stays: those part words in a text that is not wrapped, too.
    """
    if "\r" in text:
        text = _WRAP_CR.sub(_JOINER * 2, text)
    return _WRAP.sub(_JOINER, text)


def cut(blanked: str) -> Iterator[tuple[int, int]]:
    """Tell where each token starts and ends; words of other scripts between them are tokens as they are."""
    for run in _RUNS.finditer(blanked):
        if not run["units"] and not run["syllables"]:
            yield run.span()
            continue
        pattern = _UNITS if run["units"] else _SYLLABLES
        units = [unit.span() for unit in pattern.finditer(blanked, run.start(), run.end())]
        if len(units) == 1:
            yield units[0]
        for (start, _), (_, end) in pairwise(units):
            yield start, end
