"""The quality gate: paragraphs in many languages that must go or must stay, with floors that only rise.

Each paragraph stands between plain ones of another subject, first with its language known, then unknown.
"""

from pathlib import Path

import pytest
from twicetold.domain.cleaning.clean import clean

CORPUS = Path(__file__).parent / "corpus"
BEFORE = "The council met on Monday evening to discuss the harbour wall and the cost of its repair."
AFTER = "Engineers told the meeting that the work would take eleven months and close the eastern quay."

KEEP_FLOOR = 1.0
DROP_FLOOR = 1.0
"""Shares of the corpus. A change may raise them; one that would lower them is not an improvement."""


def paragraphs(name: str) -> list[tuple[str, str]]:
    """(language, paragraph) of each line of a file, whose last column is the paragraph."""
    lines = (CORPUS / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return [(line.split("\t")[0], line.split("\t")[-1]) for line in lines]


def stands(paragraph: str, language: str | None) -> bool:
    """Whether all of a paragraph is left when a text that holds it is cleaned."""
    opening = [f"{BEFORE} {n}" for n in range(8)]
    return paragraph in clean("\n\n".join([*opening, paragraph, AFTER]), language=language).text


@pytest.mark.parametrize("known", [True, False], ids=["language known", "language unknown"])
def test_article_paragraphs_stay(known: bool) -> None:
    corpus = paragraphs("keep")
    lost = [text for language, text in corpus if not stands(text, language if known else None)]
    assert 1 - len(lost) / len(corpus) >= KEEP_FLOOR, lost


@pytest.mark.parametrize("known", [True, False], ids=["language known", "language unknown"])
def test_clutter_paragraphs_go(known: bool) -> None:
    corpus = paragraphs("drop")
    left = [text for language, text in corpus if stands(text, language if known else None)]
    assert 1 - len(left) / len(corpus) >= DROP_FLOOR, left


def test_the_corpus_is_large_and_varied_enough_to_mean_something() -> None:
    for name, floor in (("keep", 976), ("drop", 386)):
        corpus = paragraphs(name)
        assert len(corpus) >= floor
        assert len({language for language, _ in corpus}) >= 20
