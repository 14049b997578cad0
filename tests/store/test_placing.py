from __future__ import annotations

from datetime import UTC, datetime

from twicetold.store.queries.rows import AS_EARLY, EARLIEST_MEMBERS
from twicetold.usecases.read_models import ClusterEvent

from tests.store.samples import NOON, asked, delete, draft, keys_of, match, place, probe, publish, save


def test_a_cluster_follows_from_its_members(store):
    a, b, c = keys_of(
        store, draft("a", minutes=5), draft("b", source="times.example"), draft("c", source="times.example", minutes=9)
    )
    place(store, dict.fromkeys([a, b, c], "c1"), {"c1": b})
    cluster = asked(store).cluster("c1")
    assert (cluster.size, cluster.sources, cluster.canonical_id, cluster.title) == (3, 2, "b", "Title of b")
    assert (cluster.first_seen, cluster.last_seen) == (NOON, draft("x", minutes=9).story.published_at)
    assert asked(store).clusters_of([a, b, 99]) == {a: cluster, b: cluster}
    assert asked(store).story("a").cluster == cluster


def test_moving_the_last_members_away_deletes_a_cluster(store):
    a, b = keys_of(store, draft("a"), draft("b"))
    place(store, {a: "c1", b: "c1"}, {"c1": a})
    place(store, {a: None, b: None}, {})
    assert asked(store).cluster("c1") is None
    assert asked(store).story("a").cluster is None


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
    assert asked(store).cluster("c1").id == asked(store).cluster("c2").id == "c3"
    assert len(asked(store).members("c1", after=None, limit=9).items) == 3
    assert [(event.cluster_id, event.other) for event in asked(store).merges(limit=9)] == [("c2", "c3"), ("c1", "c2")]
    assert len(asked(store).merges(limit=1)) == 1


def test_events_come_latest_first(store):
    (a,) = keys_of(store, draft("a"))
    made = ClusterEvent(cluster_id="c1", at=NOON, event="created")
    chosen = ClusterEvent(cluster_id="c1", at=NOON, event="canonical", other="a")
    place(store, {a: "c1"}, {"c1": a}, made, chosen)
    assert asked(store).events("c1", limit=5) == [chosen, made]
    assert asked(store).events("c1", limit=1) == [chosen]


def test_members_of_clusters_come_canonical_first(store):
    a, b, c = keys_of(store, draft("a", minutes=9), draft("b"), draft("c", minutes=3))
    place(store, dict.fromkeys([a, b, c], "c1"), {"c1": a})

    @store.record
    def _(recording):
        assert [member.key for member in recording.earliest_members(["c1"], limit=2)["c1"]] == [a, b]


def test_a_deleted_story_leaves_no_trace(store):
    text = "the river rose by two metres"
    publish(store, draft("a", "an earlier text"))
    a, b = keys_of(store, draft("a", text), draft("b", text))
    save(store, match(a, b))
    place(store, {a: "c1", b: "c1"}, {"c1": a})
    delete(store, a)
    assert asked(store).story("a") is None
    assert asked(store).versions(a, limit=9) == []
    assert asked(store).wordings([a]) == asked(store).features([a]) == {}
    assert asked(store).matches(b, limit=5).total == 0
    assert [hit.key for hit in asked(store).candidates([probe(text)], limit=5)[0]] == [b]
    assert (store.stats().stories, store.stats().backlog) == (1, 1)


def test_holding_gives_the_keys_of_the_stories_that_are_there(store):
    a, b = keys_of(store, draft("a"), draft("b"))

    @store.record
    def _(recording):
        assert recording.lock(["b", "nobody", "a"]) == [a, b]


