"""`verify` finds what does not agree, on both engines, and nothing where all does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from twicetold.store.open import open_store
from twicetold.store.queries.indexing import pack_postings

from tests.store.conftest import SCHEME
from tests.store.samples import draft, keys_of, match, place, publish, save


@pytest.fixture
def keys(store):
    """Stories a and b, which share a cluster, c in its second version, and a crowd."""
    keys = keys_of(
        store,
        draft("a"),
        draft("b", source="times.example"),
        draft("c", "frost spared the late trees"),
        *(draft(f"crowd:{number}", "all of them say the same") for number in range(70)),
    )
    save(store, match(keys[0], keys[1]))
    place(store, {keys[0]: "c1", keys[1]: "c1"}, {"c1": keys[0]})
    publish(store, draft("c", "frost spared the early trees, too"))
    store.record(lambda recording: recording.finish(keys))
    return keys


def faults(store):
    return list(store.verify(lambda done, total: None))


def test_a_store_in_order_has_no_faults_and_tells_how_far_it_is(store, keys):
    told = []
    assert list(store.verify(lambda done, total: told.append((done, total)))) == []
    assert told == [(73, 73)]


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        ("DELETE FROM bodies WHERE key = {a}", "'a' has no text"),
        ("DELETE FROM evidence WHERE key = {a}", "'a' has no tokens"),
        ("DELETE FROM story_postings WHERE key = {a}", "'a' has no index keys"),
        ("UPDATE stories SET words = 99 WHERE key = {a}", "'a' counts 99 words and holds 7"),
        ("DELETE FROM matches WHERE a = {b}", "of the story 'a' is not on record from its other side, number {b}"),
        ("DELETE FROM matches WHERE a <= {b}", "'a' has no match with another of its cluster"),
        ("UPDATE clusters SET size = 3", "'c1' counts 3 stories of 2 sources and has 2 of 2"),
        ("UPDATE clusters SET canonical = {c}", "the canonical story of the cluster 'c1' is not one of its members"),
        ("UPDATE clusters SET id = 'c2'", "stories name the cluster 'c1', which there is not"),
        ("UPDATE clusters SET id = 'c2'", "no story is in the cluster 'c2'"),
    ],
)
def test_what_does_not_agree_is_told(store, keys, damage, fault):
    named = dict(zip("abc", keys, strict=False))
    store._engine.write(lambda session: session.run(damage.format(**named)))
    assert any(fault.format(**named) in one for one in faults(store))


def test_a_damaged_text_is_told(store, keys):
    store._engine.write(lambda session: session.run("UPDATE bodies SET body = :body", body=b"(not a text"))
    assert len([fault for fault in faults(store) if fault.startswith("the text of the story")]) == 73


def test_a_story_that_the_index_does_not_name_is_told(store, keys):
    store.reindex(lambda done, total: None)
    others = pack_postings(np.arange(5, dtype=np.int64))
    sql = "UPDATE story_postings SET postings = :others WHERE key = :key"
    store._engine.write(lambda session: session.run(sql, others=others, key=keys[0]))
    (fault,) = faults(store)
    assert fault == "the index does not name the story 'a' under 5 of its keys"


@pytest.mark.parametrize("offset", [-1, 100])
def test_a_flipped_byte_in_a_file_of_the_index_is_told(sqlite_url, offset):
    store = open_store(sqlite_url, scheme=SCHEME)
    keys = keys_of(store, draft("a"), draft("b", "frost spared the late trees"))
    store.record(lambda recording: recording.finish(keys))
    store.reindex(lambda done, total: None)
    assert faults(store) == []
    (path,) = Path(sqlite_url.removeprefix("sqlite:///") + "-index").glob("*.segment")
    content = bytearray(path.read_bytes())
    content[offset] ^= 1
    path.write_bytes(content)
    assert f"the file {path.name} of the index is damaged or missing; run `twicetold reindex`" in faults(store)
    path.unlink()
    assert f"the file {path.name} of the index is damaged or missing; run `twicetold reindex`" in faults(store)
    store.close()
