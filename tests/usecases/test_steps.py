from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twicetold.usecases.steps import Pair, steps

words = st.integers(0, 30)
pairs = st.lists(st.builds(Pair, st.integers(0, 4), st.integers(0, 9)), unique=True)


@given(pairs, st.lists(words, min_size=5, max_size=5), st.lists(words, min_size=10, max_size=10))
def test_steps_hold_all_pairs_in_order_within_the_bound(held: list[Pair], texts: list[int], sizes: list[int]):
    found = list(steps(held, texts, dict(enumerate(sizes)), most=50))
    assert [pair for step in found for pair in step.pairs] == held
    for step in found:
        texts_of, keys = {pair.text for pair in step.pairs}, {pair.key for pair in step.pairs}
        assert step.words == sum(texts[number] for number in texts_of) + sum(sizes[key] for key in keys)
        assert step.words <= 50 or len(step.pairs) == 1


def test_a_text_that_several_pairs_share_is_counted_once():
    (step,) = steps([Pair(0, 1), Pair(0, 2)], [10], {1: 20, 2: 20}, most=50)
    assert (step.words, step.keys) == (50, [1, 2])
