from __future__ import annotations

import multiprocessing
from datetime import timedelta

import psycopg
import pytest
from twicetold.domain.model import Relation
from twicetold.store.open import open_store
from twicetold.store.queries import changes as log
from twicetold.usecases.pipeline import Placement
from twicetold.usecases.read_models import ChangeFilter, ChangeKind, ClusterEvent

from tests.store import workers
from tests.store.conftest import SCHEME
from tests.store.samples import NOON, asked, delete, draft, keys_of, match, place, publish, save

SPAWN = multiprocessing.get_context("spawn")


def told(store, after=0, limit=1000):
    store.number_changes()
    return asked(store).changes(after=after, limit=limit)


def kinds(changes):
    return [(str(change.kind), change.story_id) for change in changes]


def test_stories_that_come_change_and_go_are_told_in_order(store):
    keys = keys_of(store, draft("a"), draft("b"))
    publish(store, draft("a"), draft("b", "another text by now"), draft("b", title="A better title"))
    delete(store, keys[0])
    assert kinds(told(store)) == [
        ("story.created", "a"), ("story.created", "b"), ("story.changed", "b"), ("story.changed", "b"),
        ("story.deleted", "a"),
    ]  # fmt: skip
    assert [change.seq for change in told(store)] == [1, 2, 3, 4, 5]
    assert {change.source for change in told(store)} == {"herald.example"}


def test_a_story_that_comes_again_unchanged_is_no_change(store):
    publish(store, draft("a"))
    last = store.number_changes()
    publish(store, draft("a"))
    assert store.number_changes() == last


def test_a_story_that_was_cleaned_again_has_changed(store):
    (key,) = keys_of(store, draft("a"))
    read = {key: asked(store).story("a").story, key + 7: draft("gone").story}
    store.refresh({key: draft("a", "cleaned another way"), key + 7: draft("gone")}, instead_of=read)
    assert kinds(told(store)) == [("story.created", "a"), ("story.changed", "a")]


def test_a_match_is_told_once_with_its_cluster_as_its_later_story_sees_it(store):
    a, b = keys_of(store, draft("a"), draft("b", source="times.example"))

    @store.record
    def _(recording):
        recording.save([match(a, b, Relation.CONTAINS), match(b, a, Relation.EXCERPT_OF)])
        recording.place(Placement(moves={a: "k", b: "k"}, canonicals={"k": a}, at=NOON))

    (change,) = told(store, after=2)
    assert (change.kind, change.story_id, change.other_id, change.relation) == ("match", "b", "a", "excerpt_of")
    assert (change.cluster_id, change.sources, change.source, change.other_source) == (
        "k", 2, "times.example", "herald.example",
    )  # fmt: skip


def test_clusters_that_merge_and_split_are_told_with_where_their_stories_went(store):
    a, b = keys_of(store, draft("a"), draft("b", source="times.example"))
    place(store, {a: "k", b: "k"}, {"k": a}, ClusterEvent(cluster_id="k", at=NOON, event="created"))
    place(store, {a: "m", b: "m"}, {"m": a}, ClusterEvent(cluster_id="k", at=NOON, event="merged", other="m"))
    place(store, {b: "n"}, {"m": a, "n": b}, ClusterEvent(cluster_id="m", at=NOON, event="split", other="n"))
    assert [(change.kind, change.cluster_id, change.into_id, change.sources) for change in told(store, after=2)] == [
        ("cluster.merged", "k", "m", 2), ("cluster.split", "m", "n", 1),
    ]  # fmt: skip


def give_verdict(store, a, b, same):
    store.record(lambda recording: recording.give_verdict(a, b, same, note=None, given_by=None, at=NOON))


def test_verdicts_are_told(store):
    a, b = keys_of(store, draft("a"), draft("b"))
    for same in (True, True, None):
        give_verdict(store, a, b, same)
    assert [(change.kind, change.story_id, change.other_id, change.same) for change in told(store, after=2)] == [
        ("verdict", "a", "b", True), ("verdict", "a", "b", None),
    ]  # fmt: skip


