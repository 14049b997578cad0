from __future__ import annotations

import pytest
from twicetold.domain.errors import NotFound
from twicetold.domain.model import Relation
from twicetold.usecases.compare import OneVersion

from bench.generated_text import TextGenerator
from tests.usecases.conftest import House, story
from tests.usecases.stories import HARBOUR, ORCHARD, SATELLITE, excerpt, reprint_with_clutter


def test_match_tells_what_a_submission_would_match_and_stores_nothing(house: House):
    house.post("a", HARBOUR)
    answer = house.application.matching.match(story("b", HARBOUR, "beta.example"), passages=True, explain=False)
    assert [(one.matched.story_id, one.matched.match.relation) for one in answer.matches] == [("a", Relation.EXACT)]
    assert house.store.stats().stories == 1


def test_passages_of_an_offered_text_are_told_where_they_stand_in_it(house: House):
    house.post("a", HARBOUR)
    given = f"Share Facebook Twitter Whatsapp E-Mail Print\n\n{HARBOUR}"
    (found,) = house.application.matching.match(story("", given), passages=True, explain=False).matches
    assert found.passages
    for passage in found.passages:
        assert given[passage.a.start : passage.a.end] == passage.text == HARBOUR[passage.b.start : passage.b.end]


def test_matches_of_a_story_include_those_that_came_later(house: House):
    house.post("a", HARBOUR)
    house.post("b", HARBOUR, "beta.example")
    answer = house.application.matching.matches(
        "a", relations=(), threshold=None, explain=False, passages=False, after=None, limit=10
    )
    assert ([one.matched.story_id for one in answer.matches], answer.total) == (["b"], 1)


def test_words_that_a_source_prints_within_story_after_story_are_no_passage(house: House):
    writer = TextGenerator(seed=9)
    furniture = writer.story(30).replace("\n", " ")
    for number in range(6):
        assert house.post(f"s{number}", f"{writer.story(80)} {furniture}").total == number
        house.clock.advance(days=1)
    house.application.settling.all()
    last = f"{writer.story(80)} {furniture}"
    offered = house.application.matching.match(story("last", last), passages=False, explain=False)
    assert (offered.matches, house.post("last", last).matches) == ([], [])
    assert not house.post("elsewhere", f"{writer.story(80)} {furniture}", "beta.example").matches
    explained = house.application.matching.matches(
        "s0", relations=(), threshold=None, explain=True, passages=False, after=None, limit=10
    )
    assert (explained.total, "repeated by their source" in (explained.near or [])[0].why) == (0, True)


def test_words_that_were_a_sources_own_are_a_passage_again_once_too_few_stories_hold_them(house: House):
    writer = TextGenerator(seed=9)
    furniture = writer.story(30).replace("\n", " ")
    for number in range(4):
        house.post(f"s{number}", f"{writer.story(80)} {furniture}")
        house.clock.advance(days=1)
    house.application.settling.all()
    assert told(house, "s0") == set()
    house.application.forgetting.delete("s3")
    house.application.settling.all()
    assert told(house, "s0") == {"s1", "s2"}


def told(house: House, story_id: str) -> set[str]:
    """The ids of a story's matches."""
    found = house.application.matching.matches(
        story_id, relations=(), threshold=None, explain=False, passages=False, after=None, limit=100
    )
    return {one.matched.story_id for one in found.matches}


def test_matches_can_be_limited_to_relations(house: House):
    house.post("a", HARBOUR)
    house.post("b", HARBOUR, "beta.example")
    house.post("c", excerpt(), "gamma.example")
    answer = house.application.matching.matches(
        "a", relations=(Relation.CONTAINS,), threshold=None, explain=False, passages=False, after=None, limit=10
    )
    assert [one.matched.story_id for one in answer.matches] == ["c"]


def test_an_explanation_names_close_stories_that_are_no_match(house: House):
    shared = " ".join(HARBOUR.split()[:17])
    house.post("a", HARBOUR)
    house.post("b", f"{SATELLITE}\n\n{shared} and nothing else of it.", "beta.example")
    answer = house.application.matching.matches(
        "b", relations=(), threshold=None, explain=True, passages=False, after=None, limit=10
    )
    assert answer.near is not None
    assert all(miss.why for miss in answer.near)


def test_comparing_shows_the_words_two_texts_share(house: House):
    answer = house.application.matching.compare(story("a", HARBOUR), story("b", excerpt()))
    assert (answer.relation, answer.b_in_a) == (Relation.CONTAINS, 1.0)
    for passage in answer.passages:
        assert HARBOUR[passage.a.start : passage.a.end] == excerpt()[passage.b.start : passage.b.end]


def test_passages_of_a_given_text_are_told_where_they_stand_in_that_text(house: House):
    given = reprint_with_clutter()
    answer = house.application.matching.compare(story("a", given), story("b", HARBOUR))
    assert answer.passages
    assert all(given[passage.a.start : passage.a.end] == passage.text for passage in answer.passages)


def test_unrelated_texts_compare_as_unrelated(house: House):
    answer = house.application.matching.compare(story("a", ORCHARD), story("b", SATELLITE))
    assert answer.relation is None
    assert answer.jaccard < 0.05


def test_comparing_with_a_deleted_story_names_the_side(house: House):
    house.post("a", HARBOUR)
    house.application.forgetting.delete("a")
    with pytest.raises(NotFound) as caught:
        house.application.matching.compare(story("x", ORCHARD), "a")
    assert caught.value.field == "b.story_id"


@pytest.mark.parametrize(
    ("a", "b", "why"),
    [
        (" … ", ORCHARD, "a has no words left after cleaning"),
        (ORCHARD, "", "b has no words left after cleaning"),
        ("", " … ", "a and b have no words left after cleaning"),
    ],
)
def test_a_text_without_words_shares_nothing_with_another(house: House, a: str, b: str, why: str):
    found = house.application.matching.compare(story("x", a), story("y", b))
    assert (found.relation, found.jaccard, found.passages, found.why) == (None, 0, [], why)


def test_comparing_two_stored_stories_tells_what_their_match_tells(house: House):
    house.post("a", HARBOUR, url="https://alpha.example/1")
    changed = HARBOUR.replace("Tuesday", "Wednesday").replace("eleven", "twelve")
    (found,) = house.post("b", changed, url="https://alpha.example/1").matches
    compared = house.application.matching.compare("b", "a")
    assert (compared.relation, compared.why) == (found.matched.match.relation, found.matched.match.why)
    assert compared.relation is Relation.VERSION


def test_versions_of_a_story_are_compared_with_their_own_texts(house: House):
    house.post("a", HARBOUR)
    house.post("a", ORCHARD)
    compare = house.application.matching.compare
    assert compare(OneVersion("a", 1), story("x", HARBOUR)).relation is Relation.EXACT
    assert compare(OneVersion("a", 1), OneVersion("a", 2)).relation is None
    with pytest.raises(NotFound, match="no version 3") as refused:
        compare("a", OneVersion("a", 3))
    assert refused.value.field == "b.version"
