"""The log-structured index against a plain dictionary, with sizes small enough that everything happens often."""

from __future__ import annotations

import itertools
import random
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor

import apsw
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twicetold.store.migrations import migrations
from twicetold.store.open import open_store
from twicetold.store.sqlite.index import filters, hot, pages, postings, runs
from twicetold.store.sqlite.index.hot import HotCache
from twicetold.store.sqlite.index.pages import Pages
from twicetold.store.sqlite.index.postings import RunPostings
from twicetold.store.sqlite.index.runs import Run
from twicetold.store.sqlite.index.state import LEVELS, PARTS, part_of, state

from tests.store.conftest import SCHEME
from tests.store.samples import NOON, asked, draft, probe

KEYS = [number * 2**58 + offset for number in range(-32, 32) for offset in (0, 1)]


@pytest.fixture(autouse=True)
def small_sizes(monkeypatch):
    monkeypatch.setattr(postings, "_SPILL_AT", 40)
    monkeypatch.setattr(postings, "_SWEPT_PARTS", 64)
    monkeypatch.setattr(pages, "_PAGE", 1)
    monkeypatch.setattr(pages, "_READ", 5)
    monkeypatch.setattr(filters, "_READ", 3)
    monkeypatch.setattr(postings, "_OLD_TO_YOUNG", (1,))


def connect(path):
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA synchronous = OFF")
    return connection


def new_index(path):
    connection = connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    for step in migrations("sqlite"):
        connection.execute(step.sql)
    return connection


def written(connection, cache, work, *, swept=3):
    with connection:
        work(RunPostings(connection, cache))
    for _ in range(swept):
        with connection:
            RunPostings(connection, cache).sweep()


def found(connection, cache, cap=100):
    keys = np.array(sorted(KEYS), dtype=np.int64)
    with connection:
        positions, stories = RunPostings(connection, cache).find(keys, cap=cap)
    answer = defaultdict(list)
    for position, story in zip(positions.tolist(), stories.tolist(), strict=True):
        answer[int(keys[position])].append(story)
    return answer


def arrays(pairs):
    both = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return both[:, 0].copy(), both[:, 1].copy()


def fail_after_adding(index, keys):
    index.add(*arrays([(key, 999) for key in keys]))
    raise ZeroDivisionError


def fail_after_sweeping(index, keys):
    index.add(*arrays([(key, 999) for key in keys]))
    for _ in range(64):
        index.sweep()
    assert set(index.find(np.array(KEYS, dtype=np.int64), cap=9)[1].tolist()) == {999}
    raise ZeroDivisionError


story_keys = st.lists(st.sampled_from(KEYS), max_size=12, unique=True)
steps = st.one_of(
    st.tuples(st.just("add"), st.lists(story_keys, min_size=1, max_size=6)),
    st.tuples(st.sampled_from(["change", "delete"]), st.integers(0, 30), story_keys),
    st.tuples(st.just("fail"), story_keys),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(steps, max_size=40), st.sampled_from([0, 3, 64]))
def test_it_answers_as_a_dictionary_would_to_every_process_and_to_a_snapshot_of_any_age(
    tmp_path_factory, script, swept
):
    follow(script, tmp_path_factory.mktemp("index") / "index.db", swept=swept)


@pytest.mark.parametrize("old_to_young", [0, 1, 4])
def test_it_answers_as_a_dictionary_would_when_every_part_was_swept_many_times(tmp_path, monkeypatch, old_to_young):
    monkeypatch.setattr(postings, "_OLD_TO_YOUNG", (old_to_young,))
    monkeypatch.setattr(postings, "_SWEPT_PARTS", 128)
    drawn = random.Random(old_to_young)
    script = [
        drawn.choice([
            ("add", [drawn.sample(KEYS, 20) for _ in range(5)]), ("add", [drawn.sample(KEYS, 20) for _ in range(5)]),
            ("change", drawn.randrange(at + 1), drawn.sample(KEYS, 20)), ("delete", drawn.randrange(at + 1), []),
        ])
        for at in range(50)
    ]  # fmt: skip
    follow(script, tmp_path / "index.db", swept=128)