def test_a_recording_that_fails_changes_nothing(store):
    keys_of(store, draft("a"), draft("b"))

    def fail():

        @store.record
        def _(recording):
            recording.save([match(1, 2)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert len(told(store)) == 2


def test_only_what_has_a_number_is_read(store):
    publish(store, draft("a"))
    assert asked(store).changes(after=0, limit=9) == []
    assert asked(store).change_numbers() == (0, 0)
    assert store.number_changes() == 1
    assert len(asked(store).changes(after=0, limit=9)) == 1


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_changes_are_read_on_from_any_number(store, limit, monkeypatch):
    monkeypatch.setattr(log, "IN_ROW", 2)
    monkeypatch.setattr(log, "AT_ONCE", 2)
    publish(store, *(draft(f"a{number}") for number in range(7)))
    publish(store, *(draft(f"b{number}", source="a source that is named " * 8) for number in range(5)))
    whole = told(store)
    assert [change.seq for change in whole] == list(range(1, 13))
    read, after = [], 0
    while step := told(store, after=after, limit=limit):
        assert len(step) <= limit
        read += step
        after = step[-1].seq
    assert read == whole


def test_what_an_open_transaction_made_is_numbered_when_it_is_committed(store_url):
    """A later transaction commits first: its change gets the smaller number, and neither is passed over."""
    if not store_url.startswith("postgresql"):
        return  # SQLite has one writer at a time
    store = open_store(store_url, scheme=SCHEME)
    with psycopg.connect(store_url) as connection:
        first = log._packed([log.entry(ChangeKind.STORY_CREATED, "first", "herald.example")])
        connection.execute("INSERT INTO changes (at, events, packed) VALUES (0, 1, %s)", (first,))
        publish(store, draft("second"))
        assert kinds(told(store)) == [("story.created", "second")]
        connection.commit()
    assert kinds(told(store, after=1)) == [("story.created", "first")]
    assert [change.seq for change in told(store)] == [1, 2]
    store.close()


def test_old_changes_are_forgotten_from_the_front(store):
    for number, day in enumerate((0, 1, 5, 2)):
        publish(store, draft(f"s{number}"), now=NOON + timedelta(days=day))
    store.forget_changes(before=NOON + timedelta(days=3))
    assert asked(store).change_numbers() == (2, 4)
    assert [change.seq for change in told(store)] == [3, 4]
    store.forget_changes(before=NOON + timedelta(days=9))
    assert asked(store).change_numbers() == (4, 4)
    publish(store, draft("after"))
    assert [change.seq for change in told(store)] == [5]


def test_writers_that_are_killed_and_readers_that_number_lose_and_repeat_nothing(store_url):
    told_by = []
    writers = []
    for name in ("left", "right"):
        hears, tells = SPAWN.Pipe(duplex=False)
        writers.append(SPAWN.Process(target=workers.publish_for_ever, args=(store_url, tells, f"{name}-")))
        writers[-1].start()
        tells.close()
        told_by.append(hears)
    store = open_store(store_url, scheme=SCHEME)
    read = []

    def read_on():
        read.extend(told(store, after=read[-1].seq if read else 0, limit=50))

    acknowledged = {}
    for hears, name in zip(told_by, ("left", "right"), strict=True):
        last = -1
        while last < 10:
            last = hears.recv()
            read_on()
        acknowledged[name] = last
    for writer in writers:
        writer.kill()
        writer.join()
    while told(store, after=read[-1].seq, limit=50):
        read_on()
    assert [change.seq for change in read] == list(range(1, len(read) + 1))
    ids = [change.story_id for change in read]
    assert len(set(ids)) == len(ids) == store.stats().stories
    for name, last in acknowledged.items():
        assert {f"{name}-{number}:{part}" for number in range(last + 1) for part in range(3)} <= set(ids)
    store.close()


@pytest.mark.parametrize(
    ("wanted", "passed"),
    [
        (ChangeFilter(), 3),
        (ChangeFilter(kinds=frozenset({ChangeKind.MATCH})), 1),
        (ChangeFilter(source="times.example"), 2),
        (ChangeFilter(min_sources=2), 1),
        (ChangeFilter(min_sources=3), 0),
    ],
)
def test_changes_are_chosen_by_kind_source_and_sources(sqlite_url, wanted, passed):
    store = open_store(sqlite_url, scheme=SCHEME)
    a, b = keys_of(store, draft("a"), draft("b", source="times.example"))

    @store.record
    def _(recording):
        recording.save([match(a, b)])
        recording.place(Placement(moves={a: "k", b: "k"}, canonicals={"k": a}, at=NOON))

    assert sum(map(wanted.wants, told(store))) == passed
    store.close()


def test_matches_are_told_with_what_was_saved_last(store):
    a, b = keys_of(store, draft("a"), draft("b"))
    save(store, match(a, b), match(a, b, Relation.EXACT, jaccard=1.0))
    assert [change.relation for change in told(store, after=2)] == ["exact"]
