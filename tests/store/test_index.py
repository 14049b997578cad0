"""The index against a plain dictionary: any order of writing, flushing, merging and rolling back."""

from __future__ import annotations

import random
from collections import defaultdict

import apsw
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twicetold.domain.errors import Unavailable
from twicetold.store.migrations import migrations
from twicetold.store.queries.indexing import Amount, pack_postings
from twicetold.store.sqlite.index import compaction, manifest, segment, view
from twicetold.store.sqlite.index.compaction import Compaction, compact
from twicetold.store.sqlite.index.postings import SegmentPostings
from twicetold.store.sqlite.index.segment import BrokenSegment, Merge, build, is_whole, open_segment
from twicetold.store.sqlite.index.view import ViewCache

KEYS = [number * 2**58 + offset for number in range(-32, 32) for offset in (0, 1)]
STORE = b"s" * 16


@pytest.fixture(autouse=True)
def small_sizes(monkeypatch):
    monkeypatch.setattr(compaction, "_FLUSHED", Amount(stories=7, postings=20))
    monkeypatch.setattr(compaction, "FLUSH_AT", Amount(stories=2, postings=100))
    monkeypatch.setattr(compaction, "_FAN", 3)
    monkeypatch.setattr(compaction, "_KEPT_SECONDS", -1)
    monkeypatch.setattr(segment, "_MERGED_AT_ONCE", 16)
    monkeypatch.setattr(view, "_READ", Amount(stories=5, postings=12))
    monkeypatch.setattr(view, "_FAN", 2)


@pytest.fixture(params=["few", "many"])
def looked_up(request, monkeypatch):
    """Both ways in which keys are looked up."""
    if request.param == "many":
        monkeypatch.setattr(segment, "_FEW", 0)


class Index:
    """A database with nothing but the index and the stories' own keys, and the dictionary it is held to."""

    def __init__(self, path):
        self.path = path
        self.connection = connected(path)
        for step in migrations("sqlite"):
            self.connection.execute(step.sql)
        self.cache = ViewCache(path)
        self.stories: dict[int, list[int]] = {}

    def add(self, stories: list[list[int]]) -> None:
        with self.connection:
            count = "UPDATE counters SET value = value + ? WHERE name = 'key' RETURNING value"
            ((last,),) = self.connection.execute(count, (len(stories),)).fetchall()
            self._put(dict(enumerate(stories, last - len(stories) + 1)))

    def change(self, story: int, keys: list[int]) -> None:
        with self.connection:
            self._remove([story])
            self._put({story: keys})

    def delete(self, stories: list[int]) -> None:
        with self.connection:
            self._remove(stories)

    def fail(self, keys: list[int]) -> None:
        """Roll back a change of every story and a new one, after a look-up that saw them."""
        before = dict(self.stories)
        self.connection.execute("BEGIN IMMEDIATE")
        self._remove(list(self.stories))
        ((last,),) = self.connection.execute(
            "UPDATE counters SET value = value + 1 WHERE name = 'key' RETURNING value"
        ).fetchall()
        self._put({last: keys})
        postings = SegmentPostings(self.connection, self.cache)
        postings.written = True
        _, found = postings.find(np.array(sorted(KEYS), np.int64), cap=9)
        assert set(found.tolist()) == ({last} if keys else set())
        self.connection.execute("ROLLBACK")
        self.stories = before

    def _put(self, stories: dict[int, list[int]]) -> None:
        self.stories |= stories
        self.connection.executemany(
            "INSERT INTO story_postings VALUES (?, ?)",
            [(story, pack_postings(np.array(keys, np.int64))) for story, keys in stories.items()],
        )

    def _remove(self, stories: list[int]) -> None:
        SegmentPostings(self.connection, self.cache).remove(np.array(stories, np.int64))
        for story in stories:
            del self.stories[story]
            self.connection.execute("DELETE FROM story_postings WHERE key = ?", (story,))

    def compact(self, flush_at: int = 1) -> None:
        assert compact(self.path, flush_at=Amount(stories=flush_at, postings=2**20))

    def expected(self, cap: int) -> dict[int, list[int]]:
        held = defaultdict(list)
        for story in sorted(self.stories):
            for key in set(self.stories[story]):
                held[key].append(story)
        return {key: stories[:cap] for key, stories in held.items()}

    def check(self, *caches: ViewCache, cap: int = 1000) -> None:
        """Hold the answers of a known cache, of the given ones and of a new process to the dictionary's."""
        for cache in (self.cache, *caches, ViewCache(self.path)):
            assert answer(connected(self.path), cache, cap) == self.expected(cap)


