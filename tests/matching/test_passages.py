import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from twicetold.domain.fingerprint.make import fingerprint, word_spans
from twicetold.domain.matching.passages import Seeded, align, offsets
from twicetold.domain.model import Passage

FEW_WORDS = st.lists(st.integers(0, 3), max_size=80).map(lambda w: np.array(w, dtype=np.uint32))


@given(a=FEW_WORDS, b=FEW_WORDS)
def test_passages_are_shared_and_do_not_overlap(a, b):
    seen_a, seen_b = set(), set()
    for passage in align(Seeded(a), Seeded(b)):
        run_a = range(passage.a_word, passage.a_word + passage.words)
        run_b = range(passage.b_word, passage.b_word + passage.words)
        assert a[run_a.start : run_a.stop].tolist() == b[run_b.start : run_b.stop].tolist()
        assert not seen_a & set(run_a)
        assert not seen_b & set(run_b)
        seen_a |= set(run_a)
        seen_b |= set(run_b)


@given(a=FEW_WORDS, b=FEW_WORDS)
def test_passages_seen_from_the_other_text_are_the_same(a, b):
    mirrored = [Passage(a_word=p.b_word, b_word=p.a_word, words=p.words) for p in align(Seeded(b), Seeded(a))]
    assert sorted(mirrored, key=lambda p: p.a_word) == align(Seeded(a), Seeded(b))


def test_of_runs_that_are_as_good_both_texts_choose_the_same():
    a, b = (
        np.array([int(word) for word in words], dtype=np.uint32)
        for words in ("00100001011000101010011100011000", "1000100001100010001111011000010001100111001100110")
    )
    mirrored = [Passage(a_word=p.b_word, b_word=p.a_word, words=p.words) for p in align(Seeded(b), Seeded(a))]
    assert sorted(mirrored, key=lambda p: p.a_word) == align(Seeded(a), Seeded(b))


@given(
    run=st.lists(st.integers(0, 2**32 - 1), min_size=20, max_size=60),
    before=st.lists(st.integers(0, 2**32 - 1), max_size=60),
    after=st.lists(st.integers(0, 2**32 - 1), max_size=60),
)
def test_a_shared_run_is_found_whole_wherever_it_stands(run, before, after):
    a, b = np.array(before + run, dtype=np.uint32), np.array(run + after, dtype=np.uint32)
    assert max(passage.words for passage in align(Seeded(a), Seeded(b))) >= len(run)


def test_texts_that_repeat_one_word_align_whole_at_bounded_cost():
    a, b = np.zeros(100_000, dtype=np.uint32), np.zeros(90_000, dtype=np.uint32)
    assert max(passage.words for passage in align(Seeded(a), Seeded(b))) == 90_000


def test_a_passage_maps_to_the_characters_of_both_texts_among_others():
    quote = "we shall mend the old bridge before the first snow falls"
    a, b = f"“{quote.capitalize()}”, she said.", f"Asked again — “{quote}”."
    of_a, of_b = fingerprint(a).words, fingerprint(b).words
    passages = align(Seeded(of_a), Seeded(of_b))
    spans_a, *others = word_spans([(text, fingerprint(text).words) for text in (a, "Nothing like it.", b, "")])
    nothing, ((a_start, a_end, b_start, b_end),), nothing_more = offsets([[], passages, []], spans_a, others)
    assert (nothing, nothing_more) == ([], [])
    assert a[a_start:a_end].lower() == b[b_start:b_end] == quote
