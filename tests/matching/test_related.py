"""Stories of one event in other words, by the rare words that they share."""

from __future__ import annotations

from functools import partial

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from twicetold.domain.fingerprint.make import fingerprint
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.domain.fingerprint.terms import common_words, terms
from twicetold.domain.matching.rarity import NOTHING_COUNTED, counted, merged, rarity
from twicetold.domain.matching.related import TokenText, agreed_order, event_scores, shared_runs

from tests.usecases.stories import HARBOUR, ORCHARD, SATELLITE

COMMON = common_words("en", FingerprintParameters())
RETOLD = """\
Brackwater is to have a new harbour wall. Councillors of the town voted for it late on Tuesday, after hours of dispute
about a loan that some fear will outlive them.

January storms had opened a gap of forty metres, and no insurer has covered boats in the inner basin since. "We cannot
wait for another winter," said the harbour master. Work on the eastern quay begins next spring and lasts eleven months.
"""
words_of = st.lists(st.integers(0, 50), max_size=30).map(lambda each: np.array(each, dtype=np.uint32))


def tokens(text: str) -> TokenText:
    made = fingerprint(text)
    return TokenText(made.words, made.kinds)


def weigh(texts: list[str]):
    return partial(rarity, counts=counted(tokens(text).words for text in texts), common=COMMON)


def test_an_event_in_other_words_scores_above_other_events_even_in_an_empty_store() -> None:
    others = [tokens(text) for text in (ORCHARD, RETOLD, SATELLITE)]
    for known in ([], [HARBOUR, ORCHARD, RETOLD, SATELLITE]):
        scores = event_scores(tokens(HARBOUR), others, weigh(known))
        assert scores.argmax() == 1
        assert scores[1] > 0.8
        assert max(scores[0], scores[2]) < 0.2


def test_a_text_without_words_tells_no_event() -> None:
    assert event_scores(tokens(""), [tokens(HARBOUR)], weigh([])).tolist() == [0.0]
    assert event_scores(tokens(HARBOUR), [tokens(""), tokens("!")], weigh([])).tolist() == [0.0, 0.0]
    assert len(event_scores(tokens(HARBOUR), [], weigh([]))) == 0


def test_names_numbers_quotes_and_words_are_told_apart() -> None:
    asked, other = tokens(HARBOUR), tokens(RETOLD)
    runs = shared_runs(asked, other, weigh([])(asked.words))

    def told(spans):
        split = HARBOUR.replace("\n", " ").split()
        return [" ".join(split[start:end]).strip(',."') for start, end in spans]

    assert "Brackwater" in told(runs.names)
    assert {"forty", "eleven"} <= set(told(runs.numbers))
    assert told(runs.quotes) == ['We cannot wait for another winter," said the harbour master']
    assert "quay" in told(runs.words)
    assert "the" not in told(runs.words)


@given(st.lists(words_of), st.lists(words_of))
def test_counts_can_be_added(some: list, more: list) -> None:
    added, at_once = merged(counted(some), counted(more)), counted([*some, *more])
    assert added.stories == at_once.stories
    assert (added.words.tolist(), added.held.tolist()) == (at_once.words.tolist(), at_once.held.tolist())


@given(st.lists(words_of, max_size=8))
def test_what_more_stories_hold_is_less_rare(stories: list) -> None:
    counts = counted(stories)
    weights = rarity(counts.words, counts, COMMON)
    order = np.argsort(counts.held, kind="stable")
    assert (np.diff(weights[order]) <= 0).all()
    assert (weights >= 0).all()


def test_usual_words_of_a_language_are_known_before_any_story_came() -> None:
    found = terms(None, "The harbour", FingerprintParameters(), language="en-GB")
    weights = dict(zip(found.words, rarity(found.hashes, NOTHING_COUNTED, found.common).tolist(), strict=True))
    assert weights["the"] < 1.5 < 4 < weights["harbor"]
    assert len(common_words("xx", FingerprintParameters())) == 0


def test_terms_are_hashed_as_fingerprints_are() -> None:
    found = terms("Zürich", "Die Bürger stimmten über 2,5 Mio. ab", FingerprintParameters(), language="de")
    made = fingerprint("Zürich\n\nDie Bürger stimmten über 2,5 Mio. ab")
    assert "burger" in found.words
    assert len(set(found.hashes.tolist()) & set(made.words.tolist())) >= len(found.words) - 2  # but joined numbers


def test_an_encoder_decides_between_answers_that_are_about_as_likely():
    assert agreed_order(np.array([0.5, 0.45, 0.4]), np.float32([0.1, 0.1, 0.9])) == [2, 0, 1]
    assert agreed_order(np.array([0.99, 0.45, 0.02]), np.float32([0.1, 0.1, 0.9])) == [0, 1, 2]


def test_an_encoder_that_finds_all_alike_changes_nothing():
    assert agreed_order(np.array([1.0, 1.0, 0.3, 0.0]), np.float32([0.7] * 4)) == [0, 1, 2, 3]


def test_the_order_does_not_follow_from_the_scale_of_cosines():
    scores, cosines = np.array([0.9, 0.8, 0.7, 0.2]), np.float32([0.1, 0.3, 0.2, 0.9])
    assert agreed_order(scores, cosines) == agreed_order(scores, cosines / 10 + np.float32(0.8))
