from __future__ import annotations

from datetime import timedelta

import pytest
from twicetold.domain.errors import NotFound

from tests.usecases.conftest import House
from tests.usecases.stories import HARBOUR, ORCHARD
from tests.usecases.test_crowds import MANY, crowd


def test_a_deleted_story_is_gone_from_reads_matches_and_clusters(house: House):
    house.post("a", HARBOUR)
    house.post("b", HARBOUR, "beta.example")
    house.application.forgetting.delete("a")
    left = house.application.reports.story("b")
    assert left.cluster is None
    with pytest.raises(NotFound):
        house.application.reports.story("a")


def test_a_deleted_story_no_longer_matches_what_comes_later(house: House):
    house.post("a", HARBOUR)
    house.application.forgetting.delete("a")
    assert house.post("b", HARBOUR, "beta.example").matches == []


def test_a_cluster_that_loses_its_canonical_story_gets_the_next_earliest(house: House):
    for name in "abc":
        house.post(name, HARBOUR, f"{name}.example")
        house.clock.advance(hours=1)
    house.application.forgetting.delete("a")
    cluster = house.application.reports.story("c").cluster
    assert cluster is not None
    assert (cluster.size, cluster.canonical_id) == (2, "b")


def test_deleting_an_unknown_story_says_so(house: House):
    with pytest.raises(NotFound) as caught:
        house.application.forgetting.delete("nobody")
    assert caught.value.field == "id"


def test_pruning_removes_old_stories_and_keeps_new_ones(house: House):
    house.post("old", HARBOUR)
    house.clock.advance(days=40)
    house.post("new", ORCHARD)
    assert house.application.forgetting.prune(older_than=timedelta(days=30)) == 1
    assert house.application.reports.story("new").story.id == "new"


def test_what_only_pruned_stories_held_together_stands_alone(house: House):
    for name in ("old", "older"):
        house.post(name, HARBOUR, f"{name}.example")
    house.clock.advance(days=40)
    house.post("new", HARBOUR, "new.example")
    house.post("newer", ORCHARD, "new.example")
    house.application.forgetting.prune(older_than=timedelta(days=30))
    left = house.application.reports.story("new")
    assert left.cluster is None
    assert house.application.matching.matches(
        "new", relations=(), threshold=None, explain=False, passages=False, after=None, limit=5
    ).matches == []  # fmt: skip


def test_pruning_a_part_of_a_cluster_leaves_the_rest_together(house: House):
    house.post("old", HARBOUR, "old.example")
    house.clock.advance(days=40)
    for name in ("second", "third"):
        house.post(name, HARBOUR, f"{name}.example")
        house.clock.advance(hours=1)
    house.application.forgetting.prune(older_than=timedelta(days=30))
    cluster = house.application.reports.story("third").cluster
    assert cluster is not None
    assert (cluster.size, cluster.canonical_id) == (2, "second")


def test_a_crowd_that_loses_some_of_its_stories_stays_one_cluster(house: House):
    crowd(house)
    for number in range(5, 25):
        house.application.forgetting.delete(f"s{number}")
    cluster = house.application.reports.story("s0").cluster
    assert cluster is not None
    assert (cluster.size, cluster.canonical_id) == (MANY - 20, f"s{MANY - 1}")


def test_forgetting_an_unknown_block_says_so(house: House):
    house.post("a", HARBOUR)
    with pytest.raises(NotFound):
        house.application.forgetting.boilerplate("alpha.example", "0" * 16, allow=False)
