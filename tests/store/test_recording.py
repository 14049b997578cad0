from __future__ import annotations

import pytest
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.domain.model import Relation
from twicetold.store.queries import components
from twicetold.usecases.pipeline import Waiting
from twicetold.usecases.record import record

from tests.store.samples import NOON, asked, delete, draft, keys_of, match, place, publish, save


def record_nothing(store, publication, sent):
    """Record that a story, as it was published then, matches nothing."""
    waiting = {publication.key: Waiting(sent.fingerprint.digest, publication.waiting_since)}
    store.record(
        lambda recording: record(
            recording, {publication.key: []}, waiting, FingerprintParameters(), changed=[publication.key], now=NOON
        )
    )


def test_a_match_is_seen_from_both_sides(store):
    a, b = keys_of(store, draft("a"), draft("b"))
    save(store, match(a, b, Relation.EXCERPT_OF, 0.4, a_in_b=0.95, b_in_a=0.41))
    (seen,) = asked(store).matches(a, limit=5).items
    (other,) = asked(store).matches(b, limit=5).items
    assert (seen.story_id, seen.match.relation, seen.match.a_in_b, seen.match.b_in_a) == ("b", "excerpt_of", 0.95, 0.41)
    assert (other.story_id, other.match.relation, other.match.a_in_b, other.match.a) == ("a", "contains", 0.41, b)


def test_saving_a_pair_again_replaces_it(store):
    a, b = keys_of(store, draft("a"), draft("b"))
    save(store, match(a, b))
    save(store, match(b, a, Relation.EXACT, 1.0), match(b, a, Relation.EXACT, 1.0))
    page = asked(store).matches(a, limit=5)
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
        page = asked(store).matches(a, after=after, limit=2)
        found += [one.match.b for one in page.items]
        after = page.next
    assert found == [c, e, d, b, f]
    assert [one.match.b for one in asked(store).matches_of([a], limit=3)[a].items] == [c, e, d]
    assert [one.match.b for one in asked(store).matches_of([a], limit=9)[a].items] == found


def test_a_threshold_is_reached_by_what_is_shown_as_it(store):
    a, b = keys_of(store, draft("a"), draft("b"))
    save(store, match(a, b, Relation.REPRINT, 0.9162995))
    assert asked(store).matches(a, threshold=0.9163, limit=5).total == 1
    assert asked(store).matches(a, threshold=0.916301, limit=5).total == 0


def test_a_story_is_current_while_it_is_stored_with_the_text_it_was_read_with(store):
    told = [draft(name, f"the river rose near {name} overnight") for name in "abc"]
    keys = keys_of(store, *told)
    texts = {key: one.fingerprint.digest for key, one in zip(keys, told, strict=True)}
    delete(store, keys[0])
    publish(store, draft("b", "another text came in its place"))

    @store.record
    def _(recording):
        assert recording.current(texts) == {keys[2]}


def test_the_latest_stories_that_one_is_tied_to_are_given(store):
    a, b, c, d = keys_of(store, *(draft(name) for name in "abcd"))
    save(store, match(a, b), match(a, c), match(a, d), match(b, c))

    @store.record
    def _(recording):
        assert recording.tied([a, d], limit=2) == {a: [c, d], d: [a]}


@pytest.mark.parametrize(
    ("text", "title"), [("another text came in its place", "Title"), ("the river rose", "Another title")]
)
@pytest.mark.parametrize("clustered", [False, True])
def test_a_story_that_was_stored_anew_while_an_earlier_one_was_matched_waits_on(store, text, title, clustered):
    first, then = draft("a", "the river rose", title="Title"), draft("a", text, title=title)
    (earlier,) = publish(store, first)
    if clustered:
        place(store, dict.fromkeys([earlier.key, *keys_of(store, draft("b"))], "c"), {"c": earlier.key})
    (later,) = publish(store, then)
    record_nothing(store, earlier, first)
    assert not asked(store).story("a").matched
    (again,) = publish(store, then)
    assert (again.outcome, again.matched) == ("unchanged", False)
    record_nothing(store, later, then)
    assert asked(store).story("a").matched


def test_a_recording_that_fails_leaves_nothing_behind(store):
    a, b = keys_of(store, draft("a"), draft("b"))

    def fail():

        @store.record
        def _(recording):
            recording.save([match(a, b)])
            recording.finish([a, b])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert asked(store).matches(a, limit=5).total == 0
    assert store.stats().backlog == 2


def test_matches_come_strongest_first_page_by_page(store):
    keys = keys_of(store, *(draft(f"s{number}") for number in range(8)))
    save(store, *(match(keys[0], key, jaccard=0.5 + 0.05 * (key % 3)) for key in keys[1:]))
    shown, after = [], None
    while True:
        page = asked(store).matches(keys[0], after=after, limit=3)
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
    chosen = asked(store).matches(a, relations=[Relation.CONTAINS, Relation.REPRINT], limit=5)
    assert [found.match.b for found in chosen.items] == [c, d]
    bounded = asked(store).matches(a, threshold=0.85, limit=5)
    assert ([found.match.b for found in bounded.items], bounded.total) == ([b, c], 2)


def test_matches_of_several_stories_carry_their_totals(store):
    a, b, c = keys_of(store, *(draft(name) for name in "abc"))
    save(store, match(a, b), match(a, c, jaccard=0.9))
    pages = asked(store).matches_of([a, b, c], limit=1)
    assert [found.match.b for found in pages[a].items] == [c]
    assert (pages[a].total, pages[b].total) == (2, 1)
    assert asked(store).matches(a, after=pages[a].next, limit=1).items[0].match.b == b
    lonely = keys_of(store, draft("z"))[0]
    assert asked(store).matches_of([lonely], limit=5)[lonely].total == 0


