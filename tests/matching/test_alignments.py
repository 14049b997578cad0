"""One text against many at once gives what one against each gives."""

from itertools import chain

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from twicetold.domain.matching import text_batch
from twicetold.domain.matching.alignments import align_each
from twicetold.domain.matching.passages import Seeded, align


@st.composite
def families(draw):
    """A text and others that share pieces with it and with each other, of few different words or of many."""
    word = st.integers(0, draw(st.sampled_from([2, 40, 2**32 - 1])))
    pieces = draw(st.lists(st.lists(word, min_size=1, max_size=25), min_size=1, max_size=5))
    texts = st.lists(st.sampled_from(pieces), max_size=5).map(lambda chosen: list(chain(*chosen)))
    a, *others = draw(st.lists(texts, min_size=1, max_size=7))
    return seeded(a), [seeded(other) for other in others]


def seeded(words: list[int]) -> Seeded:
    return Seeded(np.array(words, dtype=np.uint32))


@given(families())
def test_a_text_shares_with_each_of_many_what_it_shares_with_that_one_alone(family):
    a, others = family
    assert align_each(a, others, fewest=6) == [align(a, other, fewest=6) for other in others]


@given(families())
def test_what_is_looked_at_in_portions_is_the_same(family):
    a, others = family
    whole = align_each(a, others)
    usual = text_batch._AT_ONCE
    try:
        text_batch._AT_ONCE = 10
        assert align_each(a, others) == whole
    finally:
        text_batch._AT_ONCE = usual


def test_passages_that_meet_in_a_few_words_do_not_overlap():
    one, joint, other = list(range(20)), list(range(50, 55)), list(range(60, 80))
    a, b = seeded([*one, *joint, 99, *joint, *other]), seeded([*one, *joint, *other])
    ((first, second),) = align_each(a, [b])
    assert first.b_word + first.words == second.b_word
    assert [first, second] == align(a, b)


def test_a_text_shares_nothing_with_none():
    assert align_each(seeded([1, 2, 3]), []) == []


def test_phrases_that_a_text_repeats_very_often_are_placed_as_for_one_alone():
    phrases = np.arange(70 * 12).reshape(70, 12)
    order = np.random.default_rng(1)
    copies = [phrase for _ in range(8) for phrase in order.permutation(phrases).tolist()]
    a = seeded([word for at, phrase in enumerate(copies) for word in (*phrase, 10_000 + at)])
    b = seeded([word for at, phrase in enumerate(phrases.tolist()) for word in (*phrase, 20_000 + at)])
    assert align_each(a, [b]) == [align(a, b)]


def test_of_very_many_runs_the_longest_are_kept():
    words = np.arange(520 * 9)
    other = np.where(words % 9 < 8, words, words + 100_000)
    a, b = seeded(words.tolist()), seeded(other.tolist())
    assert len(align_each(a, [b], fewest=8)[0]) == 512
