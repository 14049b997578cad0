"""The different words that the spellings unite, listed for review.

`python -m tests.fingerprint.test_united_words` writes the list anew; what is new in it is to be read.
"""

from collections import defaultdict
from pathlib import Path
from unicodedata import combining, normalize

import pytest
import wordfreq
from twicetold.domain.fingerprint.orthography import Orthography
from twicetold.domain.fingerprint.words import spelling

COMMONEST = 20_000
REVIEWED = Path(__file__).with_name("united_words.txt")
ORTHOGRAPHIES = {"de": Orthography.GERMAN, "tr": Orthography.TURKISH}


def united(language: str) -> list[str]:
    """Commonest words of a language that are one to us and differ in more than accents, a line for each group."""
    groups = defaultdict(list)
    for word in wordfreq.top_n_list(language, COMMONEST, wordlist="small"):
        if word.isalpha():
            groups[spelling(word, ORTHOGRAPHIES.get(language, Orthography.USUAL))].append(word)
    return sorted(" ".join([language, *words]) for words in groups.values() if len(set(map(bare, words))) > 1)


def bare(word: str) -> str:
    return "".join(letter for letter in normalize("NFKD", word.casefold()) if not combining(letter))


def reviewed() -> dict[str, list[str]]:
    groups = defaultdict(list)
    for line in REVIEWED.read_text("utf-8").splitlines():
        groups[line.partition(" ")[0]].append(line)
    return groups


@pytest.mark.parametrize("language", sorted(wordfreq.available_languages("small")))
def test_no_different_words_are_united_but_those_that_were_reviewed(language):
    assert united(language) == reviewed()[language]


if __name__ == "__main__":
    languages = sorted(wordfreq.available_languages("small"))
    REVIEWED.write_text("".join(f"{line}\n" for language in languages for line in united(language)), "utf-8")
