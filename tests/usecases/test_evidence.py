from __future__ import annotations

import pytest
from twicetold.usecases import evidence, find_matches, steps
from twicetold.usecases.evidence import PLACES, Room
from twicetold.usecases.results import MatchesAnswer, SharedPassage, TextSpan

from bench.generated_text import TextGenerator
from tests.usecases.conftest import House, story
from tests.usecases.stories import HARBOUR


def passage(text: str) -> SharedPassage:
    span = TextSpan(0, len(text))
    return SharedPassage(a=span, b=span, words=len(text.split()), text=text)


def matches(house: House, story_id: str) -> MatchesAnswer:
    return house.application.matching.matches(
        story_id, relations=(), threshold=None, explain=False, passages=True, after=None, limit=50
    )


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> int:
    """Room for the passages of one copy of the harbour story, and a little of the next."""
    room = len(HARBOUR.rstrip(".")) + 2 * PLACES + 40
    monkeypatch.setattr(evidence, "CHARACTERS", room)
    return room


def test_passages_go_into_an_answer_as_long_as_there_is_room(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(evidence, "CHARACTERS", 2 * PLACES + 12)
    room = Room()
    assert room.take([passage("ten words "), passage("of text")]) == (
        [passage("ten words "), SharedPassage(a=TextSpan(0, 7), b=TextSpan(0, 7), words=2, text="of")],
        False,
    )
    assert room.full
    assert room.take([passage("more")]) == ([], True)
    assert room.warnings == (evidence.LEFT_OUT,)


def test_what_goes_in_whole_gives_no_warning():
    room = Room()
    assert room.take([passage("a few words")]) == ([passage("a few words")], False)
    assert not room.warnings


def test_the_strongest_matches_have_their_passages_and_the_others_tell_that_there_are_more(house: House, narrow: int):
    for number in range(4):
        house.post(f"copy-{number}", HARBOUR, f"outlet-{number}.example")
    asked = house.post("asked", HARBOUR, "asked.example")
    first, second, *rest = asked.matches
    assert first.passages
    assert first.passages[0].text == HARBOUR.rstrip(".")
    assert second.passages
    assert second.passages[0].text == HARBOUR[:40]
    assert (second.passages[0].a.end, second.more_passages) == (len(HARBOUR) - 1, False)
    assert [(one.passages, one.more_passages) for one in rest] == [([], True)] * 2
    assert evidence.LEFT_OUT in asked.story.warnings
    stored = matches(house, "asked")
    assert stored.warnings == (evidence.LEFT_OUT,)
    offered = house.application.matching.match(story("x", HARBOUR), passages=True, explain=False)
    assert [one.more_passages for one in offered.matches] == [False, False, True, True, True]
    assert offered.warnings == (evidence.LEFT_OUT,)
    assert evidence.LEFT_OUT not in house.application.reports.story("asked").story.warnings


def test_each_story_of_a_batch_has_room_of_its_own(house: House, narrow: int):
    house.post("first", HARBOUR)
    answers = house.post_all([story(f"s{n}", HARBOUR, f"outlet-{n}.example") for n in range(3)])
    for answer in answers:
        assert answer.matches[0].passages  # type: ignore[union-attr]


def test_comparing_goes_on_behind_the_passages_that_were_given(house: House, monkeypatch: pytest.MonkeyPatch):
    writer = TextGenerator(seed=5)
    paragraphs = [writer.story(40).replace("\n\n", " ") for _ in range(6)]
    a, b = story("a", "\n\n".join(paragraphs)), story("b", "\n\n".join(reversed(paragraphs)))
    compare = house.application.matching.compare
    whole = compare(a, b)
    assert (len(whole.passages), whole.more_passages, whole.warnings) == (6, False, ())
    monkeypatch.setattr(evidence, "CHARACTERS", len(paragraphs[0]) + 2 * PLACES)
    given: list[SharedPassage] = []
    more = True
    while more:
        answer = compare(a, b, passages_after=len(given))
        assert answer.passages
        given += answer.passages
        more = answer.more_passages
        assert answer.warnings == (evidence.LEFT_OUT,) or not more
    assert [one.a for one in given] == [one.a for one in whole.passages]
    assert not compare(a, b, passages_after=6).passages


def test_what_is_found_does_not_depend_on_the_size_of_steps(house: House, monkeypatch: pytest.MonkeyPatch):
    writer = TextGenerator(seed=6)
    text = writer.story(200)
    for number in range(6):
        house.post(f"copy-{number}", f"{text}\n\n{writer.story(30)}", f"outlet-{number}.example")
    sent = story("x", text)
    whole = house.application.matching.match(sent, passages=True, explain=False)
    for module in (find_matches, evidence):
        monkeypatch.setattr(module, "steps", lambda pairs, texts, stored: steps.steps(pairs, texts, stored, most=300))
    in_parts = house.application.matching.match(sent, passages=True, explain=False)
    assert in_parts == whole
    assert len(whole.matches) == 6
