"""The index in PostgreSQL against a plain dictionary: any order of writing, flushing, merging, and of commits."""

from __future__ import annotations

import multiprocessing
import random
from collections import defaultdict
from contextlib import contextmanager
from datetime import timedelta

import numpy as np
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import IsolationLevel
from twicetold.domain.errors import Unavailable
from twicetold.store.migrations import migrations
from twicetold.store.open import migrate, open_store
from twicetold.store.postgres.arrays import adapters
from twicetold.store.postgres.distributing import is_distributed
from twicetold.store.postgres.index import blocks, compaction, postings, view
from twicetold.store.postgres.index.blocks import RangePostings, Run, bits_for, split
from twicetold.store.postgres.index.compaction import Compaction, LostRight
from twicetold.store.postgres.index.filters import Filter
from twicetold.store.postgres.index.postings import PackedPostings
from twicetold.store.postgres.index.view import ViewCache
from twicetold.store.queries.indexing import Amount, pack_postings
from twicetold.store.sqlite.index.segment import short

from tests.store import workers
from tests.store.conftest import INDEX_TABLES, SCHEME

KEYS = [number * 2**58 + offset for number in range(-32, 32) for offset in (0, 1)]


@pytest.fixture(autouse=True)
def small_sizes(monkeypatch):
    monkeypatch.setattr(compaction, "_FLUSHED", Amount(stories=7, postings=20))
    monkeypatch.setattr(compaction, "FLUSH_AT", 2)
    monkeypatch.setattr(compaction, "_FAN", 3)
    monkeypatch.setattr(compaction, "_MERGED_AT_ONCE", 16)
    monkeypatch.setattr(compaction, "_WRITTEN_AT_ONCE", 8)
    monkeypatch.setattr(compaction, "_STORIES_AT_ONCE", 5)
    monkeypatch.setattr(compaction, "_SAMPLED", 4)
    monkeypatch.setattr(compaction, "_PIECE", 3)
    monkeypatch.setattr(blocks, "PART", 4)
    monkeypatch.setattr(postings, "PART", 4)
    monkeypatch.setattr(view, "_READ", Amount(stories=5, postings=12))
    monkeypatch.setattr(view, "_FAN", 2)
    monkeypatch.setattr(compaction, "_READ_ON", timedelta(0))


@pytest.fixture
def url(postgres_server):
    """A store without stories."""
    url = postgres_server.url("migrated")
    with psycopg.connect(url) as connection:
        empty(connection)
    return url


def empty(connection):
    for table in (*INDEX_TABLES, "story_postings"):
        connection.execute(f"DELETE FROM {table}")


