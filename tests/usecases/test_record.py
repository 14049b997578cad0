"""What is recorded of stories one by one, beside what all of them together would give."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from itertools import count
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.domain.matching.clusters import partition
from service.store import components
from service.usecases.record import record
from service.usecases.steps import Edge, Member
from tests.store.samples import NOON, draft, keys_of, match
from tests.usecases.conftest import House
from tests.usecases.test_crowds import edited

_rounds = count()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    minutes=st.lists(st.one_of(st.none(), st.integers(0, 9)), min_size=6, max_size=16),
    tied=st.sampled_from([0.5, 0.8, 0.95]),
    chance=st.randoms(use_true_random=False),
)
def test_stories_that_come_one_by_one_stand_in_the_clusters_that_all_together_give(
    house: House, minutes: list[int | None], tied: float, chance: Random
):
    told = [
        draft(f"{next(_rounds):x}-{number}", published_at=None if at is None else NOON + timedelta(minutes=at))
        for number, at in enumerate(minutes)
    ]
    keys: list[int] = []
    edges: list[Edge] = []
    for second, one in enumerate(told):
        (key,) = keys_of(house.store, one)
        own = [Edge(key, other, chance.choice([0.6, 0.8, 1.0])) for other in keys if chance.random() < tied]
        with house.store.recording() as recording:
            matches = [match(edge.a, edge.b, jaccard=edge.jaccard) for edge in own]
            record(recording, {key: matches}, changed=(), now=NOON + timedelta(seconds=second))
        keys.append(key)
        edges += own
    assert _clusters(house, keys) == _partitioned(keys, [one.story for one in told], edges)


def _clusters(house: House, keys: list[int]) -> set[frozenset[int]]:
    clusters = house.store.clusters_of(keys)
    members: defaultdict[str, set[int]] = defaultdict(set)
    for key, cluster in clusters.items():
        members[cluster.id].add(key)
    return set(map(frozenset, members.values()))


def _partitioned(keys, stories, edges) -> set[frozenset[int]]:
    nodes = [
        Member(key=key, story_id=story.id, source=story.source, published_at=story.published_at,
               received_at=story.received_at, cluster_id=None)
        for key, story in zip(keys, stories, strict=True)
    ]  # fmt: skip
    return {frozenset(group.members) for group in partition(nodes, edges) if len(group.members) > 1}


def test_one_more_copy_in_a_family_is_placed_without_reading_how_the_others_are_tied(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    def family_is_read(*_: object, **__: object) -> None:
        raise AssertionError("the ties of all stories are read")

    for number in range(7):
        house.post(f"s{number}", edited(number), f"outlet-{number}.example", published_at=house.clock.now)
    monkeypatch.setattr(components, "components", family_is_read)
    answer = house.post("t", edited(7), "outlet-7.example", published_at=house.clock.now)
    assert answer.cluster is not None
    assert (answer.cluster.size, answer.cluster.canonical_id) == (8, "s0")
