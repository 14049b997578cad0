"""Cutting a text into tokens, and finding them again in it.

Where words are written apart a token is a word or a number. Han, Kana, Thai, Lao, Khmer and Burmese are cut into units
(a character, or a letter with its vowel signs) and each token is two neighbouring units: overlapping, so that any
shared run shares its tokens wherever it starts, and about as telling as a short word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from service.domain.fingerprint.normalise import APOSTROPHES, NUMBER_SIGNS

_JOINING = frozenset(APOSTROPHES) | frozenset(NUMBER_SIGNS.values())
_IN_NUMBER = re.compile(rf"(\d)([{''.join(map(re.escape, NUMBER_SIGNS))}])(?=\d)")
_BLANKS = 64
"""Up to so many different separators are replaced one by one, which is faster than a translation of all."""

_LEADING = "\u0e40-\u0e44\u0ec0-\u0ec4"  # Thai and Lao vowels written before their consonant
_TRAILING = "\u0e30\u0e32\u0e33\u0e45\u0eb0\u0eb2\u0eb3"  # and after it; Unicode calls them letters
_SIGNS = (
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"  # Thai
    "\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece"  # Lao
    # Burmese
    "\u102b-\u103e\u1056-\u1059\u105e-\u1060\u1062-\u1064\u1067-\u106d\u1071-\u1074\u1082-\u108d\u108f\u109a-\u109d"
    "\u17b4-\u17d1\u17d3\u17dd"  # Khmer
    "\u3099\u309a\uff9e\uff9f"  # Kana voicing
    "\u200b-\u200d\u2060\ufe00-\ufe0f"
)
_LETTERS = (
    "\u0e01-\u0e2f\u0e46"
    "\u0e81-\u0eaf\u0ebd\u0ec6\u0edc-\u0edf"
    "\u1000-\u102a\u1050-\u1055\u105a-\u105d\u1061\u1065\u1066\u106e-\u1070\u1075-\u1081\u108e\uaa60-\uaa7a"
    "\u1780-\u17b3\u17d7"
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9d"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
)
_UNIT = f"(?:[{_LEADING}]?[{_LETTERS}](?:[{_SIGNS}{_TRAILING}]|[\u1039\u17d2][{_LETTERS}])*|[{_LEADING}{_TRAILING}])"
_UNITS = re.compile(_UNIT)
_RUNS = re.compile(f"(?:{_UNIT})+|[^\\s{_LEADING}{_LETTERS}{_TRAILING}]+")
_UNSPACED = re.compile(f"[{_LEADING}{_LETTERS}{_TRAILING}]")


def plain(text: str) -> str:
    """Blank everything between words; the result is as long as `text`, code point for code point."""
    text = _IN_NUMBER.sub(lambda found: found[1] + NUMBER_SIGNS[found[2]], text)
    if text.isascii():
        return text.translate(_ASCII_BLANKS)
    separators = [sign for sign in set(text) if _CLASSES[sign]]
    if len(separators) > _BLANKS:
        return text.translate({ord(sign): " " for sign in separators})
    for sign in separators:
        text = text.replace(sign, " ")
    return text


def split(blanked: str) -> list[str]:
    """List the tokens of a text made `plain`, in order."""
    if blanked.isascii() or not _UNSPACED.search(blanked):
        return blanked.split()
    return [blanked[start:end] for start, end in spans(blanked)]


def spans(blanked: str) -> Iterator[tuple[int, int]]:
    """Tell where each token of `split` stands: code point offsets `[start, end)`."""
    for run in _RUNS.finditer(blanked):
        if not _UNSPACED.match(blanked, run.start()):
            yield run.span()
            continue
        previous: tuple[int, int] | None = None
        for unit in _UNITS.finditer(blanked, run.start(), run.end()):
            if previous:
                yield previous[0], unit.end()
            previous = unit.span()
        if previous:
            yield previous


class _Separators(dict[str, bool]):
    """Whether a character stands between words, learned as characters are met."""

    def __missing__(self, sign: str) -> bool:
        """Judge by Unicode category: letters, digits, marks and invisible joiners belong to words."""
        inside = sign.isalnum() or sign in _JOINING or unicodedata.category(sign) in {"Mn", "Mc", "Me", "Cf", "Sk"}
        self[sign] = not inside
        return not inside


_CLASSES = _Separators()
_ASCII_BLANKS = {code: " " for code in range(128) if _CLASSES[chr(code)]}
