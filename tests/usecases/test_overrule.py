"""People overrule what the service says of two stories."""

from __future__ import annotations

from datetime import timedelta

import pytest
from twicetold.domain.errors import Invalid, NotFound
from twicetold.domain.model import Decider, Relation

from tests.usecases.conftest import House
from tests.usecases.stories import HARBOUR, ORCHARD, SATELLITE, excerpt
from tests.usecases.test_crowds import MANY, crowd, edited


def judge(house: House, a: str, b: str, *, same: bool | None) -> None:
    house.application.overruling.judge(a, b, same=same, note="looked at both")


def matched(house: House, story_id: str) -> dict[str, Relation]:
    answer = house.application.matching.matches(
        story_id, relations=(), threshold=None, explain=False, passages=False, after=None, limit=200
    )
    return {one.matched.story_id: one.matched.match.relation for one in answer.matches}


def members(house: House, story_id: str) -> set[str]:
    """The stories of a story's cluster; empty without one."""
    cluster = house.application.reports.story(story_id).cluster
    if cluster is None:
        return set()
    answer = house.application.reports.cluster(cluster.id, after=None, limit=200)
    return {member.story_id for member in answer.members}


def told(house: House, *names: str, text: str = HARBOUR) -> None:
    """Copies, each published an hour after the one before."""
    for number, name in enumerate(names):
        at = house.clock.now - timedelta(hours=24 - number)
        house.post(name, text, f"{name}.example", published_at=at)


def test_the_later_told_of_two_that_are_not_one_report_leaves_though_a_third_ties_both(house: House):
    told(house, "a", "b", "c")
    judge(house, "b", "c", same=False)
    assert members(house, "a") == {"a", "b"}
    assert members(house, "c") == set()
    assert "c" not in matched(house, "b")
    assert matched(house, "a") == {"b": Relation.EXACT, "c": Relation.EXACT}
    assert list(house.store.verify(lambda _done, _total: None)) == []


def test_of_two_without_publication_times_the_one_received_later_leaves(house: House):
    edit = HARBOUR.replace("eleven months", "12 months")
    for name, text in (("wire", HARBOUR), ("copy", HARBOUR), ("edit", edit)):
        house.post(name, text, f"{name}.example")
        house.clock.advance(minutes=5)
    judge(house, "wire", "edit", same=False)
    assert members(house, "wire") == {"wire", "copy"}
    assert members(house, "edit") == set()


def test_two_alone_that_are_not_one_report_have_no_cluster(house: House):
    told(house, "a", "b")
    judge(house, "b", "a", same=False)
    assert members(house, "a") == members(house, "b") == set()


def test_two_that_are_one_report_match_and_share_a_cluster_whatever_they_say(house: House):
    told(house, "a", text=HARBOUR)
    told(house, "b", text=ORCHARD)
    judge(house, "a", "b", same=True)
    assert matched(house, "b") == {"a": Relation.REPRINT}
    assert members(house, "b") == {"a", "b"}
    answer = house.application.matching.matches(
        "a", relations=(), threshold=None, explain=False, passages=True, after=None, limit=5
    )
    (found,) = answer.matches
    assert (found.matched.match.decided_by, found.matched.match.confidence) == (Decider.PERSON, 1.0)
    assert [(said.a, said.b, said.same, said.note) for said in answer.verdicts or ()] == [
        ("a", "b", True, "looked at both")
    ]


def test_a_relation_that_clusters_more_surely_than_a_reprint_stays(house: House):
    told(house, "a", "b")
    judge(house, "a", "b", same=True)
    assert matched(house, "a") == {"b": Relation.EXACT}


def test_an_excerpt_that_is_one_report_becomes_a_reprint(house: House):
    told(house, "a")
    told(house, "b", text=excerpt())
    assert matched(house, "b") == {"a": Relation.EXCERPT_OF}
    judge(house, "a", "b", same=True)
    assert matched(house, "b") == {"a": Relation.REPRINT}


def test_a_story_joins_the_cluster_of_any_member_that_it_is_one_report_with(house: House):
    told(house, *"abcdefg")
    told(house, "z", text=SATELLITE)
    judge(house, "z", "g", same=True)
    assert "z" in members(house, "a")


