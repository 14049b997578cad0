"""Ids of clusters go on answering while stories come and go."""

from __future__ import annotations

from twicetold.usecases.pipeline import Placement
from twicetold.usecases.read_models import ClusterEvent
from twicetold.usecases.results import ClusterAnswer

from tests.usecases.conftest import House
from tests.usecases.stories import HARBOUR


def cluster(house: House, cluster_id: str) -> ClusterAnswer:
    return house.application.reports.cluster(cluster_id, after=None, limit=10)


def two(house: House) -> str:
    """The id of a cluster of two stories."""
    house.post("a", HARBOUR)
    answer = house.post("b", HARBOUR, "beta.example")
    assert answer.cluster is not None
    return answer.cluster.id


def test_an_id_survives_deletions_down_to_one_member_and_its_copy_again(house: House):
    cluster_id = two(house)
    house.application.forgetting.delete("a")
    house.clock.advance(hours=1)
    again = house.post("a", HARBOUR).cluster
    assert again is not None
    assert (again.id, again.size) == (cluster_id, 2)


def test_an_id_of_which_one_story_is_left_answers_with_that(house: House):
    cluster_id = two(house)
    house.application.forgetting.delete("a")
    answer = cluster(house, cluster_id)
    assert (answer.summary.id, answer.summary.size, answer.summary.canonical_id) == (cluster_id, 1, "b")
    assert [member.story_id for member in answer.members] == ["b"]
    assert answer.merged_id is None


def test_a_merged_id_answers_with_the_cluster_it_went_into_and_tells_both(house: House):
    before, now = two(house), house.clock.now

    @house.store.record
    def _(recording):
        keys = recording.lock(["a", "b"])
        merged = ClusterEvent(cluster_id=before, at=now, event="merged", other="c-other")
        moves = dict.fromkeys(keys, "c-other")
        recording.place(Placement(moves=moves, canonicals={"c-other": keys[0]}, at=now, events=[merged]))

    answer = cluster(house, before)
    assert (answer.summary.id, answer.merged_id, answer.summary.size) == ("c-other", before, 2)
