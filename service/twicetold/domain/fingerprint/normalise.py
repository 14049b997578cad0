"""One spelling for every way a word can be written."""

from __future__ import annotations

import unicodedata
from enum import Enum, auto

NORMALISER = 2
"""Version of everything that turns a text into tokens; a change here makes stored fingerprints incomparable."""

POINT = "\x01"
NUMBER_SIGNS = {
    **dict.fromkeys(".,٫٬．，", POINT),
    **dict.fromkeys(":：", "\x02"),
    **dict.fromkeys("/／", "\x03"),
    **dict.fromkeys("-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "\x04"),
}
"""What joins the digits of one number (1,000.5, 6-3/16, 09:31, 3–1), and what stands for it while a text is cut up."""

APOSTROPHES = "'`´ʹʻʼʽˈ‘’‛′＇"
"""Signs that join the parts of a word (company's, l’homme) and are dropped from it."""

_UNSEEN = (
    (0x00AD, 0x00AD),  # soft hyphen
    (0x061C, 0x061C),  # Arabic letter mark
    (0x180E, 0x180E),  # Mongolian vowel separator
    (0x200B, 0x200F),  # zero width space, joiners, direction marks
    (0x202A, 0x202E),  # embeddings and overrides of direction
    (0x2060, 0x206F),  # word joiner, invisible operators, isolates
    (0xFE00, 0xFE0F),  # variation selectors
    (0xFEFF, 0xFEFF),  # byte order mark
    (0xE0001, 0xE01EF),  # tags and more variation selectors
)
INVISIBLE = frozenset(chr(code) for first, last in _UNSEEN for code in range(first, last + 1))
"""Signs that neither show nor part words, such as those for hyphenation, direction and glyph variants."""

_FOLDED_SCRIPTS = (
    (0x0041, 0x024F),  # Latin
    (0x0370, 0x03FF),  # Greek
    (0x0400, 0x052F),  # Cyrillic
    (0x0590, 0x05FF),  # Hebrew
    (0x0600, 0x06FF),  # Arabic
    (0x0750, 0x077F),  # Arabic Supplement
    (0x0870, 0x08FF),  # Arabic Extended-B, -A
    (0x1E00, 0x1EFF),  # Latin Extended Additional
)
_NO_APOSTROPHES = str.maketrans("", "", APOSTROPHES)  # before NFKC, which makes a blank and an accent of ´
_LETTERS = str.maketrans(
    {
        **dict.fromkeys(APOSTROPHES),
        "ـ": None,  # tatweel
        "ٱ": "ا",  # alef wasla; the other alefs decompose
        "ى": "ي",  # alef maksura
        "ی": "ي",  # Persian and Urdu yeh
        "ک": "ك",  # Persian and Urdu kaf
        "ة": "ه",  # ta marbuta
        "ı": "i",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ł": "l",
        "ħ": "h",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        POINT: ".",
    }
)


def fold(token: str) -> str:
    """Give a token its one spelling: NFKC, case folded, digits ASCII, apostrophes and invisible signs dropped.

    Combining marks are dropped where readers treat them as optional (Latin, Greek, Cyrillic, Arabic, Hebrew) and kept
    where they are vowels (Devanagari, Thai, …). Arabic alef, ya and ta marbuta forms are unified and tatweel dropped
    (as in Larkey, Ballesteros and Connell, "Light stemming for Arabic information retrieval", 2007).
    """
    if token.isascii():
        return token.lower() if token.isalpha() else token.lower().replace("'", "").replace("`", "").replace(POINT, ".")
    compatible = unicodedata.normalize("NFKC", token.translate(_NO_APOSTROPHES)).casefold()
    decomposed = unicodedata.normalize("NFD", compatible)
    if decomposed == compatible and compatible.isalpha():
        return compatible.translate(_LETTERS)
    kept: list[str] = []
    optional = False
    for letter in decomposed:
        role = _ROLES[letter]
        if role is _MARK:
            if optional:
                continue
        elif role is _INVISIBLE:
            continue
        elif role is _DIGIT:
            kept.append(str(unicodedata.digit(letter)))
            continue
        else:
            optional = role is _BASE
        kept.append(letter)
    return unicodedata.normalize("NFC", "".join(kept)).translate(_LETTERS)


class _Role(Enum):
    """What a letter is to `fold`; BASE is one whose marks readers treat as optional."""

    MARK = auto()
    INVISIBLE = auto()
    DIGIT = auto()
    BASE = auto()
    OTHER = auto()


# Names of their own: until Python 3.12 it takes longer to look up a member than to do all else with a letter.
_MARK, _INVISIBLE, _DIGIT, _BASE, _OTHER = _Role.MARK, _Role.INVISIBLE, _Role.DIGIT, _Role.BASE, _Role.OTHER


class _Roles(dict[str, _Role]):
    """The role of each letter that was met; there are no more of them than code points."""

    def __missing__(self, letter: str) -> _Role:
        category = "Cf" if letter in INVISIBLE else unicodedata.category(letter)
        known = {"Mn": _MARK, "Cf": _INVISIBLE, "Nd": _DIGIT}.get(category)
        base = any(first <= ord(letter) <= last for first, last in _FOLDED_SCRIPTS)
        self[letter] = role = known or (_BASE if base else _OTHER)
        return role


_ROLES = _Roles()
