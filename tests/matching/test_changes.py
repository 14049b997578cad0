from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from twicetold.domain.matching.changes import changes, sentences

TEXTS = st.text(st.sampled_from("ab .!?\n。"), max_size=40)


def test_a_corrected_sentence_goes_and_its_correction_comes():
    found = changes("It rained. Two cars sank. Nobody was hurt.", "It rained. Three cars sank. Nobody was hurt.")
    assert (found.added, found.removed) == (["Three cars sank."], ["Two cars sank."])


def test_a_sentence_that_moved_did_not_change():
    found = changes("It rained.\n\nTwo cars sank.", "Two cars sank. It rained.")
    assert (found.added, found.removed) == ([], [])


def test_a_sentence_told_twice_is_added_once():
    assert changes("It rained.", "It rained. It rained.").added == ["It rained."]


def test_sentences_of_scripts_without_spaces_are_told_apart():
    assert changes("雨が降った。車が沈んだ。", "雨が降った。船が沈んだ。").added == ["船が沈んだ。"]


def test_a_quote_keeps_its_closing_mark():
    assert sentences("“It rained.” She left.") == ["“It rained.”", "She left."]


@given(TEXTS, TEXTS)
def test_what_stayed_and_what_came_make_up_the_new_version(before: str, after: str):
    found = changes(before, after)
    stayed = Counter(sentences(before)) - Counter(found.removed)
    assert stayed + Counter(found.added) == Counter(sentences(after))


def test_a_text_of_nothing_but_full_stops_is_one_sentence():
    assert sentences("." * 300_000) == ["." * 300_000]
