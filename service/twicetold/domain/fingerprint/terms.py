"""Words of a story in both forms: as the index is searched for them, and as fingerprints hash them."""

from __future__ import annotations

from functools import lru_cache

import justext
import numpy as np
from msgspec import Struct

from twicetold.domain.fingerprint.make import codes, hashed_words
from twicetold.domain.fingerprint.mojibake import undone
from twicetold.domain.fingerprint.orthography import orthography
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.domain.fingerprint.searchable import search_word
from twicetold.domain.fingerprint.tokens import plain, split
from twicetold.domain.model import Words

_LETTERS = 10_000
"""Code points of a text from whose words some are chosen to search for."""
_COMMON = 500
"""Most usual words of a language that are known beforehand."""
_NAMES = {
    "af": "Afrikaans", "ar": "Arabic", "be": "Belarusian", "bg": "Bulgarian", "ca": "Catalan", "cs": "Czech",
    "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "et": "Estonian", "fa": "Persian",
    "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian",
    "id": "Indonesian", "it": "Italian", "ko": "Korean", "lt": "Lithuanian", "lv": "Latvian", "nl": "Dutch",
    "no": "Norwegian_Bokmal", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak",
    "sl": "Slovenian", "sq": "Albanian", "sr": "Serbian", "sv": "Swedish", "sw": "Swahili", "tr": "Turkish",
    "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese",
}  # fmt: skip
"""What jusText calls its lists of usual words, by language."""


class Terms(Struct, frozen=True, kw_only=True):
    """Words to search for, each with its hash as in `Fingerprint.words`.

    `common` has the hashes of the most usual words of the language, sorted; none where no list of them is known.
    """

    words: tuple[str, ...]
    hashes: Words
    common: Words


def terms(title: str | None, text: str, parameters: FingerprintParameters, *, language: str | None) -> Terms:
    """Give the words of a title and of the start of a text, each once. language: BCP 47; None if unknown."""
    told = undone(f"{title or ''}\n\n{text[:_LETTERS]}")
    code_of = codes(parameters, orthography(told))
    found = {}
    for token in split(plain(told)):
        code, word = code_of[token], search_word(token)
        if code and word:
            found[word] = int.from_bytes(code[4:], "little")
    return Terms(
        words=tuple(found),
        hashes=np.array(list(found.values()), dtype=np.uint32),
        common=common_words((language or "").partition("-")[0].lower(), parameters),
    )


@lru_cache(maxsize=32)
def common_words(language: str, parameters: FingerprintParameters) -> Words:
    """Give the hashes of the most usual words of a language, sorted; none of a language without a list.

    The lists are those of jusText (Pomikálek, 2011), which trafilatura works with.
    """
    name = _NAMES.get(language)
    if name not in justext.get_stoplists():
        return np.empty(0, np.uint32)
    listed = sorted(justext.get_stoplist(name), key=lambda word: (len(word), word))[:_COMMON]
    return np.unique(hashed_words("\n\n".join(listed), parameters, language=language))