def follow(script, path, *, swept):
    """Take the steps of a script, and hold the answers of a writer, a reader and an old snapshot to a dictionary's."""
    writer, reader, old = new_index(path), connect(path), connect(path)
    writing, reading = HotCache(), HotCache()
    stories: dict[int, list[int]] = {}
    number = 0
    remembered = None
    for at, (step, *values) in enumerate(script):
        if step == "add":
            new = {number + 1 + offset: keys for offset, keys in enumerate(values[0])}
            number += len(new)
            stories |= new
            pairs = [(key, story) for story, keys in new.items() for key in keys]
            written(writer, writing, lambda index, pairs=pairs: index.add(*arrays(pairs)), swept=swept)
        elif step == "fail":
            with pytest.raises(ZeroDivisionError):
                written(writer, writing, lambda index, keys=values[0]: fail_after_adding(index, keys), swept=swept)
        elif values[0] in stories:
            story, keys = values[0], stories.pop(values[0])
            for_good, pairs = step == "delete", [(key, story) for key in keys]
            written(
                writer,
                writing,
                lambda index, gone=pairs, good=for_good: index.remove(*arrays(gone), for_good=good),
                swept=swept,
            )
            if not for_good:
                stories[story] = values[1]
                pairs = [(key, story) for key in values[1]]
                written(writer, writing, lambda index, pairs=pairs: index.add(*arrays(pairs)), swept=swept)
        expected = defaultdict(list)
        for story, keys in sorted(stories.items()):
            for key in keys:
                expected[key].append(story)
        assert found(reader, reading) == expected
        if at == len(script) // 2:
            old.execute("BEGIN")
            remembered = {key: list(found) for key, found in expected.items()}
            old.execute("SELECT COUNT(*) FROM facts").fetchall()
    assert found(writer, writing) == expected if script else True
    assert found(reader, HotCache()) == found(reader, reading)
    if remembered is not None:
        keys = np.array(sorted(KEYS), dtype=np.int64)
        positions, seen = RunPostings(old, reading).find(keys, cap=100)
        answer = defaultdict(list)
        for position, story in zip(positions.tolist(), seen.tolist(), strict=True):
            answer[int(keys[position])].append(story)
        assert answer == remembered
        old.execute("COMMIT")


def test_of_a_key_that_everybody_shares_only_the_earliest_stories_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(hot, "KEPT", 5)
    monkeypatch.setattr(postings, "KEPT", 5)
    connection, cache = new_index(tmp_path / "index.db"), HotCache()
    for start in range(0, 600, 20):
        pairs = [(key, story) for story in range(start, start + 20) for key in (KEYS[7], story)]
        written(connection, cache, lambda index, pairs=pairs: index.add(*arrays(pairs)))
    assert found(connection, cache, cap=3)[KEYS[7]] == [0, 1, 2]
    kept = Counter()
    for level, part in itertools.product(LEVELS, range(PARTS)):
        kept.update((level, key) for key in Pages(connection, cache.filters).read(level, part).keys.tolist())
    assert kept.most_common(1)[0][1] == 5


@pytest.mark.parametrize("old_to_young", [0, 4])
def test_stories_that_are_gone_take_no_place_of_others_under_a_key_that_many_share(tmp_path, monkeypatch, old_to_young):
    monkeypatch.setattr(hot, "KEPT", 5)
    monkeypatch.setattr(postings, "KEPT", 5)
    monkeypatch.setattr(postings, "_OLD_TO_YOUNG", (old_to_young,))
    connection, cache = new_index(tmp_path / "index.db"), HotCache()

    def add(story):
        pairs = [(key, story) for key in KEYS]
        written(connection, cache, lambda index: index.add(*arrays(pairs)), swept=PARTS)

    for first in (1, 11, 21):
        for story in range(first, first + 5):
            add(story)
        gone = [(key, story) for story in range(first, first + 4) for key in KEYS]
        written(connection, cache, lambda index, gone=gone: index.remove(*arrays(gone), for_good=True), swept=0)
    add(31)
    add(32)
    assert found(connection, cache, cap=5)[KEYS[7]] == [5, 15, 25, 31, 32]


def test_runs_and_removals_do_not_pile_up(tmp_path):
    connection, cache = new_index(tmp_path / "index.db"), HotCache()
    for story in range(1, 150):
        pairs = [(key, story) for key in KEYS[:20]]
        written(connection, cache, lambda index, pairs=pairs: index.add(*arrays(pairs)))
        if story % 3 == 0:
            good = story % 2 == 0
            written(connection, cache, lambda index, gone=pairs, good=good: index.remove(*arrays(gone), for_good=good))
    ((count, removals, gone),) = connection.execute(
        "SELECT (SELECT COUNT(*) FROM posting_runs), (SELECT COUNT(*) FROM posting_removals), "
        "(SELECT COUNT(*) FROM posting_gone)"
    ).fetchall()
    assert count < 20
    assert removals < 200
    assert gone < 20


def test_a_removal_outlives_the_sweep_of_its_part_while_the_posting_is_fresh(tmp_path):
    key = KEYS[64]  # of the part that is swept first
    connection, cache = new_index(tmp_path / "index.db"), HotCache()
    written(connection, cache, lambda index: index.add(*arrays([(each, 1) for each in KEYS])), swept=0)
    written(connection, cache, lambda index: index.add(*arrays([(key, 2)])), swept=0)
    written(connection, cache, lambda index: index.remove(*arrays([(key, 2)]), for_good=False), swept=64)
    assert found(connection, cache)[key] == [1]


