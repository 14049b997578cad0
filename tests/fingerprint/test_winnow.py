import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from twicetold.domain.fingerprint.parameters import PASSAGE_WINDOW, SHORT_WINDOW
from twicetold.domain.fingerprint.shingles import grams, multipliers
from twicetold.domain.fingerprint.winnow import winnow

FACTORS = multipliers(b"any", 5)
HASHED = st.lists(st.integers(0, 2**32 - 1), max_size=80)


def keys(words: list[int], window: int = PASSAGE_WINDOW) -> set[int]:
    return set(winnow(grams(np.array(words, dtype=np.uint32), FACTORS), window).tolist())


@given(before=HASHED, after=HASHED, run=st.lists(st.integers(0, 9), min_size=20, max_size=40), other=HASHED)
def test_any_shared_run_of_twenty_words_shares_a_key(before, after, run, other):
    assert keys(before + run + after) & keys(other + run)


def test_a_key_is_kept_for_about_every_eighth_word():
    assert 50 < len(keys(list(np.random.RandomState(1).randint(0, 2**31, 540)))) < 80


def test_a_text_of_few_words_keeps_one_key():
    assert len(keys(list(range(12)))) == 1
    assert keys([1, 2, 3, 4]) == set()


@given(before=HASHED, after=HASHED, run=st.lists(st.integers(0, 9), min_size=8, max_size=12), other=HASHED)
def test_any_eight_words_that_short_texts_share_share_a_key(before, after, run, other):
    assert keys(before + run + after, SHORT_WINDOW) & keys(other + run, SHORT_WINDOW)


@given(run=st.lists(st.integers(0, 9), min_size=20, max_size=40), after=HASHED)
def test_twenty_words_that_a_short_text_shares_with_a_long_one_share_a_key(run, after):
    assert keys(run, SHORT_WINDOW) & keys(run + after)
