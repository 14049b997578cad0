from __future__ import annotations

from datetime import UTC, datetime

import pytest

from service.domain.model import Relation
from service.usecases.steps import Placement
from service.usecases.stored import ClusterEvent
from tests.store.samples import NOON, draft, keys_of, match, probe, publish


def save(store, *matches):
    with store.recording() as recording:
        recording.save(matches)


def test_a_match_is_seen_from_both_sides(store):
    a, b = keys_of(store, draft("a"), draft("b"))
    save(store, match(a, b, Relation.EXCERPT_OF, 0.4, a_in_b=0.95, b_in_a=0.41))
    (seen,) = store.matches(a, limit=5).items
    (other,) = store.matches(b, limit=5).items
    assert (seen.story_id, seen.match.relation, seen.match.a_in_b, seen.match.b_in_a) == ("b", "excerpt_of", 0.95, 0.41)
    assert (other.story_id, other.match.relation, other.match.a_in_b, other.match.a) == ("a", "contains", 0.41, b)


def test_saving_a_pair_again_replaces_it(store):
    a, b = keys_of(store, draft("a"), draft("b"))
    save(store, match(a, b))
    save(store, match(b, a, Relation.EXACT, 1.0), match(b, a, Relation.EXACT, 1.0))
    page = store.matches(a, limit=5)
    assert [(found.match.relation, found.match.jaccard) for found in page.items] == [("exact", 1.0)]
    assert page.total == 1


def test_of_matches_as_strong_as_each_other_copies_come_before_excerpts_on_every_page(store):
    a, *others = keys_of(store, *(draft(name) for name in "abcdef"))
    b, c, d, e, f = others
    save(
        store,
        match(a, b, Relation.EXCERPT_OF, 0.4, a_in_b=1.0),
        match(a, c, Relation.EXACT, 1.0),
        match(a, d, Relation.EXCERPT_OF, 0.5, a_in_b=1.0),
        match(a, e, Relation.EXACT, 1.0),
        match(a, f, Relation.REPRINT, 0.9),
    )
    found, after = [], None
    while not found or after is not None:
        page = store.matches(a, after=after, limit=2)
        found += [one.match.b for one in page.items]
        after = page.next
    assert found == [c, e, d, b, f]
    assert [one.match.b for one in store.matches_of([a], limit=3)[a].items] == [c, e, d]
    assert [one.match.b for one in store.matches_of([a], limit=9)[a].items] == found


def test_a_threshold_is_reached_by_what_is_shown_as_it(store):
    a, b = keys_of(store, draft("a"), draft("b"))
    save(store, match(a, b, Relation.REPRINT, 0.9162995))
    assert store.matches(a, threshold=0.9163, limit=5).total == 1
    assert store.matches(a, threshold=0.916301, limit=5).total == 0


def test_a_pair_with_a_deleted_story_is_dropped(store):
    a, b = keys_of(store, draft("a"), draft("b"))
    delete(store, b)
    save(store, match(a, b))
    assert store.matches(a, limit=5).items == []


def test_a_recording_that_fails_leaves_nothing_behind(store):
    a, b = keys_of(store, draft("a"), draft("b"))

    def fail():
        with store.recording() as recording:
            recording.save([match(a, b)])
            recording.finish([a, b])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert store.matches(a, limit=5).total == 0
    assert store.stats().backlog == 2


def test_matches_come_strongest_first_page_by_page(store):
    keys = keys_of(store, *(draft(f"s{number}") for number in range(8)))
    save(store, *(match(keys[0], key, jaccard=0.5 + 0.05 * (key % 3)) for key in keys[1:]))
    shown, after = [], None
    while True:
        page = store.matches(keys[0], after=after, limit=3)
        shown += [(found.match.jaccard, found.match.b) for found in page.items]
        assert page.total == 7
        after = page.next
        if after is None:
            break
    assert shown == sorted(shown, key=lambda pair: (-pair[0], pair[1]))
    assert len(shown) == 7


