from __future__ import annotations

import pytest
from twicetold.domain.matching.canonical import CanonicalPolicy
from twicetold.domain.matching.derive import Derivation
from twicetold.domain.model import Credits, Relation
from twicetold.store.open import open_store

from tests.store.conftest import SCHEME
from tests.store.samples import NOON, asked, delete, draft, keys_of, match, place, save

TEXTS = {
    "a": ("the river rose overnight", "a.example", Credits()),
    "b": ("the river rose by two metres overnight and fell", "b.example", Credits(agencies=("AFP",))),
    "c": ("the river rose by two metres", "c.example", Credits(origin="AFP")),
    "d": ("the river rose", "afp.com", Credits()),
}


@pytest.fixture
def opened(store_url):
    """Opens the store with a policy."""
    stores = []

    def open_with(policy):
        stores.append(open_store(store_url, scheme=SCHEME, policy=CanonicalPolicy.parse(policy)))
        return stores[-1]

    yield open_with
    for store in stores:
        store.close()


def filled(store):
    drafts = [
        draft(name, text, source=source, credits=named, minutes=at)
        for at, (name, (text, source, named)) in enumerate(TEXTS.items())
    ]
    keys = keys_of(store, *drafts)
    save(store, *(match(keys[0], key) for key in keys[1:]))
    place(store, dict.fromkeys(keys, "c1"), {"c1": keys[0]})
    store.record(lambda recording: recording.finish(keys))
    return keys


@pytest.mark.parametrize(
    ("policy", "canonical"), [("earliest", "a"), ("longest", "b"), ("agency", "d"), ("source:c.example", "c")]
)
def test_the_canonical_story_of_a_cluster_is_chosen_by_policy(opened, policy, canonical):
    store = opened(policy)
    filled(store)
    cluster = asked(store).cluster("c1")
    assert (cluster.canonical_id, cluster.title) == (canonical, f"Title of {canonical}")

    @store.record
    def _(recording):
        assert [one.story_id for one in recording.earliest_members(["c1"], limit=2)["c1"]] == ["a", "b"], (
            "it is led by another"
        )

    report = asked(store).source(TEXTS[canonical][1])
    assert (report.summary.first, len(report.reprinted_by)) == (1, 3)


def test_another_policy_holds_for_all_clusters_once_these_are_chosen_anew(opened):
    filled(opened("earliest"))
    store = opened("longest")
    assert asked(store).cluster("c1").canonical_id == "a"

    @store.record
    def _(recording):
        assert recording.choose_canonicals(after="", limit=9, now=NOON) == ["c1"]
        assert recording.choose_canonicals(after="c1", limit=9, now=NOON) == []

    assert asked(store).cluster("c1").canonical_id == "b"
    assert [(event.event, event.other) for event in asked(store).events("c1", limit=1)] == [("canonical", "b")]


def test_a_canonical_story_that_is_deleted_is_followed_by_the_next_of_the_policy(opened):
    store = opened("longest")
    _, longest, *_ = filled(store)
    delete(store, longest)
    assert asked(store).cluster("c1").canonical_id == "c"


def test_a_derived_copy_changes_no_canonical_story(opened):
    store = opened("longest")
    keys = filled(store)
    (copy,) = keys_of(store, draft("x"))
    opened("earliest").record(lambda recording: recording.derive([copy], [Derivation(copy, keys[0], Relation.REWRITE)]))
    cluster = asked(store).cluster("c1")
    assert (cluster.canonical_id, cluster.derived) == ("b", 1)


def test_members_are_tied_to_the_story_that_is_asked_for(opened):
    store = opened("earliest")
    keys = filled(store)
    members = asked(store).members("c1", canonical=keys[1], after=None, limit=9).items
    assert [(one.story_id, one.jaccard) for one in members] == [("a", 0.8), ("b", None), ("c", None), ("d", None)]


def test_claimants_come_by_time_with_what_they_credit(opened):
    store = opened("earliest")
    filled(store)
    assert [(one.story_id, one.words, one.credits) for one in asked(store).claimants("c1")] == [
        ("a", 4, ()), ("b", 9, ("AFP",)), ("c", 6, ("AFP",)), ("d", 3, ()),
    ]  # fmt: skip
