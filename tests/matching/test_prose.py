"""Real prose in eight languages, some in scripts without capitals: each relation, with and without numbers."""

from __future__ import annotations

import pytest
from twicetold.domain.fingerprint.make import fingerprint, hashed_words
from twicetold.domain.matching.decide import decide
from twicetold.domain.matching.text_features import TextFeatures
from twicetold.domain.model import Relation

from bench.prose import Prose, labelled_prose

PAIRS = {f"{pair.language} {pair.a.text[:12]} {pair.name}": pair for pair in labelled_prose()}
SAME = {Relation.EXACT, Relation.REPRINT, Relation.EXCERPT_OF, Relation.CONTAINS}


def relation(pair: Prose) -> Relation | None:
    a, b = (TextFeatures(fingerprint(told.text), hashed_words(told.title or "")) for told in (pair.a, pair.b))
    return decide(a, b, days=0.1).relation


def named(name: str) -> list[object]:
    return [pytest.param(pair, id=key) for key, pair in PAIRS.items() if pair.name == name]


@pytest.mark.parametrize("pair", named("text edited"))
def test_an_edited_copy_is_a_reprint(pair: Prose) -> None:
    assert relation(pair) is Relation.REPRINT


@pytest.mark.parametrize("pair", [*named("text cut"), *named("edited cut")])
def test_a_cut_copy_is_an_excerpt(pair: Prose) -> None:
    assert relation(pair) is Relation.CONTAINS


@pytest.mark.parametrize("pair", [*named("text later"), *named("edited later")])
def test_a_later_story_over_the_same_background_is_no_copy(pair: Prose) -> None:
    assert relation(pair) in {Relation.PASSAGE, None}


@pytest.mark.parametrize("pair", [*named("text other"), *named("rewrite other"), *named("later other")])
def test_another_story_of_the_event_is_nothing(pair: Prose) -> None:
    assert relation(pair) is None