def test_matches_are_chosen_by_relation_and_by_the_largest_of_jaccard_and_containments(store):
    a, b, c, d = keys_of(store, *(draft(name) for name in "abcd"))
    save(
        store,
        match(a, b, Relation.EXACT, 1.0),
        match(a, c, Relation.CONTAINS, 0.3, b_in_a=0.9),
        match(a, d, jaccard=0.6),
    )
    chosen = store.matches(a, relations=[Relation.CONTAINS, Relation.REPRINT], limit=5)
    assert [found.match.b for found in chosen.items] == [c, d]
    bounded = store.matches(a, threshold=0.85, limit=5)
    assert ([found.match.b for found in bounded.items], bounded.total) == ([b, c], 2)


def test_matches_of_several_stories_carry_their_totals(store):
    a, b, c = keys_of(store, *(draft(name) for name in "abc"))
    save(store, match(a, b), match(a, c, jaccard=0.9))
    pages = store.matches_of([a, b, c], limit=1)
    assert [found.match.b for found in pages[a].items] == [c]
    assert (pages[a].total, pages[b].total) == (2, 1)
    assert store.matches(a, after=pages[a].next, limit=1).items[0].match.b == b
    lonely = keys_of(store, draft("z"))[0]
    assert store.matches_of([lonely], limit=5)[lonely].total == 0


def test_dropped_matches_go_on_both_sides(store):
    a, b, c = keys_of(store, *(draft(name) for name in "abc"))
    save(store, match(a, b), match(b, c))
    with store.recording() as recording:
        recording.drop_matches([a])
    assert store.matches(a, limit=5).total == 0
    assert [found.match.b for found in store.matches(b, limit=5).items] == [c]


def test_a_component_follows_clustering_edges_only(store):
    a, b, c, d, e = keys_of(store, *(draft(name) for name in "abcde"))
    save(store, match(a, b), match(b, c, Relation.EXACT, 1.0), match(c, d, Relation.PASSAGE), match(d, e))
    with store.recording() as recording:
        (component,) = recording.components([a], limit=50)
    assert {member.key for member in component.members} == {a, b, c}
    assert {(edge.a, edge.b, edge.relation) for edge in component.edges} == {(a, b, "reprint"), (b, c, "exact")}
    assert component.complete


def test_a_component_over_the_limit_is_a_crowd_and_is_not_looked_into_further(store):
    keys = keys_of(store, *(draft(f"s{number}") for number in range(14)))
    save(store, *(match(keys[0], key) for key in keys[1:12]), match(keys[11], keys[12]), match(keys[12], keys[13]))
    with store.recording() as recording:
        (component,) = recording.components([keys[0]], limit=5)
    assert not component.complete
    assert keys[12] not in {member.key for member in component.members}


def test_a_component_at_the_edge_of_a_large_cluster_is_a_crowd(store):
    keys = keys_of(store, *(draft(f"s{number}") for number in range(8)))
    place(store, dict.fromkeys(keys[:6], "c1"), {"c1": keys[0]})
    save(store, match(keys[6], keys[5]), match(keys[5], keys[4]), match(keys[7], keys[6], Relation.PASSAGE))
    with store.recording() as recording:
        crowd, alone = recording.components([keys[6], keys[7]], limit=5)
    assert ({member.key for member in crowd.members}, crowd.complete) == ({keys[5], keys[6]}, False)
    assert ({member.key for member in alone.members}, alone.complete) == ({keys[7]}, True)


def test_a_component_sees_what_its_own_recording_saved(store):
    a, b = keys_of(store, draft("a"), draft("b"))
    with store.recording() as recording:
        recording.save([match(a, b)])
        assert [len(one.members) for one in recording.components([b], limit=5)] == [2]


def delete(store, *keys):
    with store.recording() as recording:
        recording.delete(keys, now=NOON)


