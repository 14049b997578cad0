"""How a text is written: what its letters stand for where its language or script decides that.

Told from the text alone, never from what its language is said to be, so that copies of one text are read alike.
"""

from __future__ import annotations

import re
from enum import Enum, auto


class Orthography(Enum):
    """A way to write that gives letters a reading of their own."""

    USUAL = auto()
    LATIN = auto()
    """Latin letters with some Cyrillic ones among them, as look-alikes or quoted."""
    GERMAN = auto()
    TURKISH = auto()
    SERBIAN = auto()
    UZBEK = auto()
    KAZAKH = auto()


_SERBIAN_ONLY = "јљњђћџ"
_TURKIC_ONLY = "қғҳ"
_UZBEK_ONLY = "ўҳ"
_KAZAKH_ONLY = "әіңұүө"
_TAJIK_ONLY = "ӣӯҷ"
_OWN_LETTERS = 100
"""One in so many code points at least is a letter of the orthography alone. Serbian has 6 in 100, Uzbek 5, Kazakh 15;
a Russian text that names a Serb or a Kazakh has fewer than one in 500."""

_GERMAN = "und der nicht für das ist mit auf dem sich wird zu eine"
_GERMAN_WORDS = tuple(f" {word} " for word in _GERMAN.split())
_GERMAN_EVIDENCE = 2
"""Different ones of these words, which no other language with umlauts shares more than one of."""


def orthography(text: str) -> Orthography:
    """Tell how a text is written; the time is linear in its length."""
    if text.isascii():
        return Orthography.USUAL
    if _any("оае", text):
        return _cyrillic(text)
    if _any("ğşŞĞ", text) and _any("ıİ", text):
        return Orthography.TURKISH
    return Orthography.GERMAN if _any("äöüÄÖÜ", text) and _german(text) else Orthography.USUAL


def _cyrillic(text: str) -> Orthography:
    if _count("nrtld", text) > _count("нитлдв", text):  # these have no look-alikes
        return Orthography.GERMAN if _german(text) else Orthography.LATIN
    lowered = text.lower()
    if _many(_SERBIAN_ONLY, lowered):
        return Orthography.SERBIAN
    if _many(_TURKIC_ONLY, lowered) and not _any(_TAJIK_ONLY, lowered):
        if _many(_KAZAKH_ONLY, lowered):
            return Orthography.KAZAKH
        if _many(_UZBEK_ONLY, lowered):
            return Orthography.UZBEK
    return Orthography.USUAL


def _german(text: str) -> bool:
    lowered = text.lower()
    return sum(word in lowered for word in _GERMAN_WORDS) >= _GERMAN_EVIDENCE


def _any(letters: str, text: str) -> bool:
    return any(letter in text for letter in letters)


def _count(letters: str, text: str) -> int:
    return sum(map(text.count, letters))


def _many(letters: str, text: str) -> bool:
    return _OWN_LETTERS * _count(letters, text) >= len(text)


_SERBIAN_LATIN = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "ђ": "đ", "е": "e", "ж": "ž", "з": "z", "и": "i", "ј": "j",
    "к": "k", "л": "l", "љ": "lj", "м": "m", "н": "n", "њ": "nj", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t",
    "ћ": "ć", "у": "u", "ф": "f", "х": "h", "ц": "c", "ч": "č", "џ": "dž", "ш": "š", "ѓ": "đ", "ќ": "ć", "ѕ": "dz",
}  # fmt: skip
"""Serbian (Gaj's alphabet), with what Macedonian has beside it."""

_UZBEK_LATIN = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "yo", "ж": "j", "з": "z", "и": "i", "й": "y",
    "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f",
    "х": "x", "ц": "ts", "ч": "ch", "ш": "sh", "ъ": "", "ь": "", "э": "e", "ю": "yu", "я": "ya", "ў": "o", "қ": "q",
    "ғ": "g", "ҳ": "h",
}  # fmt: skip
"""The law of 1995. Its o‘ and g‘ stand without their sign, as after `fold`."""
_UZBEK_VOWELS = frozenset("аеёиоуэюяў")