class Index:
    """The stories' own keys and the index, and the dictionary that it is held to."""

    def __init__(self, url):
        self.url = url
        self.views = ViewCache()
        self.stories: dict[int, list[int]] = {}
        self.open: tuple[psycopg.Connection, dict[int, list[int] | None]] | None = None
        self.snapshots: list[tuple[psycopg.Connection, dict[int, list[int]]]] = []
        self.last = 0
        self._idle: list[psycopg.Connection] = []

    @contextmanager
    def transaction(self, level=IsolationLevel.READ_COMMITTED):
        connection = self._idle.pop() if self._idle else psycopg.connect(self.url, context=adapters())
        connection.isolation_level = level
        try:
            with connection.transaction():
                yield connection
        finally:
            self._idle.append(connection)

    def write(self, connection, changes: dict[int, list[int] | None]) -> PackedPostings:
        """Give stories other keys, or none for good."""
        index = PackedPostings(connection, self.views)
        index.remove(np.array(sorted(changes), np.int64))
        connection.execute("DELETE FROM story_postings WHERE key = ANY(%s)", (np.array(list(changes), np.int64),))
        entered = {story: keys for story, keys in changes.items() if keys is not None}
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO story_postings (key, postings) VALUES (%s, %s)",
                [(story, pack_postings(np.array(keys, np.int64))) for story, keys in entered.items()],
            )
        index.add(np.array([story for story in entered if story not in self.stories], np.int64))
        index.add(np.array([story for story in entered if story in self.stories], np.int64))
        return index

    def put(self, changes: dict[int, list[int] | None]) -> None:
        with self.transaction() as connection:
            self.write(connection, changes)
        self.apply(changes)

    def apply(self, changes) -> None:
        self.stories = {story: keys for story, keys in (self.stories | changes).items() if keys is not None}

    def new(self, stories: list[list[int]]) -> dict[int, list[int] | None]:
        self.last += len(stories)
        return dict(enumerate(stories, self.last - len(stories) + 1))

    def begin(self, changes) -> None:
        """Write in a transaction that stays open, and see in it what it wrote."""
        connection = psycopg.connect(self.url, context=adapters())
        index = self.write(connection, changes)
        before, self.stories = self.stories, dict(self.stories)
        self.apply(changes)
        assert answer(index, 1000) == self.expected(1000)
        self.stories, self.open = before, (connection, changes)

    def end(self, *, commit: bool) -> None:
        if self.open is None:
            return
        (connection, changes), self.open = self.open, None
        if commit:
            connection.commit()
            self.apply(changes)
        connection.close()

    def remember(self) -> None:
        """Take a snapshot, and what it has to answer as long as it lasts."""
        connection = psycopg.connect(self.url, context=adapters())
        if is_distributed(connection):  # its nodes share no snapshot
            connection.close()
            return
        connection.rollback()
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.execute("SELECT 1 FROM index_state")
        self.snapshots.append((connection, self.expected(1000)))

    def compact(self, flush_at: int = 1) -> None:
        assert Compaction(self.transaction).run(flush_at=flush_at)

    def expected(self, cap: int) -> dict[int, list[int]]:
        held = defaultdict(list)
        for story in sorted(self.stories):
            for key in set(self.stories[story]):
                held[key].append(story)
        return {key: stories[:cap] for key, stories in held.items()}

    def check(self, *others: ViewCache, cap: int = 1000) -> None:
        """Hold the answers of a known process, of others and of a new one to the dictionary's, and of old snapshots."""
        for views in (self.views, *others, ViewCache()):
            with self.transaction() as connection:
                assert answer(PackedPostings(connection, views), cap) == self.expected(cap)
            with self.transaction(IsolationLevel.REPEATABLE_READ) as connection:
                assert answer(PackedPostings(connection, views), cap) == self.expected(cap)
            for connection, expected in self.snapshots:
                assert answer(PackedPostings(connection, views), 1000) == expected

    def close(self) -> None:
        self.end(commit=False)
        for connection in [*self._idle, *(connection for connection, _ in self.snapshots)]:
            connection.close()


@pytest.fixture
def index(url):
    made = Index(url)
    yield made
    made.close()


def answer(index, cap):
    keys = np.array(sorted(KEYS), np.int64)
    positions, stories = index.find(keys, cap=cap)
    assert positions.tolist() == sorted(positions.tolist())
    found = defaultdict(list)
    for position, story in zip(positions.tolist(), stories.tolist(), strict=True):
        found[int(keys[position])].append(story)
    return dict(found)


def follow(script, url):
    index = Index(url)
    late = ViewCache()
    try:
        for at, (step, *values) in enumerate(script):
            taken = index.open[1] if index.open else {}
            living = [story for story in sorted(index.stories) if story not in taken]
            if step == "add":
                index.put(index.new(values[0]))
            elif step == "begin" and index.open is None:
                changed = living[values[0] % len(living) :][:2] if living else []
                index.begin({**dict.fromkeys(changed, values[1]), **index.new([values[1]])})
            elif step == "end":
                index.end(commit=values[0])
            elif step == "remember" and len(index.snapshots) < 3:
                index.remember()
            elif step == "compact":
                index.compact(values[0])
            elif step == "rebuild":
                assert Compaction(index.transaction).rebuild()
            elif step == "change" and living:
                index.put({living[values[0] % len(living)]: values[1]})
            elif step == "delete" and living:
                first = values[0] % len(living)
                index.put(dict.fromkeys(living[first : first + values[1]]))
            index.check(*([late] if at % 3 == 2 else []), cap=values[-1] if step == "delete" else 1000)
    finally:
        index.close()


story_keys = st.lists(st.sampled_from(KEYS), max_size=12, unique=True)
steps = st.one_of(
    st.tuples(st.just("add"), st.lists(story_keys, min_size=1, max_size=9)),
    st.tuples(st.just("begin"), st.integers(0, 60), story_keys),
    st.tuples(st.just("end"), st.booleans()),
    st.tuples(st.just("remember")),
    st.tuples(st.just("change"), st.integers(0, 60), story_keys),
    st.tuples(st.just("delete"), st.integers(0, 60), st.integers(1, 6)),
    st.tuples(st.just("compact"), st.integers(1, 9)),
    st.tuples(st.just("rebuild")),
)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(steps, max_size=30))
def test_it_answers_as_a_dictionary_would_to_every_process_and_every_snapshot(url, script):
    with psycopg.connect(url) as connection:
        empty(connection)
    follow(script, url)