def test_dropped_matches_go_on_both_sides(store):
    a, b, c = keys_of(store, *(draft(name) for name in "abc"))
    save(store, match(a, b), match(b, c))
    store.record(lambda recording: recording.drop_matches([a]))
    assert asked(store).matches(a, limit=5).total == 0
    assert [found.match.b for found in asked(store).matches(b, limit=5).items] == [c]


def test_a_component_follows_clustering_edges_only(store):
    a, b, c, d, e = keys_of(store, *(draft(name) for name in "abcde"))
    save(store, match(a, b), match(b, c, Relation.EXACT, 1.0), match(c, d, Relation.PASSAGE), match(d, e))
    (component,) = store.record(lambda recording: recording.components([a], limit=50))
    assert {member.key for member in component.members} == {a, b, c}
    assert {(edge.a, edge.b) for edge in component.edges} == {(a, b), (b, c)}
    assert component.complete


def test_a_component_over_the_limit_is_a_crowd_and_is_not_looked_into_further(store):
    keys = keys_of(store, *(draft(f"s{number}") for number in range(14)))
    save(store, *(match(keys[0], key) for key in keys[1:12]), match(keys[11], keys[12]), match(keys[12], keys[13]))
    (component,) = store.record(lambda recording: recording.components([keys[0]], limit=5))
    assert not component.complete
    assert keys[12] not in {member.key for member in component.members}


def test_a_tie_is_read_from_its_other_side_where_reading_was_cut_off(store, monkeypatch):
    monkeypatch.setattr(components, "_EDGES_PER_STORY", 1)
    first, second, *crowd, last = keys_of(store, *(draft(f"s{number}") for number in range(8)))
    place(store, dict.fromkeys(crowd, "c1"), {"c1": crowd[0]})
    save(store, match(first, last), match(second, last), *(match(second, key) for key in crowd[:3]))
    found = store.record(lambda recording: recording.components([first, second], limit=4))
    assert [component.complete for component in found if last in {member.key for member in component.members}] == [
        False
    ]


def test_a_component_at_the_edge_of_a_large_cluster_is_a_crowd(store):
    keys = keys_of(store, *(draft(f"s{number}") for number in range(8)))
    place(store, dict.fromkeys(keys[:6], "c1"), {"c1": keys[0]})
    save(store, match(keys[6], keys[5]), match(keys[5], keys[4]), match(keys[7], keys[6], Relation.PASSAGE))
    (crowd, alone) = store.record(lambda recording: recording.components([keys[6], keys[7]], limit=5))
    assert ({member.key for member in crowd.members}, crowd.complete) == ({keys[5], keys[6]}, False)
    assert ({member.key for member in alone.members}, alone.complete) == ({keys[7]}, True)


def test_a_component_sees_what_its_own_recording_saved(store):
    a, b = keys_of(store, draft("a"), draft("b"))

    @store.record
    def _(recording):
        recording.save([match(a, b)])
        assert [len(one.members) for one in recording.components([b], limit=5)] == [2]


def test_a_loose_story_is_in_no_crowd_whatever_its_cluster(store):
    keys = keys_of(store, *(draft(f"s{number}") for number in range(9)))
    place(store, dict.fromkeys(keys, "c1"), {"c1": keys[0]})
    save(store, match(keys[8], keys[0]))

    (held,) = store.record(lambda recording: recording.components([keys[8]], limit=5))
    (unclustered,) = store.record(lambda recording: recording.components([keys[8]], limit=5, unclustered=[keys[8]]))
    assert (len(held.edges), len(unclustered.edges), unclustered.complete) == (0, 1, False)


def test_versions_that_share_next_to_nothing_make_no_component(store):
    a, b, c = keys_of(store, draft("a"), draft("b"), draft("c"))
    save(store, match(a, b, Relation.VERSION, 0.02), match(b, c, Relation.VERSION, 0.6))

    @store.record
    def _(recording):
        assert sorted(len(one.members) for one in recording.components([a, b], limit=9)) == [1, 2]


def test_the_neighbourhood_of_a_story_is_its_own_ties_and_the_clusters_they_lead_into(store):
    a, b, c, d, e, new = keys_of(store, *(draft(name) for name in ("a", "b", "c", "d", "e", "new")))
    place(store, {a: "c1", b: "c1", c: "c2", d: "c2"}, {"c1": a, "c2": c})
    save(store, match(a, b), match(c, d), match(new, b), match(new, c, jaccard=0.7), match(new, e, Relation.PASSAGE))

    @store.record
    def around(recording):
        around = recording.neighbourhood(new, limit=5)
        assert recording.neighbourhood(new, limit=4) is None
        assert recording.neighbourhood(e, limit=5) is None
        return around

    assert (around.story.key, around.story.cluster_id) == (new, None)
    assert {name: {one.key for one in members} for name, members in around.clusters.items()} == {
        "c1": {a, b}, "c2": {c, d}
    }  # fmt: skip
    assert [(edge.a, edge.b, edge.jaccard) for edge in around.edges] == [(new, b, 0.8), (new, c, 0.7)]


def test_a_story_that_is_tied_to_one_in_no_cluster_has_no_neighbourhood(store):
    a, b, c, new = keys_of(store, *(draft(name) for name in ("a", "b", "c", "new")))
    place(store, {a: "c1", b: "c1"}, {"c1": a})
    save(store, match(a, b), match(new, a), match(new, c))

    @store.record
    def _(recording):
        assert recording.neighbourhood(new, limit=5) is None
