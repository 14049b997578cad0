"""Who else tells an event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest
from numpy.typing import NDArray
from twicetold.domain.errors import Invalid, NotFound
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.domain.model import Relation
from twicetold.sandbox.analyser import SandboxedAnalyser
from twicetold.sandbox.pool import PoolLimits
from twicetold.usecases import relate
from twicetold.usecases.export_related import exported_related
from twicetold.usecases.read_models import Position, StoryFilter
from twicetold.usecases.relate import RelatedQuery, Relating
from twicetold.usecases.report import stored_story

from tests.matching.test_related import RETOLD
from tests.store.samples import match
from tests.usecases.conftest import House, story
from tests.usecases.stories import HARBOUR, ORCHARD, SATELLITE

EVERYTHING = RelatedQuery(days=3, limit=20, min_score=0.0, source=None)
SURE = RelatedQuery(days=3, limit=20, min_score=0.5, source=None)


@pytest.fixture
def told(house: House) -> House:
    house.post("wall", HARBOUR, "alpha.example", language="en")
    house.post("retold", RETOLD, "beta.example", language="en")
    house.post("frost", ORCHARD, "gamma.example", language="en")
    house.post("craft", SATELLITE, "delta.example", language="en")
    return house


def ids(house: House, story_id: str, wanted: RelatedQuery = SURE) -> list[str]:
    return [found.story.story_id for found in house.application.relating.of_story(story_id, wanted)]


def test_each_report_of_an_event_finds_the_other_and_says_why(told: House) -> None:
    (found,) = told.application.relating.of_story("wall", SURE)
    assert (found.story.story_id, found.cluster_id, found.folded) == ("retold", None, 0)
    assert found.why.startswith("both name Brackwater")
    assert found.shared.quotes == ['We cannot wait for another winter," said the harbour master']
    assert ids(told, "retold") == ["wall"]
    assert ids(told, "craft") == []


def test_related_stories_are_never_matches(told: House) -> None:
    page = told.application.matching.matches(
        "wall", relations=(), threshold=None, explain=False, passages=False, after=None, limit=9
    )
    assert page.matches == []


def test_a_text_that_is_not_stored_finds_the_reports_of_its_event(told: House) -> None:
    found = told.application.relating.of_text(story("x", RETOLD, language="en"), SURE)
    assert {one.story.story_id for one in found} == {"wall", "retold"}


def test_members_of_a_cluster_are_one_entry_and_those_of_its_own_are_none(told: House) -> None:
    told.post("reprint", HARBOUR, "epsilon.example", language="en")
    (found,) = told.application.relating.of_story("retold", SURE)
    assert found.story.story_id in {"wall", "reprint"}
    assert (found.cluster_id is None, found.folded) == (False, 1)
    assert ids(told, "wall") == ["retold"]


def test_related_stories_are_bounded_by_time_source_score_and_number(told: House) -> None:
    before = told.clock() - timedelta(days=5)
    told.post("before", RETOLD.replace("dispute", "quarrel"), published_at=before, language="en")
    assert "before" not in ids(told, "wall", EVERYTHING)
    assert ids(told, "wall", RelatedQuery(days=3, limit=9, min_score=0.5, source="gamma.example")) == []
    assert ids(told, "wall", RelatedQuery(days=3, limit=1, min_score=0.0, source=None)) == ["retold"]
    assert ids(told, "wall", RelatedQuery(days=36_500, limit=1, min_score=0.5, source="beta.example")) == ["retold"]


class FakeEncoder:
    """Finds texts near that mention a word, and keeps what it was asked."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.asked: list[str] = []

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked = list(texts)
        return np.array([[1.0, 0.0], *([float(self.word in text), 0.0] for text in texts[1:])], np.float32)


def test_an_encoder_has_a_say_in_the_order_but_not_in_the_score(told: House) -> None:
    told.post(
        "third", RETOLD.replace("dispute", "quarrel") + " The tender closes in May.", "eta.example", language="en"
    )
    told.post("fourth", "Brackwater votes for its wall, and the harbour master is glad.", "zeta.example", language="en")
    without = told.application.relating.of_story("wall", EVERYTHING)
    last = without[-1].story.story_id
    encoder = FakeEncoder({"craft": SATELLITE, "frost": ORCHARD}[last][:200])
    found = Relating(told.store, told.application.preparation, told.clock, encoder).of_story("wall", EVERYTHING)
    assert {one.story.story_id: one.score for one in found} == {one.story.story_id: one.score for one in without}
    assert {one.story.story_id for one in found if one.encoder_cosine == 1} == {last}
    assert found[-1].story.story_id != last
    assert HARBOUR[:1000] in encoder.asked[0]


def test_an_encoder_does_not_bring_an_unlikely_story_before_a_sure_one(told: House) -> None:
    relating = Relating(told.store, told.application.preparation, told.clock, FakeEncoder(SATELLITE))
    assert relating.of_story("wall", EVERYTHING)[0].story.story_id == "retold"


def test_without_an_encoder_no_cosine_is_told(told: House) -> None:
    assert {one.encoder_cosine for one in told.application.relating.of_story("wall", EVERYTHING)} == {None}


def test_a_story_without_words_is_refused_and_an_unknown_one_not_found(told: House) -> None:
    told.post("empty", "!?")
    with pytest.raises(Invalid, match="no words"):
        ids(told, "empty")
    with pytest.raises(NotFound):
        ids(told, "nobody")


def test_children_find_the_terms_that_the_domain_does(told: House) -> None:
    with told.store.reading() as reading:
        stored = reading.story("wall")
    assert stored is not None
    analyser = SandboxedAnalyser(FingerprintParameters(), PoolLimits(), children=1)
    try:
        found, expected = analyser.terms_of(stored.story), told.analyser.terms_of(stored.story)
        assert found.words == expected.words
        assert found.hashes.tolist() == expected.hashes.tolist()
        assert found.common.tolist() == expected.common.tolist()
    finally:
        analyser.close()


def test_related_stories_are_exported_story_by_story_from_a_position_on(told: House) -> None:
    application, everything = told.application, StoryFilter()

    def pairs(after: Position | None = None) -> list[tuple[str, str]]:
        parts = exported_related(application.store, application.relating, everything, SURE, after)
        return [(row.story_id, row.other_id) for part in parts for row in part]

    assert pairs() == [("wall", "retold"), ("retold", "wall")]
    with application.store.reading() as reading:
        place = reading.story_place("wall")
    assert pairs(place) == [("retold", "wall")]


def test_what_was_cut_from_a_story_does_not_tell_it_in_other_words(told: House) -> None:
    told.post("cut", HARBOUR[: len(HARBOUR) // 2], "zeta.example", language="en")
    told.post("reprint", HARBOUR, "epsilon.example", language="en")
    assert ids(told, "wall") == ids(told, "cut") == ["retold"]


@pytest.mark.parametrize(("relation", "found"), [(Relation.REWRITE, ["retold"]), (Relation.EXCERPT_OF, [])])
def test_a_rewrite_tells_a_story_in_other_words_and_a_part_of_it_does_not(
    told: House, relation: Relation, found: list[str]
) -> None:
    store = told.application.store
    with store.reading() as reading:
        keys = [stored_story(reading, name).key for name in ("wall", "retold")]
    store.record(lambda recording: recording.save([match(*keys, relation=relation)]))
    assert ids(told, "wall") == found


def test_a_story_that_many_reprint_finds_the_other_reports_all_the_same(
    told: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relate, "POOL", 2)
    for number in range(4):
        told.post(f"reprint {number}", HARBOUR, f"paper{number}.example", language="en")
    assert ids(told, "wall") == ["retold"]