@pytest.mark.parametrize("seed", range(2))
def test_it_answers_as_a_dictionary_would_with_hundreds_of_live_and_dead_stories_under_one_key(url, seed):
    drawn = random.Random(seed)
    script = [("add", [[*drawn.sample(KEYS, 3), KEYS[0]] for _ in range(60)]) for _ in range(6)]
    script += [
        drawn.choice([
            ("add", [[*drawn.sample(KEYS, 3), KEYS[0]] for _ in range(20)]), ("delete", drawn.randrange(400), 40),
            ("delete", 0, drawn.randrange(1, 200)), ("change", drawn.randrange(400), [KEYS[0], KEYS[5]]),
            ("compact", 1), ("compact", 40), ("rebuild",), ("remember",), ("begin", 5, [KEYS[0]]), ("end", True),
        ])
        for _ in range(20)
    ]  # fmt: skip
    follow(script, url)


def rows(index, sql):
    with index.transaction() as connection:
        return connection.execute(sql).fetchall()


def test_the_earliest_living_stories_are_found_however_many_before_them_were_deleted(index):
    index.put(index.new([[KEYS[0]]] * 60))
    index.compact()
    index.put(dict.fromkeys(range(1, 51)))
    index.check(cap=5)
    index.compact()
    index.check(cap=5)
    assert index.expected(5)[KEYS[0]] == [51, 52, 53, 54, 55]


def test_runs_stay_few_however_often_they_are_flushed(index):
    for _ in range(30):
        index.put(index.new([[KEYS[0]], [KEYS[1]]]))
        index.compact()
    assert len(rows(index, "SELECT run FROM index_runs")) <= 2 * 4
    index.check()


def test_nothing_is_kept_of_stories_that_are_gone(index):
    index.put(index.new([[KEYS[0], KEYS[7]]] * 20))
    index.compact()
    index.put(dict.fromkeys(range(1, 21)))
    index.compact()
    for table in INDEX_TABLES:
        assert rows(index, f"SELECT * FROM {table}") == []


def test_a_second_compaction_at_the_same_time_does_nothing(index):
    index.put(index.new([[KEYS[0]]]))
    first = Compaction(index.transaction)
    with first._alone() as mine:
        assert mine
        assert not Compaction(index.transaction).run(flush_at=1)
        assert not Compaction(index.transaction).rebuild()
    index.compact()


def test_who_was_overtaken_lists_nothing_any_more(index, monkeypatch):
    index.put(index.new([[KEYS[0]], [KEYS[1]]]))
    slow = Compaction(index.transaction)
    written = slow._written

    def overtaken(stories):
        numbers = written(stories)
        with index.transaction() as connection:  # as another does that gets the lock once its holder is cut off
            connection.execute("UPDATE index_state SET compaction = 'another'")
        return numbers

    monkeypatch.setattr(slow, "_written", overtaken)
    with pytest.raises(LostRight, match="another process works on the index"):
        slow.run(flush_at=1)
    assert rows(index, "SELECT listed FROM index_runs") == [(False,)]
    index.check()
    index.compact()
    assert rows(index, "SELECT listed FROM index_runs") == [(True,)]
    index.check()


@pytest.mark.parametrize("stage", ["blocks", "listing"])
def test_a_flush_that_is_killed_leaves_all_as_it_was(index, stage):
    index.put(index.new([[key] for key in KEYS[:20]]))
    context = multiprocessing.get_context("spawn")
    told, tell = context.Pipe(duplex=False)
    process = context.Process(target=workers.compact_and_stop, args=(index.url, stage, tell))
    process.start()
    assert told.recv()
    process.kill()
    process.join()
    index.check()
    index.compact()
    assert {listed for (listed,) in rows(index, "SELECT listed FROM index_runs")} == {True}
    assert rows(index, "SELECT 1 FROM posting_blocks WHERE run NOT IN (SELECT run FROM index_runs)") == []
    index.check()


