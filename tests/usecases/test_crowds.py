"""One story told by more sources than are looked at together."""

from __future__ import annotations

from datetime import timedelta

from twicetold.domain.model import Relation
from twicetold.usecases.results import SubmitAnswer

from bench.generated_text import TextGenerator
from tests.usecases.conftest import House, story
from tests.usecases.stories import HARBOUR, ORCHARD, SATELLITE

MANY = 90


def edited(number: int, text: str = HARBOUR) -> str:
    """A story with two of its words replaced, in each copy others."""
    words = text.split(" ")
    for place in (3 * number, 3 * number + 61):
        words[place % len(words)] = f"edit{number}"
    return " ".join(words)


def crowd(house: House, first: int = 0) -> None:
    """Submit many edited copies as one chunk, the latest published first."""
    published = [house.clock.now - timedelta(hours=number) for number in range(MANY)]
    house.post_all([
        story(f"s{number}", edited(number), f"outlet-{number}.example", published_at=published[number])
        for number in range(first, first + MANY)
    ])  # fmt: skip


def test_many_copies_in_one_chunk_found_one_cluster(house: House):
    crowd(house)
    cluster = house.post(f"s{MANY - 1}", edited(MANY - 1)).cluster
    assert cluster is not None
    assert (cluster.size, cluster.canonical_id) == (MANY, f"s{MANY - 1}")


def test_one_more_copy_joins_a_crowd_and_is_told_the_canonical_and_few_others(house: House):
    crowd(house)
    house.post("new", edited(200), "new.example")
    answer = house.post("new", edited(200), "new.example")
    assert answer.cluster is not None
    assert answer.cluster.size == MANY + 1
    assert f"s{MANY - 1}" in {one.matched.story_id for one in answer.matches}
    assert answer.total < MANY / 3


def test_a_text_that_is_only_asked_about_is_held_against_all_of_a_crowd(house: House):
    crowd(house)
    text = edited(40).replace("edit40", "edit201", 1)
    answer = house.application.matching.match(story("asked", text, "new.example"), passages=False, explain=False)
    told = {one.matched.story_id for one in answer.matches}
    assert f"s{MANY - 1}" in told
    assert "s40" in told
    assert answer.total < MANY / 3


def test_of_a_crowd_the_story_under_the_same_url_is_told_too(house: House):
    crowd(house)
    house.post("old", edited(300), "mine.example", url="https://mine.example/a")
    answer = house.post("again", edited(40), "mine.example", url="https://mine.example/a")
    relations = {one.matched.story_id: one.matched.match.relation for one in answer.matches}
    assert relations.items() >= {"s40": Relation.EXACT, "old": Relation.VERSION}.items()


def test_a_canonical_story_that_changes_is_told_of_others_in_its_crowd(house: House):
    crowd(house)
    last = MANY - 1
    answer = house.post(f"s{last}", edited(40).replace("edit40", "edit201", 1), f"outlet-{last}.example")
    assert answer.total >= 2


def test_the_first_stories_of_two_crowds_and_one_beside_them_are_told(house: House):
    crowd(house)
    house.post_all([story(f"o{number}", edited(number, ORCHARD), f"paper-{number}.example") for number in range(MANY)])
    beside = f"{SATELLITE}\n\n{TextGenerator(seed=5).story(80)}"
    house.post("beside", beside, "beside.example")
    answer = house.post("all", f"{beside}\n\n{edited(3)}\n\n{edited(3, ORCHARD)}", "all.example")
    assert {f"s{MANY - 1}", "o0", "beside"} <= {one.matched.story_id for one in answer.matches}


def test_an_earlier_copy_that_comes_late_takes_over_a_crowd(house: House):
    crowd(house)
    answer = house.post("first", edited(200), "new.example", published_at=house.clock.now - timedelta(days=9))
    assert answer.cluster is not None
    assert answer.cluster.canonical_id == "first"


def test_a_new_version_of_a_story_stays_in_its_crowd(house: House):
    crowd(house)
    answer = house.post("s5", edited(5) + " This report was updated at the end of the day.", "outlet-5.example")
    assert answer.cluster is not None
    assert answer.cluster.size == MANY


def test_a_story_that_changes_into_another_leaves_its_crowd(house: House):
    crowd(house)
    assert house.post("s5", ORCHARD).cluster is None
    cluster = house.post("s6", edited(6)).cluster
    assert cluster is not None
    assert cluster.size == MANY - 1


def test_a_story_outside_a_crowd_is_found_beside_it(house: House):
    crowd(house)
    quote = " ".join(HARBOUR.split()[61:101])
    house.post("quote", f"{ORCHARD}\n\n{quote}", "quoting.example")
    answer = house.post("full", f"{ORCHARD}\n\n{HARBOUR}", "full.example")
    assert "quote" in {one.matched.story_id for one in answer.matches}


def test_a_crowd_stays_one_cluster_in_whatever_chunks_it_comes(house: House):
    for number in range(MANY):
        answer = house.post(f"s{number}", edited(number), f"outlet-{number}.example")
    assert isinstance(answer, SubmitAnswer)
    assert answer.cluster is not None
    assert answer.cluster.size == MANY


def test_a_quotation_in_very_many_stories_is_still_traced_to_the_first(house: House):
    writer = TextGenerator(seed=4)
    quote = writer.story(45).replace("\n", " ")
    stories = [f"{writer.story(60)}\n\n{quote}" for _ in range(MANY)]
    house.post_all([story(f"q{number}", text, f"o{number}.example") for number, text in enumerate(stories)])
    answer = house.post("last", f"{writer.story(60)}\n\n{quote}", "last.example")
    assert "q0" in {one.matched.story_id for one in answer.matches}
    assert answer.total < MANY / 2


def test_of_a_form_filled_in_very_often_few_are_told(house: House):
    form = (
        "The reservoir at {0} stood at {1} metres on the last day of the month, which is what the water board had "
        "planned for at this time of the year, and no restrictions on the use of water are to be expected there."
    )
    texts = [form.format(f"Vale{number} Mill{number}", 3 * number + 1) for number in range(3 * MANY)]
    house.post_all([story(f"f{number}", text) for number, text in enumerate(texts[:-1])])
    answer = house.post("last", texts[-1])
    assert {one.matched.match.relation for one in answer.matches} == {Relation.TEMPLATE}
    assert answer.total < MANY / 2


def test_two_stories_that_change_together_leave_their_crowd_together(house: House):
    crowd(house)
    house.post_all([story("s5", ORCHARD, "outlet-5.example"), story("s7", ORCHARD, "outlet-7.example")])
    changed = house.post("s5", ORCHARD, "outlet-5.example").cluster
    left = house.post("s6", edited(6), "outlet-6.example").cluster
    assert changed is not None
    assert left is not None
    assert (changed.size, left.size) == (2, MANY - 2)
