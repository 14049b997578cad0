"""What people are shown of two texts that differ: sentences that came and went, and edited words."""

from hypothesis import given
from hypothesis import strategies as st
from twicetold.domain.matching.departures import SENTENCES, departure
from twicetold.domain.matching.word_diff import word_diff

texts = st.text(alphabet="ab 北京\n.", max_size=40)


@given(texts, texts)
def test_edits_hold_both_texts_in_order(a, b):
    edits = word_diff(a, b)
    assert "".join(edit.a for edit in edits) == a
    assert "".join(edit.b for edit in edits) == b
    assert all(edit.a.split() == edit.b.split() for edit in edits if edit.kept and not set(a + b) & set("北京"))


def test_one_word_that_changed_is_told_as_such():
    edits = word_diff("It cost 46 million euros.", "It cost 52 million euros.")
    assert [(edit.a, edit.b) for edit in edits if not edit.kept] == [("46 ", "52 ")]


def test_scripts_without_blanks_are_compared_letter_by_letter():
    edits = word_diff("新增三条快线", "新增四条快线")
    assert [(edit.a, edit.b) for edit in edits if not edit.kept] == [("三", "四")]


def test_long_stretches_are_not_compared_word_by_word():
    assert word_diff("a " * 300, "b " * 300) is None


def test_a_sentence_that_was_edited_is_neither_new_nor_left_out():
    found = departure(
        "The works cost 46 million. Nobody came.", "The works cost 52 million. Somebody sang.\nMore followed."
    )
    assert [[(edit.a, edit.b) for edit in edits if not edit.kept] for edits in found.edited] == [[("46 ", "52 ")]]
    assert list(found.own) == ["Somebody sang.", "More followed."]
    assert list(found.left_out) == ["Nobody came."]


def test_the_same_sentences_in_another_order_are_no_departure():
    found = departure("One came. Two went.", "Two went. One came.")
    assert (list(found.edited), list(found.own), list(found.left_out), found.more) == ([], [], [], 0)


def test_what_is_too_much_is_counted():
    found = departure("A b c.", "\n".join(f"Sentence {number} of many others." for number in range(20)))
    assert len(found.own) == SENTENCES
    assert found.more == 20 - SENTENCES
