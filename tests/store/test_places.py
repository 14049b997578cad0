"""Writers beside each other in PostgreSQL: who ties stories of one cluster waits, who does not goes on."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from twicetold.domain.analysis import Learned
from twicetold.domain.cleaning.recurring import OwnBlock
from twicetold.domain.errors import IncompatibleStore
from twicetold.domain.matching.canonical import CanonicalPolicy
from twicetold.domain.model import Override, OverrideAction
from twicetold.store.open import begin_import, open_store
from twicetold.store.postgres import engine as postgres_engine
from twicetold.store.postgres.locks import Contended, Rows
from twicetold.store.queries import boilerplate, overrides
from twicetold.store.queries.late_writes import LateWrites
from twicetold.store.queries.rows import pack_body
from twicetold.usecases.pipeline import Placement, Season
from twicetold.usecases.record import recluster

from tests.store.conftest import SCHEME
from tests.store.samples import NOON, asked, draft, keys_of, match, note, place, publish, save
from tests.usecases.conftest import FingerprintParameters

PARAMETERS = FingerprintParameters()
PATIENCE = 20
"""Seconds after which a test that waits for another thread fails."""


@pytest.fixture
def store(postgres_server, request):
    # The emptied database of the other tests, on this engine only.
    url = request.getfixturevalue("postgres_url")
    opened = open_store(url, scheme=SCHEME)
    yield opened
    opened.close()


@pytest.fixture
def pool():
    with ThreadPoolExecutor(4) as threads:
        yield threads


def locked_out(store):
    """How often the server had to end one of two transactions that waited for each other."""
    with store._engine.reading() as session:
        ((count,),) = session.rows("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    return count


def waiting(store):
    """Wait until some transaction waits for a lock."""
    for _ in range(PATIENCE * 100):
        with store._engine.reading() as session:
            if session.rows("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND state = 'active'"):
                return
        threading.Event().wait(0.01)
    raise AssertionError("nobody waits")


def tie(recording, *matches):
    """What a recording does of matches of new stories."""
    recording.hold(sorted({key for one in matches for key in (one.a, one.b)}))
    recording.save(matches)
    return recluster(recording, sorted({one.a for one in matches}), PARAMETERS, now=NOON)


def test_of_two_that_tie_stories_to_one_at_once_the_second_waits_and_sees_the_ties_of_the_first(store, pool):
    first, a, b = keys_of(store, draft("first"), draft("a", minutes=1), draft("b", minutes=2))
    tied, go_on = threading.Event(), threading.Event()

    def one(recording):
        tie(recording, match(a, first))
        tied.set()
        assert go_on.wait(PATIENCE)

    def other(recording):
        tie(recording, match(b, first))
        (component,) = recording.components([b], limit=9)
        return sorted(member.key for member in component.members)

    running = pool.submit(store.record, one)
    assert tied.wait(PATIENCE)
    second = pool.submit(store.record, other)
    waiting(store)
    go_on.set()
    running.result(PATIENCE)
    assert second.result(PATIENCE) == [first, a, b]
    assert len({asked(store).story(name).cluster.id for name in ("first", "a", "b")}) == 1


def test_recordings_of_unrelated_stories_of_one_source_and_hour_do_not_wait_for_each_other(store, pool):
    a, b, c, d = keys_of(store, draft("a"), draft("b"), draft("c"), draft("d"))
    tied, go_on = threading.Event(), threading.Event()

    def one(recording):
        tie(recording, match(b, a))
        recording.finish([a, b])
        tied.set()
        assert go_on.wait(PATIENCE)

    running = pool.submit(store.record, one)
    assert tied.wait(PATIENCE)

    def other(recording):
        tie(recording, match(d, c))
        recording.finish([c, d])

    pool.submit(store.record, other).result(PATIENCE)
    assert asked(store).story("c").cluster
    go_on.set()
    running.result(PATIENCE)
    assert asked(store).story("a").cluster


def test_who_learned_of_a_season_waits_for_a_note_of_it_and_leaves_that(store, pool):
    keys = keys_of(store, draft("a"), draft("b"))
    store.record(lambda recording: recording.finish(keys[:1]))
    ((season, told),) = asked(store).unlearned(limit=9).items()
    noted, go_on = threading.Event(), threading.Event()

    def one(session):
        late = LateWrites()
        late.unlearn(session, keys[1:])
        late.write(session)
        noted.set()
        assert go_on.wait(PATIENCE)

    running = pool.submit(store._engine.record, one)
    assert noted.wait(PATIENCE)
    learner = pool.submit(store.record, lambda recording: recording.teach(season, told, Learned(), b"some stories"))
    waiting(store)
    go_on.set()
    running.result(PATIENCE)
    learner.result(PATIENCE)
    assert list(asked(store).unlearned(limit=9)) == [season]


@pytest.mark.parametrize("known", [False, True])
def test_of_two_that_put_overrides_of_a_source_at_once_the_second_holds(store, pool, known):
    first, second = (Override(action=OverrideAction.CUT, block=f"Block number {number}") for number in (1, 2))
    if known:
        store.put_overrides("herald.example", [first])
    put, go_on = threading.Event(), threading.Event()

    def one(session):
        overrides.put_overrides(session, "herald.example", [first])
        put.set()
        assert go_on.wait(PATIENCE)

    running = pool.submit(store._engine.write, one)
    assert put.wait(PATIENCE)
    other = pool.submit(store.put_overrides, "herald.example", [second])
    waiting(store)
    go_on.set()
    running.result(PATIENCE)
    other.result(PATIENCE)
    assert asked(store).overrides(["herald.example"]) == {"herald.example": (second,)}


@pytest.mark.parametrize(
    ("say", "shown"),
    [
        (lambda store, block: store.allow_block("herald.example", block.id), ["allowed"]),
        (lambda store, block: store.forget_block("herald.example", block.id, at=NOON), []),
    ],
)
def test_what_a_person_says_of_a_block_while_its_season_teaches_holds(store, pool, monkeypatch, say, shown):
    finished = keys_of(store, draft("a"))
    store.record(lambda recording: recording.finish(finished))
    season = Season("herald.example", 310)
    learned = Learned(blocks=[OwnBlock(5, "Follow us every morning", 4, 2, NOON.date(), NOON.date())])
    first, again = note(store, season, 1), 2
    store.record(lambda recording: recording.teach(season, first, learned, b"some stories"))
    (block,) = asked(store).source("herald.example").boilerplate
    note(store, season, again)
    read, go_on = threading.Event(), threading.Event()
    as_told = boilerplate._as_told

    def paused(*of):
        read.set()
        assert go_on.wait(PATIENCE)
        return as_told(*of)

    monkeypatch.setattr(boilerplate, "_as_told", paused)
    teaching = pool.submit(store.record, lambda recording: recording.teach(season, again, learned, b"more stories"))
    assert read.wait(PATIENCE)
    person = pool.submit(say, store, block)
    waiting(store)
    go_on.set()
    teaching.result(PATIENCE)
    assert person.result(PATIENCE)
    assert [one.status for one in asked(store).source("herald.example").boilerplate] == shown
    assert asked(store).learned(["herald.example"]) == {}


@pytest.mark.parametrize("clustered", [False, True])
def test_what_two_need_in_opposite_orders_locks_neither_out(store, pool, clustered):
    a, a2, b, b2 = keys_of(store, *(draft(name, f"text of {name}") for name in ("a", "a2", "b", "b2")))
    if clustered:
        save(store, match(a, a2), match(b, b2))
        place(store, {a: "ca", a2: "ca", b: "cb", b2: "cb"}, {"ca": a, "cb": b})
    before, both, runs = locked_out(store), threading.Barrier(2), []

    def need(first, then):
        def work(recording):
            runs.append(first)
            recording.hold([first])
            if runs.count(first) == 1:
                both.wait(PATIENCE)
            recording.save([match(first, then)])
            return recluster(recording, [first, then], PARAMETERS, now=NOON)

        return work

    running = [pool.submit(store.record, need(a, b)), pool.submit(store.record, need(b, a))]
    for one in running:
        one.result(PATIENCE)
    assert len(runs) > 2, "one of them began anew"
    assert locked_out(store) == before
    assert asked(store).story("a").cluster.id == asked(store).story("b").cluster.id


def test_a_story_that_moved_while_its_place_was_waited_for_is_held_where_it_went(store, pool):
    a, b = keys_of(store, draft("a"), draft("b"))
    moved, go_on = threading.Event(), threading.Event()

    def one(recording):
        recording.place(Placement(moves={a: "c", b: "c"}, canonicals={"c": a}, at=NOON))
        moved.set()
        assert go_on.wait(PATIENCE)

    def other(recording):
        assert recording.hold([b])
        return set(recording._session.locks._clusters)

    running = pool.submit(store.record, one)
    assert moved.wait(PATIENCE)
    second = pool.submit(store.record, other)
    waiting(store)
    go_on.set()
    running.result(PATIENCE)
    assert second.result(PATIENCE) == {"c"}


def test_publishing_of_a_story_waits_for_no_recording_of_others(store, pool):
    (a,) = keys_of(store, draft("a"))
    held, go_on = threading.Event(), threading.Event()

    def one(recording):
        recording.hold([a])
        held.set()
        assert go_on.wait(PATIENCE)

    running = pool.submit(store.record, one)
    assert held.wait(PATIENCE)
    pool.submit(publish, store, draft("b", "another text")).result(PATIENCE)
    go_on.set()
    running.result(PATIENCE)


def test_a_story_sent_from_another_source_and_a_recording_of_its_cluster_lock_neither_out(store, pool):
    keys = keys_of(store, *(draft(f"s{number}", f"text {number}", minutes=number) for number in range(6)))
    save(store, *(match(key, keys[0]) for key in keys[1:4]))
    place(store, dict.fromkeys(keys[:4], "c"), {"c": keys[0]})
    before = locked_out(store)
    counts = range(12)

    def send():
        for number in counts:
            sources = [f"{'ab'[number % 2]}{part}.example" for part in range(3)]
            publish(store, *(draft(f"s{part}", f"text {part}, version {number}", source=sources[part], minutes=part)
                             for part in range(3)))  # fmt: skip

    def join():
        for number in counts:
            store.record(lambda recording, new=keys[4 + number % 2]: tie(recording, match(new, keys[0])))
            store.record(lambda recording: recording.drop_matches(keys[4:]))

    for one in [pool.submit(send), pool.submit(join)]:
        one.result(60)
    assert locked_out(store) == before
    assert list(store.verify(lambda *_: None)) == []


def test_who_was_contended_takes_all_it_needs_first_and_in_the_end_works_alone():
    tries = []

    def once(first, alone):
        tries.append((sorted(first.stories), alone))
        if len(tries) < 5:
            raise Contended(Rows(stories=frozenset([len(tries)])))
        return "done"

    assert postgres_engine._again_where_contended(once) == "done"
    assert tries == [([], False), ([1], False), ([1, 2], False), ([1, 2, 3], True), ([1, 2, 3, 4], True)]


def test_who_works_alone_waits_for_all_others_and_they_for_it(store, pool):
    (a,) = keys_of(store, draft("a"))
    held, go_on, order = threading.Event(), threading.Event(), []

    def shared(recording):
        recording.hold([a])
        held.set()
        assert go_on.wait(PATIENCE)
        order.append("shared")

    def contended(recording):
        if recording._session.locks._alone:
            order.append("alone")
        else:
            raise Contended(Rows())

    running = pool.submit(store.record, shared)
    assert held.wait(PATIENCE)
    second = pool.submit(store.record, contended)
    waiting(store)
    go_on.set()
    running.result(PATIENCE)
    second.result(PATIENCE)
    assert order == ["shared", "alone"]


def test_of_two_imports_into_one_store_the_second_waits_and_is_refused(store, postgres_url, pool):
    asked(store).change_numbers()  # opened before: nobody else opens a store while it is filled
    told = {"scheme": SCHEME, "policy": CanonicalPolicy()}
    sent = draft("s1")
    with (
        closing(begin_import("one", postgres_url, **told)) as one,
        closing(begin_import("one", postgres_url, **told)) as other,
    ):
        writing, seen = threading.Event(), threading.Event()

        def work(_):
            writing.set()
            assert seen.wait(PATIENCE)

        first = pool.submit(one._write, "lessons", 1, work)
        assert writing.wait(PATIENCE)
        second = pool.submit(other.stories, [sent], [pack_body(sent.story)], now=NOON)
        waiting(store)
        seen.set()
        first.result(PATIENCE)
        with pytest.raises(IncompatibleStore, match="another import works on this store"):
            second.result(PATIENCE)
        one.finish(now=NOON)
    assert store.stats().stories == 0
