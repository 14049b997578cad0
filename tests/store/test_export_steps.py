from __future__ import annotations

from datetime import timedelta

import pytest
from twicetold.domain.model import Relation
from twicetold.usecases.pipeline import Placement
from twicetold.usecases.read_models import ClusterFilter, StoryFilter

from tests.store.samples import NOON, asked, delete, draft, keys_of, match, publish, save

ALL = StoryFilter()


def every_step(ask):
    items, after = [], None
    while True:
        step = ask(after)
        items += step.items
        after = step.next
        if after is None:
            return items


@pytest.fixture
def told(store):
    """a and b in a cluster, b excerpted by c, d alone."""
    keys = keys_of(
        store,
        draft("a"), draft("b", source="times.example", minutes=1), draft("c", source="globe.example", minutes=2),
        draft("d", minutes=3),
    )  # fmt: skip
    save(
        store,
        match(keys[0], keys[1], jaccard=0.7123456789),
        match(keys[2], keys[1], Relation.EXCERPT_OF, a_in_b=0.9, b_in_a=0.2),
    )
    store.record(
        lambda recording: recording.place(
            Placement(moves={keys[0]: "k", keys[1]: "k"}, canonicals={"k": keys[0]}, at=NOON)
        )
    )
    return keys


def assignments(store, wanted=ALL, limit=2):
    return every_step(lambda after: asked(store).assignments(wanted, after=after, limit=limit))


@pytest.mark.parametrize("limit", [1, 2, 4, 9])
def test_every_live_story_has_one_assignment(store, told, limit):
    assert [(row.story_id, row.cluster_id, row.canonical_id) for row in assignments(store, limit=limit)] == [
        ("a", "k", "a"), ("b", "k", "a"), ("c", None, "c"), ("d", None, "d"),
    ]  # fmt: skip


def test_an_assignment_tells_the_tie_to_the_canonical_story(store, told):
    first, second, alone, _ = assignments(store)
    assert (second.relation, second.jaccard, second.is_canonical) == ("reprint", 0.712346, False)
    assert [(row.relation, row.jaccard, row.is_canonical) for row in (first, alone)] == [(None, None, True)] * 2


def test_a_story_that_lives_throughout_is_exported_once(store, told):
    step = asked(store).assignments(ALL, after=None, limit=2)
    delete(store, told[0])
    publish(store, draft("b", "another text by now", source="times.example"), draft("e"))
    rest = every_step(lambda after: asked(store).assignments(ALL, after=after or step.next, limit=2))
    assert [row.story_id for row in [*step.items, *rest]] == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (StoryFilter(source="times.example"), ["b"]),
        (StoryFilter(source="nobody.example"), []),
        (StoryFilter(since=NOON + timedelta(minutes=2)), ["c", "d"]),
        (StoryFilter(until=NOON + timedelta(minutes=1)), ["a"]),
    ],
)
def test_exports_are_filtered_as_lists_are(store, told, wanted, ids):
    assert [row.story_id for row in assignments(store, wanted, limit=1)] == ids


def test_stories_are_exported_with_their_text_where_that_is_wanted(store, told):
    def stories(text):
        return every_step(lambda after: asked(store).exported_stories(ALL, text=text, after=after, limit=3))

    assert [row.text for row in stories(True)] == ["the river rose by two metres overnight"] * 4
    assert not any(row.text for row in stories(False))
    assert [(row.story_id, row.cluster_id) for row in stories(False)][:3] == [("a", "k"), ("b", "k"), ("c", None)]


@pytest.mark.parametrize("limit", [1, 2, 9])
def test_every_match_is_exported_once_as_its_later_story_sees_it(store, told, limit):
    def matches(**filters):
        found = every_step(lambda after: asked(store).exported_matches(ALL, **filters, after=after, limit=limit))
        return [(row.story_id, row.relation, row.other_id, row.containment) for row in found]

    assert matches() == [("b", "reprint", "a", 0.712346), ("c", "excerpt_of", "b", 0.9)]
    assert matches(relations=[Relation.REPRINT]) == matches()[:1]
    assert matches(threshold=0.8) == matches()[1:]


def test_an_export_goes_on_after_all_rows_of_a_story(store, told):
    place = asked(store).story_place("b")
    assert [row.story_id for row in asked(store).exported_matches(ALL, after=place, limit=9).items] == ["c"]
    assert [row.story_id for row in asked(store).assignments(ALL, after=place, limit=9).items] == ["c", "d"]
    assert asked(store).story_place("unknown") is None


@pytest.mark.parametrize("limit", [1, 9])
def test_clusters_are_exported_by_id(store, told, limit):
    store.record(
        lambda recording: recording.place(
            Placement(moves={told[2]: "b", told[3]: "b"}, canonicals={"b": told[2]}, at=NOON)
        )
    )

    def ids(**wanted):
        filtered = ClusterFilter(**wanted)
        found = every_step(lambda after: asked(store).exported_clusters(filtered, after=after, limit=limit))
        return [row.id for row in found]

    assert ids() == ["b", "k"]
    assert ids(source="times.example") == ["k"]


def test_removed_spans_are_exported_with_their_story(store, told):
    spans = every_step(lambda after: asked(store).removed_spans(ALL, after=after, limit=3))
    assert [(row.story_id, row.kind, row.text) for row in spans] == [(story, "share", "Share") for story in "abcd"]