def connected(path):
    connection = apsw.Connection(str(path))
    connection.set_busy_timeout(5000)
    connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF").fetchall()
    return connection


def answer(connection, cache, cap):
    keys = np.array(sorted(KEYS), np.int64)
    with connection:
        positions, stories = SegmentPostings(connection, cache).find(keys, cap=cap)
    assert positions.tolist() == sorted(positions.tolist())
    found = defaultdict(list)
    for position, story in zip(positions.tolist(), stories.tolist(), strict=True):
        found[int(keys[position])].append(story)
    return dict(found)


def follow(script, path):
    index = Index(path)
    late = ViewCache(path)
    for at, (step, *values) in enumerate(script):
        living = sorted(index.stories)
        if step == "add":
            index.add(values[0])
        elif step == "fail":
            index.fail(values[0])
        elif step == "compact":
            index.compact(values[0])
        elif step == "rebuild":
            Compaction(path).rebuild()
        elif step == "change" and living:
            index.change(living[values[0] % len(living)], values[1])
        elif step == "delete" and living:
            first = values[0] % len(living)
            index.delete(living[first : first + values[1]])
        index.check(*([late] if at % 3 == 2 else []), cap=values[-1] if step == "delete" else 1000)


story_keys = st.lists(st.sampled_from(KEYS), max_size=12, unique=True)
steps = st.one_of(
    st.tuples(st.just("add"), st.lists(story_keys, min_size=1, max_size=9)),
    st.tuples(st.just("change"), st.integers(0, 60), story_keys),
    st.tuples(st.just("delete"), st.integers(0, 60), st.integers(1, 6)),
    st.tuples(st.just("fail"), story_keys),
    st.tuples(st.just("compact"), st.integers(1, 9)),
    st.tuples(st.just("rebuild")),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(steps, max_size=40))
def test_it_answers_as_a_dictionary_would_to_every_process(tmp_path_factory, script):
    follow(script, tmp_path_factory.mktemp("index") / "index.db")


@pytest.mark.parametrize("seed", range(4))
def test_it_answers_as_a_dictionary_would_with_hundreds_of_live_and_dead_stories_under_one_key(
    tmp_path, seed, looked_up
):
    drawn = random.Random(seed)
    script = [("add", [[*drawn.sample(KEYS, 3), KEYS[0]] for _ in range(60)]) for _ in range(6)]
    script += [
        drawn.choice([
            ("add", [[*drawn.sample(KEYS, 3), KEYS[0]] for _ in range(20)]), ("delete", drawn.randrange(400), 40),
            ("delete", 0, drawn.randrange(1, 200)), ("change", drawn.randrange(400), [KEYS[0], KEYS[5]]),
            ("compact", 1), ("compact", 40), ("rebuild",),
        ])
        for _ in range(30)
    ]  # fmt: skip
    follow(script, tmp_path / "index.db")


def test_the_earliest_living_stories_are_found_however_many_before_them_were_deleted(tmp_path):
    index = Index(tmp_path / "index.db")
    index.add([[KEYS[0]]] * 300)
    index.compact()
    index.delete(list(range(1, 257)))
    index.check(cap=48)
    index.compact()
    index.check(cap=48)
    assert index.expected(48)[KEYS[0]] == list(range(257, 301))


