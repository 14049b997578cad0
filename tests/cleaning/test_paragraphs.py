"""Words, as rules compare them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twicetold.domain.cleaning.paragraphs import WORD, lines, lower, words, words_each

LATIN = st.characters(max_codepoint=0x2FF) | st.sampled_from("‘’“”–—…•‹›€‰′")


TEXTS = st.text() | st.text(LATIN) | st.text(LATIN.flatmap(lambda one: st.sampled_from([one, "é", "x", "ª", "²"])))


@given(TEXTS)
def test_words_are_the_same_however_they_are_found(text: str) -> None:
    assert words(text) == WORD.findall(lower(text))


@given(st.lists(TEXTS).map("\n".join))
def test_the_words_of_blocks_are_the_same_found_together(text: str) -> None:
    blocks = lines(text)
    assert words_each(text, blocks) == [words(block.text) for block in blocks]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The mayor's 2 café-owners", ["the", "mayor", "s", "2", "café", "owners"]),
        ("“İzmir’den” 3–1", ["izmir", "den", "3", "1"]),
        ("市長は3人", ["市", "長", "は", "3", "人"]),
        ("नगर के मेयर", ["नगर", "के", "मेयर"]),
    ],
)
def test_a_word_is_a_run_of_letters_and_digits_or_one_letter_where_none_are_divided(
    text: str, found: list[str]
) -> None:
    assert words(text) == found
