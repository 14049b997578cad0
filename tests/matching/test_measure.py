from itertools import chain
from typing import NamedTuple

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from twicetold.domain.matching.decide import decide
from twicetold.domain.matching.measure import measure, measure_each, same_words
from twicetold.domain.matching.passages import Seeded, align
from twicetold.domain.matching.text_features import TextFeatures
from twicetold.domain.model import Measures


class Text(NamedTuple):
    words: np.ndarray
    kinds: np.ndarray
    digest: bytes


def text(words: list[int]) -> TextFeatures:
    array = np.array(words, dtype=np.uint32)
    return TextFeatures(Text(array, (array % 5 == 0).astype(np.uint8), array.tobytes()))


@st.composite
def pairs(draw):
    """Two texts of few different words that share a part."""
    word = st.integers(0, draw(st.sampled_from([3, 30, 2**32 - 1])))
    lists = [draw(st.lists(word, max_size=40)) for _ in range(3)]
    return text(lists[0] + lists[1]), text(lists[1] + lists[2])


@given(pairs())
def test_measures_are_plain_numbers_that_go_into_json(pair):
    assert msgspec.json.decode(msgspec.json.encode(measure(*pair)), type=Measures) == measure(*pair)


@st.composite
def families(draw):
    """A text and others that share pieces with it, some of them without names."""
    word = st.integers(0, draw(st.sampled_from([3, 30, 2**32 - 1])))
    pieces = draw(st.lists(st.lists(word, min_size=1, max_size=12), min_size=1, max_size=4))
    one = st.lists(st.sampled_from(pieces), max_size=5).map(lambda chosen: list(chain(*chosen)))
    kinds = st.sampled_from([(0, 1, 2), (0, 1)])
    return [named(words, draw(kinds)) for words in draw(st.lists(one, min_size=1, max_size=7))]


def named(words: list[int], kinds: tuple[int, ...]) -> TextFeatures:
    array = np.array(words, dtype=np.uint32)
    return TextFeatures(Text(array, np.array(kinds, dtype=np.uint8)[array % len(kinds)], array.tobytes()))


@given(families())
def test_a_text_measured_against_many_gives_what_it_gives_against_each_alone(family):
    a, *others = family
    assert measure_each(a, others) == [measure(a, other) for other in others]


def mirrored(found: Measures) -> Measures:
    return Measures(
        jaccard=found.jaccard,
        a_in_b=found.b_in_a,
        b_in_a=found.a_in_b,
        masked_jaccard=found.masked_jaccard,
        a_covered=found.b_covered,
        b_covered=found.a_covered,
        a_new=found.b_new,
        b_new=found.a_new,
        numbers=found.numbers,
        names=found.names,
        kept_numbers=found.kept_numbers,
        new_numbers=found.new_numbers,
        new_names=found.new_names,
        longest_run=found.longest_run,
        a_words=found.b_words,
        b_words=found.a_words,
    )


@given(pairs())
def test_measures_seen_from_the_other_text_are_mirrored(pair):
    a, b = pair
    assert measure(b, a) == mirrored(measure(a, b))


@given(pairs())
def test_the_relation_seen_from_the_other_text_is_the_inverse(pair):
    a, b = pair
    one, other = decide(a, b), decide(b, a)
    assert other.relation == (one.relation and one.relation.inverse)


@given(pairs())
def test_jaccard_and_containment_are_those_of_the_shingle_sets(pair):
    a, b = pair
    one, other = ({tuple(words[i : i + 3]) for i in range(len(words) - 2)} for words in (a.words, b.words))
    if not one or not other:
        return
    found = measure(a, b)
    assert found.jaccard == len(one & other) / len(one | other)
    assert found.a_in_b == len(one & other) / len(one)
    assert found.b_in_a == len(one & other) / len(other)


@given(pairs())
def test_the_longest_run_is_the_longest_aligned_passage(pair):
    a, b = pair
    found = measure(a, b).longest_run
    assert found == max((passage.words for passage in align(Seeded(a.words), Seeded(b.words), fewest=6)), default=0)


@given(st.lists(st.integers(0, 2**32 - 1), max_size=40))
def test_measures_of_the_same_words_need_no_comparison(words):
    assert same_words(text(words)) == measure(text(words), text(words)) or len(words) < 6


def test_every_share_lies_between_none_and_all_for_texts_without_words():
    found = measure(text([]), text([1, 2, 3]))
    assert (found.jaccard, found.a_covered, found.b_covered, found.longest_run) == (0, 0, 0, 0)
