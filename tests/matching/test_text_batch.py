from typing import NamedTuple

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from twicetold.domain.matching.text_batch import TextBatch, batches


class Text(NamedTuple):
    words: np.ndarray


TEXTS = st.lists(
    st.lists(st.integers(0, 2**32 - 1), max_size=9).map(lambda words: np.array(words, dtype=np.uint32)),
    min_size=1,
)


@given(TEXTS, st.integers(1, 6))
def test_a_run_is_inside_when_one_text_holds_all_its_words(texts, size):
    laid = TextBatch.of(texts)
    owners = [number for number, text in enumerate(texts) for _ in text]
    runs = [owners[start : start + size] for start in range(len(owners) - size + 1)]
    assert laid.inside(size).tolist() == [len(set(run)) == 1 for run in runs]


@given(TEXTS, st.integers(1, 6))
def test_an_array_of_runs_is_cut_into_those_inside_each_text(texts, size):
    laid = TextBatch.of(texts)
    places = np.arange(len(laid.words))
    parts = laid.parts(places, size=size)
    assert [len(part) for part in parts] == [max(0, len(text) - size + 1) for text in texts]
    assert [at for part in parts for at in part.tolist()] == laid.inside(size).nonzero()[0].tolist()
    owners = laid.owners(places).tolist()
    assert [owners[at] for part in parts for at in part] == [number for number, part in enumerate(parts) for _ in part]


def test_portions_hold_all_texts_in_order_and_few_words_unless_one_text_has_more():
    texts = [Text(np.zeros(words, dtype=np.uint32)) for words in (70_000, 20_000, 20_000, 10_000, 0, 200_000)]
    batched = batches(texts, beside=Text(np.zeros(10_000, dtype=np.uint32)))
    found = [[len(text.words) for text in batch] for batch in batched]
    assert found == [[70_000], [20_000, 20_000], [10_000, 0], [200_000]]