def test_young_pages_are_merged_into_the_old_ones_once_they_are_many(tmp_path, monkeypatch):
    monkeypatch.setattr(postings, "_OLD_TO_YOUNG", (4,))
    connection, cache = new_index(tmp_path / "index.db"), HotCache()

    old, young = [], []
    for story in range(60):
        pairs = [(key, story) for key in KEYS]
        written(connection, cache, lambda index, pairs=pairs: index.add(*arrays(pairs)), swept=PARTS)
        ((in_old, in_young),) = connection.execute(
            "SELECT TOTAL(page < :young), TOTAL(page >= :young) FROM posting_pages", {"young": PARTS << 40}
        ).fetchall()
        old.append(in_old)
        young.append(in_young)
    assert young[:4] == [0] * 4
    assert any(more < less for less, more in itertools.pairwise(young))
    assert old == sorted(old)
    assert found(connection, cache) == {key: list(range(60)) for key in KEYS}


def test_what_a_failed_transaction_swept_hides_nothing_of_what_others_sweep(tmp_path):
    connection, cache = new_index(tmp_path / "index.db"), HotCache()
    with pytest.raises(ZeroDivisionError):
        written(connection, cache, lambda index: fail_after_sweeping(index, KEYS[:60]))
    written(connection, cache, lambda index: index.add(*arrays([(key, 1) for key in KEYS[60:]])), swept=64)
    assert found(connection, cache) == {key: [1] for key in KEYS[60:]}


def test_keys_of_passages_fall_evenly_into_all_parts():
    minima = np.random.default_rng(3).integers(0, 2**63, (20_000, 16)).min(axis=1)
    counts = np.bincount(part_of(postings._even(minima).view(np.uint64)), minlength=PARTS)
    assert counts.min() > 40
    assert counts.max() < 130


def test_threads_that_want_the_same_hot_postings_make_them_once(tmp_path, monkeypatch):
    connection, cache = new_index(tmp_path / "index.db"), HotCache()
    written(connection, cache, lambda index: index.add(*arrays([(key, 1) for key in KEYS])), swept=0)
    connections = [connect(tmp_path / "index.db") for _ in range(4)]
    cache, made = HotCache(), []
    unpack = runs.unpack
    monkeypatch.setattr(hot, "unpack", lambda data: made.append(time.sleep(0.05)) or unpack(data))
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda each: cache.hot(each, state(each)), connections))
    assert len(made) == 1
    assert all(answer is answers[0] for answer in answers)


def owed(path):
    with connect(path) as connection:
        return RunPostings(connection, HotCache()).owed


def no_room(_index):
    raise apsw.FullError("database or disk is full")


def many(first=0):
    return [draft(f"s{number}", " ".join(f"w{number}x{at}" for at in range(20))) for number in range(first, first + 10)]


def test_what_the_index_owes_is_swept_after_the_stories_are_published(sqlite_url, tmp_path):
    store = open_store(sqlite_url, scheme=SCHEME)
    store.publish(many(), now=NOON)
    store.close()
    assert owed(tmp_path / "store.db") == 0
    with connect(tmp_path / "store.db") as connection:
        assert connection.execute("SELECT COUNT(*) FROM posting_pages").fetchall()[0][0] > 0


def test_a_sweep_that_fails_fails_no_story_and_is_made_up_for_by_the_next_that_spills(
    sqlite_url, tmp_path, monkeypatch
):
    store = open_store(sqlite_url, scheme=SCHEME)
    with monkeypatch.context() as broken:
        broken.setattr(RunPostings, "sweep", no_room)
        assert len(store.publish(many(), now=NOON)) == 10
    assert owed(tmp_path / "store.db") == 64
    assert len(asked(store).candidates([probe(many()[3].story.text)], limit=5)[0]) == 1
    store.publish([draft("another", "one that spills nothing")], now=NOON)
    assert owed(tmp_path / "store.db") == 64
    store.publish(many(first=10), now=NOON)
    assert owed(tmp_path / "store.db") == 0
    assert len(asked(store).candidates([probe(many()[3].story.text)], limit=5)[0]) == 1
    store.close()


@given(
    st.lists(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 50)), max_size=30), max_size=5), st.integers(1, 4)
)
def test_merging_keeps_the_earliest_stories_of_each_key_once(parts, most):
    made = [
        Run(np.array([key for key, _ in part], np.uint64), np.array([story for _, story in part], np.uint32))
        for part in map(sorted, parts)
    ]
    merged = runs.merge(made, most=most)
    one_by_one = runs.EMPTY
    for run in made:
        one_by_one = runs.insert(one_by_one, runs.merge([run], most=most), most=most)
    expected = []
    pairs = {pair for part in parts for pair in part}
    for key in sorted({key for key, _ in pairs}):
        expected += [(key, story) for story in sorted(story for other, story in pairs if other == key)[:most]]
    assert list(zip(merged.keys.tolist(), merged.stories.tolist(), strict=True)) == expected
    assert list(zip(one_by_one.keys.tolist(), one_by_one.stories.tolist(), strict=True)) == expected
    packed = runs.unpack(runs.pack(merged))
    assert np.array_equal(packed.keys, merged.keys)
    assert np.array_equal(packed.stories, merged.stories)