def test_a_snapshot_sees_no_story_that_came_after_it(tmp_path):
    index = Index(tmp_path / "index.db")
    index.add([[KEYS[0]]])
    reader = connected(tmp_path / "index.db")
    with reader:
        reader.execute("SELECT 1 FROM index_state").fetchall()
        index.add([[KEYS[0]]])
        index.check()
        _, stories = SegmentPostings(reader, index.cache).find(np.array([KEYS[0]]), cap=9)
    assert stories.tolist() == [1]


@pytest.mark.parametrize("harm", ["missing", "empty", "short", "foreign"])
def test_an_index_whose_files_are_not_its_own_is_built_anew(tmp_path, harm):
    index = Index(tmp_path / "index.db")
    index.add([[key] for key in KEYS[:20]])
    index.compact()
    path = next(manifest.folder_of(index.path).glob("*.segment"))
    content = path.read_bytes()
    path.unlink()
    if harm != "missing":
        path.write_bytes({"empty": b"", "short": content[:-8], "foreign": content.replace(content[8:24], STORE)}[harm])
    with pytest.raises(Unavailable, match="built anew"):
        answer(index.connection, ViewCache(index.path), 9)
    index.compact()
    index.check()


def test_more_stories_than_a_memtable_takes_are_looked_up_once_they_are_in_segments(tmp_path, monkeypatch):
    monkeypatch.setattr(view, "MOST_WAITING", 10)
    index = Index(tmp_path / "index.db")
    index.add([[KEYS[0]]] * 30)
    with pytest.raises(Unavailable, match="built anew"):
        answer(index.connection, index.cache, 99)
    index.compact()
    index.check()
    index.delete(list(range(1, 29)))  # which take no place in memory
    index.check()


def test_a_file_that_cannot_be_written_whole_leaves_all_as_it_was(tmp_path, monkeypatch):
    index = Index(tmp_path / "index.db")
    index.add([[key] for key in KEYS[:20]])

    def full(file):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(segment, "_sync", full)
        with pytest.raises(OSError, match="No space"):
            index.compact()
    assert not [path for path in manifest.folder_of(index.path).iterdir() if path.name != "lock"]
    index.check()
    index.compact()
    index.check()


def test_files_that_no_manifest_names_are_deleted(tmp_path):
    index = Index(tmp_path / "index.db")
    index.add([[KEYS[0]]] * 9)
    for _ in range(4):
        index.add([[KEYS[1]]] * 9)
        index.compact()
    left = manifest.folder_of(index.path) / "0123.segment.part"
    left.write_bytes(b"half")
    index.compact()
    known = manifest.segment_names(index.connection)
    assert sorted(path.name for path in manifest.folder_of(index.path).iterdir()) == sorted(["lock", *known])


def test_segments_stay_few_however_often_they_are_flushed(tmp_path):
    index = Index(tmp_path / "index.db")
    for _ in range(40):
        index.add([[KEYS[0]], [KEYS[1]]])
        index.compact()
    assert len(manifest.segment_names(index.connection)) <= 2 * 4
    index.check()


def test_nothing_is_kept_of_changes_that_every_segment_knows(tmp_path):
    index = Index(tmp_path / "index.db")
    index.add([[KEYS[0]]] * 20)
    index.compact()
    index.delete(list(range(1, 15)))
    index.compact()
    assert index.connection.execute("SELECT * FROM index_changes").fetchall() == []
    index.check()


def test_a_second_compaction_of_one_database_does_nothing(tmp_path):
    index = Index(tmp_path / "index.db")
    index.add([[KEYS[0]]])
    with compaction.alone(index.path) as first:
        assert first
        assert not compact(index.path, flush_at=Amount(stories=1, postings=1))


def random_segment(drawn, *, stories, applied=0):
    numbers = np.array(drawn.sample(range(1, 1000), stories), np.int64)
    keys = np.array([drawn.getrandbits(63) for _ in range(50)], np.int64)
    return build(keys[[drawn.randrange(50) for _ in range(4 * stories)]], np.repeat(numbers, 4), applied=applied)