def place(store, moves, canonicals, *events):
    with store.recording() as recording:
        recording.place(Placement(moves=moves, canonicals=canonicals, at=NOON, events=events))


def test_a_cluster_follows_from_its_members(store):
    a, b, c = keys_of(
        store, draft("a", minutes=5), draft("b", source="times.example"), draft("c", source="times.example", minutes=9)
    )
    place(store, dict.fromkeys([a, b, c], "c1"), {"c1": b})
    cluster = store.cluster("c1")
    assert (cluster.size, cluster.sources, cluster.canonical_id, cluster.title) == (3, 2, "b", "Title of b")
    assert (cluster.first_seen, cluster.last_seen) == (NOON, draft("x", minutes=9).story.published_at)
    assert store.clusters_of([a, b, 99]) == {a: cluster, b: cluster}
    assert store.story("a").cluster == cluster


def test_moving_the_last_members_away_deletes_a_cluster(store):
    a, b = keys_of(store, draft("a"), draft("b"))
    place(store, {a: "c1", b: "c1"}, {"c1": a})
    place(store, {a: None, b: None}, {})
    assert store.cluster("c1") is None
    assert store.story("a").cluster is None


def test_a_merged_cluster_answers_with_the_one_it_went_into_however_often(store):
    a, b, c = keys_of(store, draft("a"), draft("b"), draft("c"))
    place(store, {a: "c1"}, {"c1": a})
    place(store, {b: "c2"}, {"c2": b})
    place(store, {a: "c2"}, {"c2": b}, ClusterEvent(cluster_id="c1", at=NOON, event="merged", other="c2"))
    place(
        store,
        {a: "c3", b: "c3", c: "c3"},
        {"c3": c},
        ClusterEvent(cluster_id="c2", at=NOON, event="merged", other="c3"),
    )
    assert store.cluster("c1").id == store.cluster("c2").id == "c3"
    assert len(store.members("c1", after=None, limit=9).items) == 3


def test_events_come_latest_first(store):
    (a,) = keys_of(store, draft("a"))
    made = ClusterEvent(cluster_id="c1", at=NOON, event="created")
    chosen = ClusterEvent(cluster_id="c1", at=NOON, event="canonical", other="a")
    place(store, {a: "c1"}, {"c1": a}, made, chosen)
    assert store.events("c1", limit=5) == [chosen, made]
    assert store.events("c1", limit=1) == [chosen]


def test_members_of_clusters_come_canonical_first(store):
    a, b, c = keys_of(store, draft("a", minutes=9), draft("b"), draft("c", minutes=3))
    place(store, dict.fromkeys([a, b, c], "c1"), {"c1": a})
    with store.recording() as recording:
        assert [member.key for member in recording.cluster_members(["c1", "c9"], limit=2)] == [a, b]


def test_a_deleted_story_leaves_no_trace(store):
    text = "the river rose by two metres"
    publish(store, draft("a", "an earlier text"))
    a, b = keys_of(store, draft("a", text), draft("b", text))
    save(store, match(a, b))
    place(store, {a: "c1", b: "c1"}, {"c1": a})
    delete(store, a)
    assert store.story("a") is None
    assert store.versions(a, limit=9) == []
    assert store.texts([a]) == store.evidence([a]) == {}
    assert store.matches(b, limit=5).total == 0
    assert [hit.key for hit in store.candidates([probe(text)], limit=5)[0]] == [b]
    assert (store.stats().stories, store.stats().backlog) == (1, 1)


def test_holding_gives_the_keys_of_the_stories_that_are_there(store):
    a, b = keys_of(store, draft("a"), draft("b"))
    with store.recording() as recording:
        assert recording.hold(["b", "nobody", "a"]) == [a, b]


