"""The words that stories are found by, and those of queries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twicetold.domain.fingerprint.searchable import LEAD_WORDS, QueryWords, query_words, searchable


def words(text: str) -> set[str]:
    return set(searchable(title=None, url=None, text=text))


def test_title_url_and_the_start_of_the_text_are_searched() -> None:
    found = searchable(
        title="Ferry reopens", url="https://www.post.example/2026/harbour-line.html?x=1", text="After repairs"
    )
    assert {"ferry", "reopens", "post", "harbor", "line", "after", "repairs"} <= {*found}
    assert "https" not in found


def test_only_the_first_words_of_a_text_are_searched() -> None:
    found = words(" ".join(f"w{number}" for number in range(10 * LEAD_WORDS)))
    assert len(found) == LEAD_WORDS
    assert "w0" in found


def test_a_word_that_is_cut_in_half_is_none() -> None:
    assert "unfinished" in words("x" * 1260 + " unfinished")
    assert not any(word.startswith("unfin") for word in words("x" * 1272 + " unfinished business"))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("北京", "在北京市长说"),
        ("北", "他在北京"),
        ("臺灣", "台湾总统"),
        ("Zü", "Zürich und Bern"),
        ("zurich", "ZÜRICH"),
        ("القاهره", "في القاهرة اليوم"),
        ("احمد", "قال أحمد"),
        ("मुख्यमंत्री", "राज्य के मुख्यमंत्री ने"),
        ("बन्द", "बाज़ार बंद रहे"),
        ("서울시장", "서울 시장이 말했다"),
        ("서울 시", "서울시장"),
        ("colour", "the color of money"),
        ("rock'n'roll", "rock’n’roll"),
        ("ภาษา", "เรียนภาษาไทย"),
        ("https://post.example/harbour", "post.example/harbour-line"),
    ],
)
def test_a_query_finds_words_however_they_are_written(query: str, text: str) -> None:
    asked, held = query_words(query), words(text)
    assert set(asked.whole) <= held
    assert any(word.startswith(asked.begun) for word in held)


def test_the_last_word_of_a_query_may_go_on_but_not_a_single_letter() -> None:
    assert query_words("Ferry rep") == QueryWords(("ferry",), "rep")
    assert query_words("plan b") == QueryWords(("plan", "b"))


def test_signs_are_no_words() -> None:
    assert query_words("!? — …") == QueryWords(())
    assert words("-- ! ++") == set()


@given(st.text(max_size=200))
def test_words_hold_letters_digits_marks_and_underscores_alone(text: str) -> None:
    asked = query_words(text)
    for word in (*words(text), *asked.whole, *filter(None, (asked.begun,))):
        assert word
        assert not set(word) & set(" \"'\\*:&|!()<>\0\n\t")
        assert word.encode()