def test_what_is_one_report_by_way_of_a_third_stays_together(house: House):
    told(house, "a")
    told(house, "b", text=ORCHARD)
    told(house, "c", text=SATELLITE)
    judge(house, "a", "c", same=True)
    judge(house, "b", "c", same=True)
    assert members(house, "a") == {"a", "b", "c"}


def test_that_two_are_not_one_report_goes_before_what_follows_from_others(house: House):
    told(house, "a")
    told(house, "b", text=ORCHARD)
    told(house, "c", text=SATELLITE)
    for one, other, same in (("a", "b", True), ("b", "c", True), ("a", "c", False)):
        judge(house, one, other, same=same)
    assert members(house, "a") == {"a", "b"}
    assert members(house, "c") == set()


def test_the_last_verdict_counts_and_one_taken_back_leaves_it_to_the_service(house: House):
    told(house, "a", "b")
    judge(house, "a", "b", same=False)
    judge(house, "a", "b", same=True)
    assert members(house, "a") == {"a", "b"}
    judge(house, "a", "b", same=False)
    judge(house, "a", "b", same=None)
    assert matched(house, "a") == {"b": Relation.EXACT}
    assert members(house, "a") == {"a", "b"}
    assert [one.same for one in house.application.overruling.history("b", "a")] == [None, False, True, False]


@pytest.mark.parametrize("same", [True, False])
def test_a_verdict_outlasts_another_text_of_either_story(house: House, same: bool):
    told(house, "a", "b")
    judge(house, "a", "b", same=same)
    house.post("a", SATELLITE, "a.example")
    house.post("b", ORCHARD if same else SATELLITE, "b.example")
    expected = {"a": Relation.REPRINT} if same else {}
    assert matched(house, "b") == expected
    assert members(house, "b") == ({"a", "b"} if same else set())


def test_a_verdict_goes_with_a_deleted_story(house: House):
    told(house, "a", "b")
    judge(house, "a", "b", same=False)
    house.application.forgetting.delete("b")
    told(house, "b")
    assert matched(house, "a") == {"b": Relation.EXACT}
    with pytest.raises(NotFound):
        house.application.overruling.history("a", "b")


def test_a_later_copy_joins_the_earlier_of_two_clusters_kept_apart(house: House):
    told(house, "a", "b", "c")
    judge(house, "a", "b", same=False)
    judge(house, "b", "c", same=False)
    told(house, "d")
    assert members(house, "d") >= {"a", "c"}
    assert "b" not in members(house, "d")


def test_one_of_a_crowd_leaves_it_and_comes_back(house: House):
    crowd(house)
    judge(house, "s3", "s5", same=False)
    assert "s3" not in members(house, "s5")
    assert len(members(house, "s5")) == MANY - 1
    judge(house, "s3", "s5", same=None)
    assert len(members(house, "s3")) == MANY


def test_another_text_joins_a_crowd_that_it_is_one_report_with(house: House):
    crowd(house)
    house.post("z", ORCHARD, "z.example")
    judge(house, "z", "s5", same=True)
    assert len(members(house, "z")) == MANY + 1
    house.post("z", SATELLITE, "z.example")
    assert len(members(house, "z")) == MANY + 1


def test_a_changed_story_stays_out_of_the_crowd_that_it_was_taken_out_of(house: House):
    crowd(house)
    judge(house, "s3", "s5", same=False)
    house.post("s3", edited(400), "outlet-3.example")
    assert "s3" not in members(house, "s5")


def test_a_story_and_itself_or_one_that_is_not_stored_cannot_be_judged(house: House):
    told(house, "a")
    for one, other, error, field in (("a", "a", Invalid, "b"), ("x", "a", NotFound, "a"), ("a", "x", NotFound, "b")):
        with pytest.raises(error) as caught:
            judge(house, one, other, same=True)
        assert caught.value.field == field


def test_what_nobody_said_cannot_be_taken_back(house: House):
    told(house, "a", "b")
    with pytest.raises(NotFound, match="nobody"):
        judge(house, "a", "b", same=None)
    with pytest.raises(NotFound, match="nobody"):
        house.application.overruling.history("a", "b")


def test_labels_hold_both_texts(house: House):
    told(house, "a", "b")
    judge(house, "a", "b", same=False)
    (label,) = house.application.overruling.labels()
    assert (label.a.id, label.b.id, label.same, label.note) == ("a", "b", False, "looked at both")
    assert label.a.text == house.application.reports.story("a").story.text
