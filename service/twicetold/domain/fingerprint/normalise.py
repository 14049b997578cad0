"""One spelling for every way a word can be written."""

from __future__ import annotations

import re
import unicodedata
from enum import Enum, auto
from importlib import resources

from twicetold.domain.fingerprint.orthography import Orthography, latinised, unmixed
from twicetold.domain.fingerprint.written_numbers import DASH, JOIN, SLASH

NORMALISER = 3
"""Version of everything that turns a text into tokens; a change here makes stored fingerprints incomparable."""

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


def _pairs(name: str) -> list[str]:
    lines = (resources.files(__name__.rpartition(".")[0]) / "data" / name).read_text("utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


_NO_APOSTROPHES = str.maketrans("", "", APOSTROPHES)  # before NFKC, which makes a blank and an accent of ´
_LETTERS = str.maketrans(
    {
        **dict.fromkeys((*APOSTROPHES, JOIN)),
        "ـ": None,  # tatweel
        "ٱ": "ا",  # alef wasla; the other alefs decompose
        "ى": "ي",  # alef maksura
        "ی": "ي",  # Persian and Urdu yeh
        "ک": "ك",  # Persian and Urdu kaf
        "ة": "ه",  # ta marbuta
        "ۃ": "ه",  # Urdu ta marbuta
        "ہ": "ه",  # Urdu heh goal; with a hamza it decomposes
        "ە": "ه",  # heh without a joint, for heh with a hamza
        "ı": "i",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ł": "l",
        "ħ": "h",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "\u093c": None,  # nukta, which Hindi leaves out as often as not
        "ँ": "ं",  # candrabindu for anusvara
        **{line[0]: line[1] for line in _pairs("han_simplified.txt")},
    }
)
_SPELLINGS = dict(line.split() for line in _pairs("spellings_en.txt"))
"""American for British spellings."""
_VULGAR = {
    ord(sign): DASH + "".join(SLASH if letter == "\u2044" else letter for letter in unicodedata.normalize("NFKC", sign))
    for sign in "¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
}
_VULGAR_SIGN = re.compile("[¼-¾⅐-⅞]")
_NASAL = re.compile("ङ्(?=[क-घ])|ञ्(?=[च-झ])|ण्(?=[ट-ढ])|न्(?=[क-घच-झट-ढत-ध])|म्(?=[प-भ])")
"""Nasals that Hindi writes as anusvara, too: बन्द, बंद."""
_HAMZA = re.compile("(?<=[ؠ-ۓ])ء(?=[ؠ-ۓ])")
"""A hamza within a word, as old keyboards have it in place of one on its seat."""


def fold(token: str, orthography: Orthography = Orthography.USUAL) -> str:
    """Give a token its one spelling: NFKC, case folded, digits ASCII, apostrophes and invisible signs dropped.

    Combining marks are dropped where readers treat them as optional (Latin, Greek, Cyrillic, Arabic, Hebrew) and kept
    where they are vowels (Devanagari, Thai, …). Arabic alef, ya, heh and hamza forms are unified and tatweel dropped
    (as in Larkey, Ballesteros and Connell, "Light stemming for Arabic information retrieval", 2007). Han are
    simplified, British spellings made American, letters of the orthography put as others write them, and letters of
    another script that look like the word's own taken for those.
    """
    if token.isascii():
        lowered = token.lower()
        if not token.isalpha():
            lowered = lowered.replace("'", "").replace("`", "").replace(JOIN, "")
        return _SPELLINGS.get(lowered, lowered)
    token = unmixed(token.translate(_NO_APOSTROPHES), orthography)
    if _VULGAR_SIGN.search(token):
        token = token.translate(_VULGAR).lstrip(DASH)
    compatible = latinised(unicodedata.normalize("NFKC", token).casefold(), orthography)
    decomposed = unicodedata.normalize("NFD", compatible)
    if decomposed == compatible and compatible.isalpha():
        return _respelled(compatible)
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
    return _respelled(unicodedata.normalize("NFC", "".join(kept)))


def _respelled(folded: str) -> str:
    unified = folded.translate(_LETTERS)
    if unified.isascii():
        return _SPELLINGS.get(unified, unified)
    if "\u094d" in unified:
        return _NASAL.sub("ं", unified)
    return _HAMZA.sub("ي", unified) if "ء" in unified else unified


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