def test_stories_are_deleted_together_and_of_each_cluster_what_is_left_stands(store):
    names = "abcdefgh"
    keys = keys_of(store, *(draft(name, source=f"{name}.example") for name in names))
    for start, cluster_id in enumerate(("c1", "c2", "c3")):
        group = keys[2 * start : 2 * start + 2] if start < 2 else keys[4:]
        place(store, dict.fromkeys(group, cluster_id), {cluster_id: group[0]})
    delete(store, keys[0], keys[2], keys[3], keys[4], keys[5])
    assert [store.cluster(name) for name in ("c1", "c2")] == [None, None]
    assert [[event.event for event in store.events(name, limit=5)] for name in ("c1", "c2", "c3")] == [
        ["dissolved"], ["dissolved"], ["canonical"],
    ]  # fmt: skip
    assert store.story("b").cluster is None
    left = store.cluster("c3")
    assert (left.size, left.sources, left.canonical_id) == (2, 2, "g")
    assert [name for name in names if store.story(name)] == ["b", "g", "h"]
    publish(store, draft("a"))
    assert store.stats().stories == 4


def test_a_cluster_of_two_dissolves_when_one_goes(store):
    a, b = keys_of(store, draft("a"), draft("b"))
    place(store, {a: "c1", b: "c1"}, {"c1": a})
    delete(store, a)
    assert store.cluster("c1") is None
    assert store.story("b").cluster is None
    assert [event.event for event in store.events("c1", limit=5)] == ["dissolved"]


def test_a_larger_cluster_gets_its_earliest_member_for_a_deleted_canonical(store):
    a, b, c = keys_of(store, draft("a"), draft("b", minutes=9), draft("c", minutes=3, source="times.example"))
    place(store, dict.fromkeys([a, b, c], "c1"), {"c1": a})
    delete(store, a)
    cluster = store.cluster("c1")
    assert (cluster.canonical_id, cluster.size, cluster.sources) == ("c", 2, 2)
    assert [(event.event, event.other) for event in store.events("c1", limit=5)] == [("canonical", "c")]


def test_a_time_that_cannot_be_trusted_is_none_that_a_story_was_told_at(store):
    zero = datetime(1970, 1, 1, tzinfo=UTC)
    keys = keys_of(store, draft("zero", published_at=zero), draft("a", minutes=5), draft("b", minutes=9))
    place(store, dict.fromkeys(keys, "c1"), {"c1": keys[1]})
    delete(store, keys[1])
    cluster = store.cluster("c1")
    assert cluster.first_seen.year == NOON.year
    assert store.members("c1", after=None, limit=5).items[0].story_id == cluster.canonical_id


def test_a_loose_story_is_in_no_crowd_whatever_its_cluster(store):
    keys = keys_of(store, *(draft(f"s{number}") for number in range(9)))
    place(store, dict.fromkeys(keys, "c1"), {"c1": keys[0]})
    save(store, match(keys[8], keys[0]))
    with store.recording() as recording:
        (held,) = recording.components([keys[8]], limit=5)
        (loose,) = recording.components([keys[8]], limit=5, loose=[keys[8]])
    assert (len(held.edges), len(loose.edges), loose.complete) == (0, 1, False)


def test_versions_that_share_next_to_nothing_make_no_component(store):
    a, b, c = keys_of(store, draft("a"), draft("b"), draft("c"))
    save(store, match(a, b, Relation.VERSION, 0.02), match(b, c, Relation.VERSION, 0.6))
    with store.recording() as recording:
        assert sorted(len(one.members) for one in recording.components([a, b], limit=9)) == [1, 2]


def test_a_story_that_changes_its_source_counts_for_the_new_one(store):
    a, b = keys_of(store, draft("a", source="alpha.example"), draft("b", source="beta.example"))
    place(store, {a: "c1", b: "c1"}, {"c1": a})
    keys_of(store, draft("a", "other words", source="beta.example"))
    assert store.cluster("c1").sources == 1
    place(store, {a: None}, {"c1": b})
    assert (store.cluster("c1").size, store.cluster("c1").sources) == (1, 1)
