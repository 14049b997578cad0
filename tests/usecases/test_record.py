"""What is recorded of stories one by one, beside what all of them together would give."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from functools import partial
from itertools import count
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs
from twicetold.domain.fingerprint.make import DEFAULT
from twicetold.domain.matching.clusters import partition
from twicetold.domain.matching.measure import same_words
from twicetold.domain.matching.text_features import TextFeatures
from twicetold.domain.model import Relation, Verdict
from twicetold.store.queries.components import ComponentQueries
from twicetold.usecases import record as record_module
from twicetold.usecases.find_matches import MatchVerdict, Subject, find_matches
from twicetold.usecases.pipeline import Draft, Edge, Member, StoredFeatures, Waiting
from twicetold.usecases.processor_slots import ProcessorSlots
from twicetold.usecases.record import Texts, record
from twicetold.usecases.steps import steps

from tests.store.samples import NOON, asked, draft, keys_of
from tests.usecases.conftest import House, story
from tests.usecases.stories import HARBOUR, ORCHARD
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
        known = asked(house.store).features([key, *(edge.b for edge in own)])
        judged = {key: [reprint(known[edge.b], edge.jaccard) for edge in own]}
        waiting, at = {key: Waiting(known[key].digest, NOON)}, NOON + timedelta(seconds=second)
        house.store.record(partial(record, judged=judged, waiting=waiting, parameters=DEFAULT, changed=(), now=at))
        keys.append(key)
        edges += own
    assert _clusters(house, keys) == _partitioned(keys, [one.story for one in told], edges)


def reprint(known: StoredFeatures, jaccard: float) -> MatchVerdict:
    measures = structs.replace(same_words(TextFeatures(known)), jaccard=jaccard)
    return MatchVerdict(candidate=known, verdict=Verdict(relation=Relation.REPRINT, why="told so", measures=measures))


def _clusters(house: House, keys: list[int]) -> set[frozenset[int]]:
    clusters = asked(house.store).clusters_of(keys)
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
    monkeypatch.setattr(ComponentQueries, "components", family_is_read)
    answer = house.post("t", edited(7), "outlet-7.example", published_at=house.clock.now)
    assert answer.cluster is not None
    assert (answer.cluster.size, answer.cluster.canonical_id) == (8, "s0")


def drafted(house: House, story_id: str, text: str, source: str = "alpha.example") -> Draft:
    return house.application.preparation.draft(story(story_id, text, source), now=house.clock())


def probed(house: House, one: Draft) -> tuple[int, dict[int, list[MatchVerdict]], dict[int, Waiting]]:
    """Publish a story and look for its matches, as a worker does before it records them."""
    (published,) = house.store.publish([one], now=house.clock())
    (judged,) = find_matches(house.store, [Subject.of(one, published.key)], DEFAULT, ProcessorSlots())
    waiting = Waiting(one.fingerprint.digest, published.waiting_since)
    return published.key, {published.key: judged}, {published.key: waiting}


def recorded(
    house: House, key: int, judged: dict[int, list[MatchVerdict]], waiting: dict[int, Waiting], *, new: bool
) -> None:
    house.store.record(
        lambda recording: record(recording, judged, waiting, DEFAULT, changed=[] if new else [key], now=house.clock())
    )


def tied(house: House, story_id: str) -> set[str]:
    page = house.application.matching.matches(
        story_id, relations=(), threshold=None, explain=False, passages=False, after=None, limit=9
    )
    return {one.matched.story_id for one in page.matches}


def test_a_tie_that_a_later_story_records_to_a_changed_one_first_is_kept(house: House):
    house.post("a", HARBOUR)
    looked = probed(house, drafted(house, "a", ORCHARD))
    house.post("b", ORCHARD, "beta.example")
    recorded(house, *looked, new=False)
    assert tied(house, "a") == {"b"}


def test_a_tie_to_a_text_that_was_replaced_before_it_was_recorded_is_passed_over(house: House):
    house.post("a", HARBOUR)
    looked = probed(house, drafted(house, "b", HARBOUR, "beta.example"))
    house.post("a", ORCHARD)
    recorded(house, *looked, new=True)
    assert tied(house, "b") == set()


def test_of_two_stories_that_change_into_one_text_at_once_neither_loses_the_other(house: House):
    house.post("a", HARBOUR)
    house.post("b", HARBOUR, "beta.example")
    first = probed(house, drafted(house, "a", ORCHARD))
    second = probed(house, drafted(house, "b", ORCHARD, "beta.example"))
    recorded(house, *second, new=False)
    recorded(house, *first, new=False)
    assert tied(house, "a") == {"b"}


def test_a_deleted_story_is_tied_to_nothing(house: House):
    house.post("a", HARBOUR)
    looked = probed(house, drafted(house, "b", HARBOUR, "beta.example"))
    house.application.forgetting.delete("a")
    recorded(house, *looked, new=True)
    assert tied(house, "b") == set()


def test_old_ties_of_a_story_whose_worker_died_after_publishing_its_new_text_go_with_the_backlog(
    house: House,
):
    house.post("a", HARBOUR)
    house.post("b", HARBOUR, "beta.example")
    house.store.publish([drafted(house, "b", ORCHARD, "beta.example")], now=house.clock())
    house.clock.advance(minutes=5)
    assert house.application.submit.match_backlog() == 1
    assert tied(house, "a") == set()
    assert house.post("a", HARBOUR).cluster is None


def test_old_ties_go_when_a_story_is_sent_again_whose_worker_died(house: House):
    house.post("a", HARBOUR)
    house.post("b", HARBOUR, "beta.example")
    house.store.publish([drafted(house, "b", ORCHARD, "beta.example")], now=house.clock())
    assert not house.post("b", ORCHARD, "beta.example").matches
    assert tied(house, "a") == set()


def test_stories_judged_anew_are_read_a_few_at_a_time_where_they_are_long(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    for number in range(4):
        house.post(f"copy-{number}", HARBOUR, f"outlet-{number}.example")
    keys = [asked(house.store).story(f"copy-{number}").key for number in range(4)]  # type: ignore[union-attr]

    @house.store.record
    def _(recording):
        texts = Texts(recording, DEFAULT)
        whole = texts.matches(keys[0], keys[1:])
        assert len(texts._read) == 4
        monkeypatch.setattr(record_module, "AT_ONCE", 300)
        monkeypatch.setattr(record_module, "steps", partial(steps, most=300))
        few = Texts(recording, DEFAULT)
        assert few.matches(keys[0], keys[1:]) == whole
        assert len(few._read) == 2