_KAZAKH_LATIN = {
    "а": "a", "ә": "ä", "б": "b", "в": "v", "г": "g", "ғ": "ğ", "д": "d", "е": "e", "ё": "io", "ж": "j", "з": "z",
    "и": "i", "й": "i", "к": "k", "қ": "q", "л": "l", "м": "m", "н": "n", "ң": "ñ", "о": "o", "ө": "ö", "п": "p",
    "р": "r", "с": "s", "т": "t", "у": "u", "ұ": "ū", "ү": "ü", "ф": "f", "х": "h", "һ": "h", "ц": "ts", "ч": "ch",
    "ш": "ş", "щ": "ştş", "ъ": "", "ы": "y", "і": "i", "ь": "", "э": "e", "ю": "iu", "я": "ia",
}  # fmt: skip
"""The alphabet of 2021."""

_GERMAN_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_TO_LATIN = {
    Orthography.SERBIAN: str.maketrans(_SERBIAN_LATIN),
    Orthography.UZBEK: str.maketrans(_UZBEK_LATIN),
    Orthography.KAZAKH: str.maketrans(_KAZAKH_LATIN),
}

_CYRILLIC_LIKE_LATIN = dict(zip("аеіјоԛрсѕуԝхһԁАВЕЅІЈКМНОРСТУХԚԜҺ", "aeijoqpcsywxhdABESIJKMHOPCTYXQWH", strict=True))
_GREEK_LIKE_LATIN = dict(zip("αινορτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aivoptuxABEZHIKMNOPTYX", strict=True))
"""Look-alikes of Unicode Technical Standard 39's confusables that a reader cannot tell in common type."""
_LIKE_LATIN = str.maketrans(_CYRILLIC_LIKE_LATIN | _GREEK_LIKE_LATIN)
_LIKE_CYRILLIC = str.maketrans({latin: cyrillic for cyrillic, latin in reversed(_CYRILLIC_LIKE_LATIN.items())})
_LIKE_GREEK = str.maketrans({latin: greek for greek, latin in _GREEK_LIKE_LATIN.items()})


_FOREIGN = re.compile("[Ͱ-ӿԁԛԝԚԜ]")
_LATIN = re.compile("[A-Za-z]")


def unmixed(token: str, writing: Orthography) -> str:
    """Give a token of several scripts in the script of its letters that have no look-alike; in Latin if all have one.

    In a text in Latin letters a whole word of look-alikes is one, too.
    """
    if _FOREIGN.search(token) is None:
        return token
    latin = _LATIN.search(token) is not None
    if not latin and writing is not Orthography.LATIN:
        return token
    read = token.translate(_LIKE_LATIN)
    if not any("Ͱ" <= letter <= "ӿ" for letter in read):
        return read
    if not latin:
        return token
    for table, first, last in ((_LIKE_CYRILLIC, "Ѐ", "ӿ"), (_LIKE_GREEK, "Ͱ", "Ͽ")):
        read = token.translate(table)
        if all(first <= letter <= last for letter in read if letter.isalpha()):
            return read
    return token


def latinised(folded: str, writing: Orthography) -> str:
    """Give a case-folded token in the letters that others write it with; those it has already stay."""
    if writing is Orthography.USUAL:
        return folded
    if writing is Orthography.GERMAN:
        return folded.translate(_GERMAN_LETTERS)
    if writing not in _TO_LATIN:
        return folded
    if writing is Orthography.UZBEK and "е" in folded:
        pairs = zip(" " + folded, folded, strict=False)
        folded = "".join("йе" if own == "е" and (before == " " or before in _UZBEK_VOWELS) else own
                         for before, own in pairs)  # fmt: skip
    return folded.translate(_TO_LATIN[writing])
