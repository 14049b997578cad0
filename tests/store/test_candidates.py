from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace
from twicetold.store.queries.candidates import POSTINGS_READ
from twicetold.usecases.pipeline import CandidateQuery, Hit, Placement

from tests.store.samples import NOON, asked, draft, fingerprint, hashed, keys_of, probe, publish


def test_a_published_text_is_a_candidate_for_the_same_text(store):
    text = "the river rose by two metres"
    (key,) = keys_of(store, draft("a:1", text))
    assert asked(store).candidates([probe(text)], limit=10) == [
        [Hit(key=key, bands=3, passages=3, same_digest=True, spread=1)]
    ]


def test_a_story_is_no_candidate_of_itself(store):
    (key,) = keys_of(store, draft("a:1", "one two three"))
    assert asked(store).candidates([probe("one two three", key=key)], limit=10) == [[]]


def test_every_probe_gets_its_own_candidates_in_order(store):
    a, b = keys_of(store, draft("a", "one two three four"), draft("b", "five six seven eight"))
    found = asked(store).candidates([probe("five six"), probe("nine"), probe("one five")], limit=10)
    assert [[hit.key for hit in hits] for hits in found] == [[b], [], [a, b]]


def test_candidates_come_strongest_first(store):
    weak, url, same, strong = keys_of(
        store,
        draft("weak", "one zzz"),
        draft("url", "qqq", url="herald.example/1"),
        draft("same", "one two three four five"),
        draft("strong", "one two three four six"),
    )
    (hits,) = asked(store).candidates([probe("one two three four five", url_key="herald.example/1")], limit=10)
    assert [hit.key for hit in hits] == [same, url, strong, weak]
    assert [hit.same_url for hit in hits] == [False, True, False, False]
    (first,) = asked(store).candidates([probe("one two three four five")], limit=1)
    assert [hit.key for hit in first] == [same]


def test_a_key_that_many_stories_share_is_read_up_to_its_earliest_stories(store):
    keys = keys_of(store, *(draft(f"a:{number}", f"common {number}x") for number in range(120)))
    (hits,) = asked(store).candidates([probe("common")], limit=500)
    assert sorted(hit.key for hit in hits) == keys[:POSTINGS_READ]


def test_the_earlier_text_of_a_changed_story_is_no_longer_found(store):
    publish(store, draft("a:1", "one two three"))
    (key,) = keys_of(store, draft("a:1", "four five six"))
    assert asked(store).candidates([probe("one two three"), probe("four five six")], limit=5) == [
        [], [Hit(key=key, bands=1, passages=2, same_digest=True, spread=1)],
    ]  # fmt: skip


def test_evidence_holds_what_was_fingerprinted(store):
    sent = draft("a:1", "rain fell for 40 days", url="herald.example/1")
    sent = replace(sent, fingerprint=replace(sent.fingerprint, kinds=np.array([0, 3, 2, 1, 0], dtype=np.uint8)))
    (key,) = keys_of(store, sent)
    evidence = asked(store).features([key, key + 1])[key]
    assert np.array_equal(evidence.words, fingerprint("rain fell for 40 days").words)
    assert evidence.kinds.tolist() == [0, 3, 2, 1, 0]
    assert (evidence.story_id, evidence.digest, evidence.url_key) == (
        "a:1",
        sent.fingerprint.digest,
        "herald.example/1",
    )


@pytest.mark.parametrize(
    "ask", [lambda store: asked(store).features([]), lambda store: asked(store).candidates([], limit=5)]
)
def test_asking_for_nothing_answers_nothing(store, ask):
    assert not ask(store)


def test_texts_come_by_key_with_their_words(store):
    a, b = keys_of(store, draft("a", "one two"), draft("b", "three four"))
    found = asked(store).wordings([b, a])
    assert {key: wording.text for key, wording in found.items()} == {a: "one two", b: "three four"}
    assert np.array_equal(found[b].words, fingerprint("three four").words)


def test_stories_of_large_clusters_are_told_from_others(store):
    a, b, c, d = keys_of(store, *(draft(name) for name in "abcd"))
    with store.recording() as recording:
        recording.place(Placement(moves=dict.fromkeys([a, b, c], "c1"), canonicals={"c1": b}, at=NOON))
    assert asked(store).crowds([a, c, d], larger_than=2) == {a: b, c: b}
    assert asked(store).crowds([a, c, d], larger_than=3) == {}


def test_a_hit_tells_how_many_stories_share_its_rarest_fingerprint(store):
    keys = np.array(sorted(map(hashed, ["2x", "zz"])), dtype=np.int64)
    stored = keys_of(store, *(draft(f"a:{number}", f"0 {number}x zz") for number in range(4)))
    query = CandidateQuery(key=None, digest=b"", url_key=None, bands=keys[:0], passages=keys)
    (found,) = asked(store).candidates([query], limit=9)
    assert {hit.key: hit.spread for hit in found} == dict.fromkeys(stored, 4) | {stored[2]: 1}
