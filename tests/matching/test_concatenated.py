from typing import NamedTuple

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from service.domain.matching.concatenated import Concatenated, portions


class Text(NamedTuple):
    words: np.ndarray


TEXTS = st.lists(
    st.lists(st.integers(0, 2**32 - 1), max_size=9).map(lambda words: Text(np.array(words, dtype=np.uint32))),
    min_size=1,
)


@given(TEXTS, st.integers(1, 6))
def test_a_run_is_inside_when_one_text_holds_all_its_words(texts, size):
    laid = Concatenated.of(texts)
    owners = [number for number, text in enumerate(texts) for _ in text.words]
    runs = [owners[start : start + size] for start in range(len(owners) - size + 1)]
    assert laid.inside(size).tolist() == [len(set(run)) == 1 for run in runs]


@given(TEXTS, st.data())
def test_marks_are_counted_in_each_text(texts, data):
    laid = Concatenated.of(texts)
    length = data.draw(st.integers(max(0, len(laid.words) - 5), len(laid.words)))
    marks = np.array(data.draw(st.lists(st.booleans(), min_size=length, max_size=length)), dtype=np.bool_)
    counts = [0] * len(texts)
    for owner in laid.owners(marks.nonzero()[0]).tolist():
        counts[owner] += 1
    assert laid.count(marks).tolist() == counts


def test_portions_hold_all_texts_in_order_and_few_words_unless_one_text_has_more():
    texts = [Text(np.zeros(words, dtype=np.uint32)) for words in (70_000, 30_000, 30_000, 10_000, 0, 200_000)]
    found = [[len(text.words) for text in portion] for portion in portions(texts)]
    assert found == [[70_000], [30_000, 30_000], [10_000, 0], [200_000]]
