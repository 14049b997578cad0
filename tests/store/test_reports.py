from __future__ import annotations

from datetime import timedelta

import pytest
from twicetold.domain.model import Credits, Relation
from twicetold.store.queries import partners, ties
from twicetold.usecases.pipeline import Placement
from twicetold.usecases.read_models import ClusterFilter, ClusterSort, StoryFilter

from tests.store.samples import NOON, asked, draft, keys_of, match, place, publish


def all_pages(ask):
    items, after = [], None
    while True:
        page = ask(after)
        assert page.items
        items += page.items
        after = page.next
        if after is None:
            return items


def test_stories_come_latest_first_page_by_page(store):
    keys_of(store, *(draft(f"s{number}", minutes=number // 2) for number in range(7)))
    found = all_pages(lambda after: asked(store).stories(StoryFilter(), after=after, limit=3))
    assert [item.story.id for item in found] == ["s6", "s5", "s4", "s3", "s2", "s1", "s0"]


def test_stories_are_chosen_by_source_url_and_time(store):
    keys_of(
        store,
        draft("a", url="herald.example/1"),
        draft("b", url="herald.example/1", minutes=10),
        draft("c", source="times.example", minutes=20),
    )

    def ids(**wanted):
        return [item.story.id for item in asked(store).stories(StoryFilter(**wanted), after=None, limit=9).items]

    received = NOON + timedelta(minutes=10, seconds=30)
    assert ids(url_key="herald.example/1") == ["b", "a"]
    assert ids(url_key="herald.example/2") == []
    assert ids(source="times.example") == ["c"]
    assert ids(since=received) == ["c", "b"]
    assert ids(until=received) == ["a"]
    assert ids(url_key="herald.example/1", since=received) == ["b"]


def test_expired_stories_come_oldest_first(store):
    keys_of(store, draft("new", minutes=60), draft("b", minutes=2), draft("a"))
    assert asked(store).expired(before=NOON + timedelta(minutes=30), limit=9) == ["a", "b"]
    assert asked(store).expired(before=NOON + timedelta(minutes=30), limit=1) == ["a"]


@pytest.fixture
def three_clusters(store):
    """c1: two stories at one source; c2: three at three sources, times first; c3: two at two sources, herald first."""
    keys = keys_of(
        store,
        draft("a1", minutes=0), draft("a2", minutes=1),
        draft("b1", source="times.example", minutes=10, credits=Credits(agencies=("AP", "Reuters"))),
        draft("b2", source="herald.example", minutes=12),
        draft("b3", source="globe.example", minutes=14, published=False),
        draft("c1", source="herald.example", minutes=5), draft("c2", source="times.example", minutes=6),
    )  # fmt: skip
    moves = dict(zip(keys, ["c1", "c1", "c2", "c2", "c2", "c3", "c3"], strict=True))

    @store.record
    def _(recording):
        recording.save([match(keys[2], keys[3], jaccard=0.7)])
        recording.place(Placement(moves=moves, canonicals={"c1": keys[0], "c2": keys[2], "c3": keys[5]}, at=NOON))

    return keys


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        (ClusterSort.RECENT, ["c2", "c3", "c1"]),
        (ClusterSort.SIZE, ["c2", "c3", "c1"]),
        (ClusterSort.SOURCES, ["c2", "c3", "c1"]),
        (ClusterSort.FIRST_SEEN, ["c2", "c3", "c1"]),
    ],
)
def test_clusters_come_in_the_asked_order_page_by_page(store, three_clusters, sort, order):
    found = all_pages(lambda after: asked(store).clusters(ClusterFilter(sort=sort), after=after, limit=1))
    assert [cluster.id for cluster in found] == order


def test_clusters_are_chosen_by_size_sources_and_time(store, three_clusters):
    def ids(**wanted):
        return [cluster.id for cluster in asked(store).clusters(ClusterFilter(**wanted), after=None, limit=9).items]

    assert ids(min_sources=2) == ["c2", "c3"]
    assert ids(min_size=3) == ["c2"]
    assert ids(source="globe.example") == ["c2"]
    assert ids(since=NOON + timedelta(minutes=6)) == ["c2", "c3"]
    assert ids(until=NOON + timedelta(minutes=6)) == ["c1"]


def test_members_come_by_time_with_their_tie_to_the_canonical(store, three_clusters):
    found = all_pages(lambda after: asked(store).members("c2", after=after, limit=2))
    assert [(member.story_id, member.jaccard, member.agencies) for member in found] == [
        ("b1", None, ("AP", "Reuters")), ("b2", 0.7, ()), ("b3", None, ()),
    ]  # fmt: skip


@pytest.fixture
def matched(store, three_clusters):
    store.record(lambda recording: recording.finish(three_clusters))


def test_sources_are_counted_and_listed_by_name(store, matched):
    found = all_pages(lambda after: asked(store).sources(after=after, limit=2))
    assert [(item.source, item.stories, item.first, item.reprinted) for item in found] == [
        ("globe.example", 1, 0, 1), ("herald.example", 4, 1, 1), ("times.example", 2, 1, 1),
    ]  # fmt: skip


def test_a_source_tells_whom_it_reprints_and_who_reprints_it(store, matched):
    report = asked(store).source("times.example")
    assert [(tie.source, tie.stories, tie.whole) for tie in report.reprints_from] == [("herald.example", 1, 1)]
    assert [(tie.source, tie.stories, tie.whole) for tie in report.reprinted_by] == [
        ("globe.example", 1, 1), ("herald.example", 1, 1),
    ]  # fmt: skip
    assert report.summary.stories == 2
    assert asked(store).source("nobody.example") is None


def test_an_empty_store_has_no_sources_and_no_clusters(store):
    assert asked(store).sources(after=None, limit=5).items == []
    assert asked(store).clusters(ClusterFilter(), after=None, limit=5).items == []


def test_stats_count_stories_clusters_and_matches(store, three_clusters):
    stats = store.stats()
    assert (stats.stories, stats.clusters, stats.matches, stats.backlog) == (7, 3, 1, 7)
    assert stats.bytes > 0


def test_versions_are_listed_without_texts_and_read_one_by_one(store):
    for number in range(1, 6):
        publish(store, draft("a", f"text number {number}", title=f"Title {number}"), now=NOON + timedelta(hours=number))
    key = asked(store).story("a").key
    found = all_pages(lambda after: asked(store).history(key, after=after, limit=2))
    assert [(one.version, one.title, one.words) for one in found] == [
        (number, f"Title {number}", 3) for number in (5, 4, 3, 2, 1)
    ]
    assert [asked(store).version(key, number).text for number in (1, 5)] == ["text number 1", "text number 5"]
    assert asked(store).version(key, 1).received_at == NOON + timedelta(hours=1)
    assert asked(store).version(key, 6) is None


def test_ties_are_counted_by_publication_of_the_later_story(store, three_clusters):
    found = asked(store).ties(since=None, until=None, least=1, limit=9)
    assert [(tie.first, tie.later, tie.relation, tie.stories, tie.median_lag) for tie in found.ties] == [
        ("herald.example", "times.example", Relation.REPRINT, 1, timedelta(minutes=1)),
        ("times.example", "globe.example", Relation.REPRINT, 1, timedelta(minutes=4, seconds=30)),
        ("times.example", "herald.example", Relation.REPRINT, 1, timedelta(minutes=2)),
    ]
    assert (found.complete, found.counted_since) == (True, NOON)
    assert len(asked(store).ties(since=NOON + timedelta(minutes=10), until=None, least=1, limit=9).ties) == 2
    assert len(asked(store).ties(since=None, until=NOON + timedelta(minutes=10), least=1, limit=9).ties) == 1
    assert asked(store).ties(since=None, until=None, least=2, limit=9).ties == []
    assert len(asked(store).ties(since=None, until=None, least=1, limit=2).ties) == 2


def test_ties_say_that_not_all_stories_were_counted(store, three_clusters, monkeypatch):
    monkeypatch.setattr(ties, "STORIES_READ", 2)
    found = asked(store).ties(since=None, until=None, least=1, limit=9)
    assert (found.complete, found.counted_since) == (False, NOON + timedelta(minutes=12))
    assert sum(tie.stories for tie in found.ties) == 2


def test_ties_are_medians_over_stories_of_one_relation(store):
    keys = keys_of(store, draft("a"), *(draft(f"b{n}", source="times.example", minutes=n) for n in (1, 5, 30)))

    @store.record
    def _(recording):
        recording.save([match(keys[0], keys[1], relation=Relation.EXACT)])
        recording.place(Placement(moves=dict.fromkeys(keys, "c1"), canonicals={"c1": keys[0]}, at=NOON))

    found = asked(store).ties(since=None, until=None, least=1, limit=9)
    assert [(tie.relation, tie.stories, tie.median_lag) for tie in found.ties] == [
        (Relation.REPRINT, 2, timedelta(minutes=17, seconds=30)), (Relation.EXACT, 1, timedelta(minutes=1)),
    ]  # fmt: skip


def test_partners_are_told_week_by_week_whoever_was_first(store, monkeypatch):
    week = 7 * 24 * 60
    keys = keys_of(
        store,
        draft("a1", source="a.example", text="one"),
        draft("b1", source="b.example", text="one too", minutes=5),
        draft("b2", source="b.example", text="two", minutes=week),
        draft("a2", source="a.example", text="two too", minutes=week + 5),
        draft("a3", source="a.example", text="two as well", minutes=week + 9),
        draft("c2", source="c.example", text="two again", minutes=week + 9),
    )
    place(store, {key: "c1" if number < 2 else "c2" for number, key in enumerate(keys)}, {})

    def told(source, since=NOON):
        weeks, complete = asked(store).partner_weeks(source, since=since)
        return {(one.other, one.first, one.start.day): one.stories for one in weeks}, complete

    assert told("a.example") == ({("b.example", True, 13): 1, ("b.example", False, 20): 2}, True)
    after = {("a.example", False, 13): 1, ("a.example", True, 20): 2, ("c.example", True, 20): 1}
    assert told("b.example") == (after, True)
    assert told("a.example", since=NOON + timedelta(days=1)) == ({("b.example", False, 20): 2}, True)
    monkeypatch.setattr(partners, "STORIES_READ", 1)
    assert told("a.example") == ({("b.example", False, 20): 1}, False)