def test_stories_are_deleted_together_and_of_each_cluster_what_is_left_stands(store):
    names = "abcdefgh"
    keys = keys_of(store, *(draft(name, source=f"{name}.example") for name in names))
    for start, cluster_id in enumerate(("c1", "c2", "c3")):
        group = keys[2 * start : 2 * start + 2] if start < 2 else keys[4:]
        place(store, dict.fromkeys(group, cluster_id), {cluster_id: group[0]})
    delete(store, keys[0], keys[2], keys[3], keys[4], keys[5])
    assert asked(store).cluster("c1").canonical_id == "b", "a dissolved id answers with the story that was left"
    assert asked(store).cluster("c2") is None
    assert [[event.event for event in asked(store).events(name, limit=5)] for name in ("c1", "c2", "c3")] == [
        ["dissolved"], ["dissolved"], ["canonical"],
    ]  # fmt: skip
    assert asked(store).story("b").cluster is None
    left = asked(store).cluster("c3")
    assert (left.size, left.sources, left.canonical_id) == (2, 2, "g")
    assert [name for name in names if asked(store).story(name)] == ["b", "g", "h"]
    publish(store, draft("a"))
    assert store.stats().stories == 4


def test_a_cluster_of_two_dissolves_when_one_goes(store):
    a, b = keys_of(store, draft("a"), draft("b"))
    place(store, {a: "c1", b: "c1"}, {"c1": a})
    delete(store, a)
    left = asked(store).cluster("c1")
    assert (left.size, left.canonical_id) == (1, "b"), "a dissolved id answers with the story that was left"
    assert asked(store).story("b").cluster is None
    assert [event.event for event in asked(store).events("c1", limit=5)] == ["dissolved"]


def test_a_larger_cluster_gets_its_earliest_member_for_a_deleted_canonical(store):
    a, b, c = keys_of(store, draft("a"), draft("b", minutes=9), draft("c", minutes=3, source="times.example"))
    place(store, dict.fromkeys([a, b, c], "c1"), {"c1": a})
    delete(store, a)
    cluster = asked(store).cluster("c1")
    assert (cluster.canonical_id, cluster.size, cluster.sources) == ("c", 2, 2)
    assert [(event.event, event.other) for event in asked(store).events("c1", limit=5)] == [("canonical", "c")]


def test_a_time_that_cannot_be_trusted_is_none_that_a_story_was_told_at(store):
    zero = datetime(1970, 1, 1, tzinfo=UTC)
    keys = keys_of(store, draft("zero", published_at=zero), draft("a", minutes=5), draft("b", minutes=9))
    place(store, dict.fromkeys(keys, "c1"), {"c1": keys[1]})
    delete(store, keys[1])
    cluster = asked(store).cluster("c1")
    assert cluster.first_seen.year == NOON.year
    assert asked(store).members("c1", after=None, limit=5).items[0].story_id == cluster.canonical_id


def test_a_story_that_changes_its_source_counts_for_the_new_one(store):
    a, b = keys_of(store, draft("a", source="alpha.example"), draft("b", source="beta.example"))
    place(store, {a: "c1", b: "c1"}, {"c1": a})
    keys_of(store, draft("a", "other words", source="beta.example"))
    assert asked(store).cluster("c1").sources == 1
    place(store, {a: None}, {"c1": b})
    assert (asked(store).cluster("c1").size, asked(store).cluster("c1").sources) == (1, 1)


def test_of_members_told_at_one_time_only_so_many_are_read(store):
    told = [draft(f"s{number:04}", published_at=NOON) for number in range(AS_EARLY + 1050)]
    first, *others = keys_of(store, draft("first", minutes=-5), *told)
    place(store, dict.fromkeys([first, *others], "c1"), {"c1": first})
    sql = f"SELECT s.key FROM {EARLIEST_MEMBERS} ORDER BY s.seen_at, s.key"
    with store._engine.reading() as session:
        read = {most: session.rows(sql, clusters=["c1"], limit=most) for most in (1, 5, 1000)}
    assert [key for (key,) in read[1]] == [first]
    assert [key for (key,) in read[5]] == [first, *others[: AS_EARLY + 5]]
    assert len(read[1000]) == AS_EARLY + 1001