def test_more_stories_than_a_tail_takes_are_looked_up_once_they_are_in_runs(index, monkeypatch):
    monkeypatch.setattr(view, "MOST_WAITING", 10)
    index.put(index.new([[KEYS[0]]] * 30))
    with pytest.raises(Unavailable, match="built anew"):
        index.check()
    index.compact()
    index.check()


@pytest.mark.parametrize("keys", [None, [KEYS[1]]])
def test_a_snapshot_from_before_a_story_of_the_tail_went_or_changed_finds_it_as_it_was(index, keys):
    index.put(index.new([[KEYS[0]]]))
    index.remember()
    index.put({1: keys})
    index.check()  # by processes that have not seen its first keys, too


def test_a_process_forgets_what_it_knew_when_the_server_was_started_anew(index, monkeypatch):
    index.put(index.new([[KEYS[0]]]))
    index.check()
    (kept,) = index.views._views
    start, table, generation = kept.generation
    index.views._views = [kept._replace(generation=(start - 1, table, generation), horizon=2**62)]
    index.put(index.new([[KEYS[0]]]))
    index.check()


@pytest.mark.parametrize("filtered", [True, False])
def test_a_process_that_keeps_no_filters_finds_the_same(index, monkeypatch, filtered):
    monkeypatch.setattr(view, "_FILTER_BYTES", 2**20 if filtered else 0)
    index.put(index.new([[key] for key in KEYS[:30]]))
    index.compact()
    index.check()
    assert bool(index.views._views[-1].filters) is filtered


def test_a_filled_store_of_the_version_before_enters_all_stories_when_it_is_migrated(empty_postgres, monkeypatch):
    monkeypatch.setattr(compaction, "_FLUSHED", Amount(stories=4000, postings=10**6))
    monkeypatch.setattr(compaction, "_WRITTEN_AT_ONCE", 4000)
    steps = migrations("postgres")
    before = [step for step in steps if step.number < 20]
    with psycopg.connect(empty_postgres) as old:
        for step in before:
            old.execute(step.sql)
        old.execute("INSERT INTO facts VALUES ('schema', %s), ('scheme', %s)", (str(before[-1].number), SCHEME))
        with old.cursor() as cursor:
            stored = [(number, pack_postings(np.array([number, 7], np.int64))) for number in range(1, 9001)]
            cursor.executemany("INSERT INTO story_postings VALUES (%s, %s)", stored)
    told = []
    migrate(empty_postgres, scheme=SCHEME, tell=told.append)
    store = open_store(empty_postgres, scheme=SCHEME)
    with store._engine.reading() as session:
        positions, stories = session.postings.find(np.array([7, 500], np.int64), cap=3)
        ((waiting,),) = session.rows("SELECT COUNT(*) FROM index_tail")
    store.close()
    assert (positions.tolist(), stories.tolist()) == ([0, 0, 0, 1], [1, 2, 3, 500])
    assert waiting == 5000
    assert any(line.startswith("indexed") for line in told)


@pytest.mark.parametrize("seed", range(10))
def test_what_is_packed_is_unpacked_whatever_the_sizes(seed):
    drawn = random.Random(seed)
    first = drawn.choice([1, 2**31, 2**47])
    stories = np.array([first + drawn.randrange(drawn.choice([1, 9, 2**20, 2**32 - 1])) for _ in range(300)])
    keys = short(np.array([drawn.choice([drawn.getrandbits(63), 7, -1, 0]) for _ in stories], np.int64))
    run = Run(1, drawn.choice([8, bits_for(300), 20, 40]), first, int(stories.max()), 300)
    there = set()
    for number, values in split(keys, stories, first=first):
        for block in RangePostings(number, [values]).blocks(run):
            of = np.full(len(block.packed) // run.width, block.bucket)
            found = run.unpack(np.frombuffer(block.packed, np.uint8), of)
            pairs = list(zip(*(column.tolist() for column in found), strict=True))
            assert pairs == sorted(pairs)
            assert block.bucket >> (run.bits - 8) == number
            assert not there.intersection(pairs)
            there.update(pairs)
    assert there == set(zip(keys.tolist(), stories.tolist(), strict=True))


def test_a_filter_passes_all_that_was_entered_and_little_else():
    drawn = np.random.default_rng(1)
    keys = short(drawn.integers(-(2**63), 2**63, 20_000))
    known = Filter.for_postings(10_000)
    known.add(keys[:10_000])
    assert known.may_hold(keys[:10_000]).all()
    assert known.may_hold(keys[10_000:]).mean() < 0.1