@pytest.mark.parametrize("seed", range(20))
def test_a_merge_written_in_ranges_is_the_merge_in_memory(tmp_path, seed):
    drawn = random.Random(seed)
    segments = [random_segment(drawn, stories=drawn.randrange(1, 80)) for _ in range(3)]
    voids = [np.array(sorted(drawn.sample(range(1, 1000), drawn.randrange(400))), np.int64) for _ in range(3)]
    merge = Merge(segments, voids, applied=7)
    merge.write(tmp_path / "merged", STORE)
    written, made = open_segment(tmp_path / "merged", STORE), merge.in_memory()
    assert is_whole(tmp_path / "merged", written)
    for one, other in zip(written[:1] + written[2:], made[:1] + made[2:], strict=True):
        assert np.array_equal(one, other)
    asked = np.sort(segment.short(np.array([drawn.getrandbits(63) for _ in range(9)], np.int64)))
    asked = np.sort(np.concatenate([asked, np.unique(made.postings >> np.uint64(24))]))
    nothing = np.empty(0, np.int64)
    for one, other in zip(
        written.find(asked, most=5, void=nothing), made.find(asked, most=5, void=nothing), strict=True
    ):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("few", [0, 1024])
def test_the_lowest_and_the_highest_keys_are_found_as_all_others(monkeypatch, few):
    monkeypatch.setattr(segment, "_FEW", few)
    back = pow(int(segment._ODD), -1, 2**64)
    keys = np.array([0, 2**64 - 1, 2**63], np.uint64) * np.uint64(back)
    made = build(keys.view(np.int64).repeat(2), np.array([1, 2, 1, 2, 1, 3]), applied=0)
    asked = np.sort(segment.short(keys.view(np.int64)))
    assert asked.tolist() == [0, 2**39, 2**40 - 1]
    found = made.find(asked, most=9, void=np.empty(0, np.int64))
    assert (found.positions.tolist(), found.stories.tolist()) == ([0, 0, 1, 1, 2, 2], [1, 2, 1, 3, 1, 2])


def test_a_segment_whose_bytes_changed_is_not_whole(tmp_path):
    made = random_segment(random.Random(1), stories=9)
    made.write(tmp_path / "one", STORE)
    content = bytearray((tmp_path / "one").read_bytes())
    content[-3] ^= 1
    (tmp_path / "two").write_bytes(content)
    assert is_whole(tmp_path / "one", open_segment(tmp_path / "one", STORE))
    assert not is_whole(tmp_path / "two", open_segment(tmp_path / "two", STORE))


def test_a_segment_of_another_store_is_refused(tmp_path):
    random_segment(random.Random(1), stories=9).write(tmp_path / "one", STORE)
    with pytest.raises(BrokenSegment):
        open_segment(tmp_path / "one", b"t" * 16)


def test_few_stories_of_many_postings_are_flushed_as_many_stories_are(tmp_path):
    index = Index(tmp_path / "s.db")
    index.add([KEYS[:40], KEYS[40:]])
    index.check()
    assert index.cache.recent_postings == len(KEYS)
    assert compact(index.path, flush_at=Amount(stories=100, postings=1000))
    assert not segments(index)
    assert compact(index.path, flush_at=Amount(stories=100, postings=50))
    assert len(segments(index)) == 2
    index.check()
    assert index.cache.recent_postings == 0


def test_a_portion_is_cut_by_stories_and_by_postings_and_holds_one_row_at_least():
    rows = [(story, pack_postings(np.zeros(postings, np.int64))) for story, postings in enumerate([1, 1, 1, 5, 2, 2])]
    cut = [[story for story, _ in part] for part in Amount(stories=2, postings=4).cut(rows)]
    assert cut == [[0, 1], [2], [3], [4, 5]]


def segments(index: Index) -> list[str]:
    return manifest.segment_names(connected(index.path))
