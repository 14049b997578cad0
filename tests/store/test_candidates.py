from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from msgspec.structs import replace
from twicetold.domain.matching.parameters import CROWD, REPRESENTATIVES
from twicetold.store.queries.candidates import NEAREST
from twicetold.store.queries.holders import POSTINGS_READ
from twicetold.usecases.pipeline import CandidateQuery, Hit

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


def told(number):
    """When a story was told, the last first."""
    return NOON - timedelta(minutes=number)


def crowd(store, size):
    """The keys of stories that share a word, the last of them told first."""
    stories = (draft(f"a:{number}", f"common {number}x", published_at=told(number)) for number in range(size))
    return keys_of(store, *stories)


def test_of_a_key_that_very_many_stories_hold_those_count_that_were_told_first(store):
    keys = crowd(store, CROWD + 2)
    query = probe("common", key=keys[0])
    (hits,) = asked(store).candidates([query], limit=500)
    assert sorted(hit.key for hit in hits) == keys[-REPRESENTATIVES:]
    assert {hit.spread for hit in hits} == {CROWD + 2}


def test_of_a_key_of_fewer_all_count(store):
    keys = crowd(store, CROWD)
    (hits,) = asked(store).candidates([probe("common", key=keys[0])], limit=500)
    assert sorted(hit.key for hit in hits) == keys[1:]


def test_for_a_text_that_is_not_stored_the_nearest_of_all_that_are_seen_count_too(store):
    keys = crowd(store, POSTINGS_READ + 1)
    (hits,) = asked(store).candidates([probe("common")], limit=500)
    assert sorted(hit.key for hit in hits) == [*keys[:NEAREST], *keys[-REPRESENTATIVES - 1 : -1]]
    assert asked(store).sharers(probe("common")) == POSTINGS_READ


def outdated(store):
    """The keys of the stories that are to be matched anew."""
    store.reopen(limit=1000)
    return {one.key for one in asked(store).backlog(limit=1000, before=NOON)}


def record(store, new):
    """Put a story on record, with those that it changes something for."""
    keys = keys_of(store, new)

    @store.record
    def _(recording):
        recording.outdate_sharers(keys)
        recording.finish(keys)

    return keys[0]


def settled(store, size):
    keys = crowd(store, size)
    outdated(store)
    store.record(lambda recording: recording.finish(keys))
    return keys


def test_all_that_hold_a_key_are_matched_anew_when_very_many_come_to_hold_it(store):
    keys = settled(store, CROWD)
    new = record(store, draft("new", "common", published_at=told(-1)))
    assert outdated(store) == {*keys, new}


def test_a_later_story_under_a_crowded_key_changes_nothing_for_others(store):
    settled(store, CROWD + 1)
    record(store, draft("new", "common", published_at=told(-1)))
    assert outdated(store) == set()


def test_an_earlier_story_under_a_crowded_key_changes_who_represents_it(store):
    keys = settled(store, CROWD + 1)
    new = record(store, draft("new", "common", published_at=told(1000)))
    assert outdated(store) == {*keys, new}


@pytest.mark.parametrize(("at", "affected"), [(0, False), (-1, True)])
def test_deleting_a_story_that_represents_a_key_has_the_others_matched_anew(store, at, affected):
    keys = settled(store, CROWD + 3)
    store.record(lambda recording: recording.delete([keys[at]], now=NOON))
    assert outdated(store) == ({*keys} - {keys[at]} if affected else set())


def test_stories_are_candidates_by_what_few_hold_or_by_one_that_represents_a_key(store):
    keys = crowd(store, CROWD + 2)
    (other,) = keys_of(store, draft("other", "3x"))

    @store.record
    def _(recording):
        assert recording.candidates_among(keys[3], [keys[4], keys[-1], other]) == {keys[-1], other}
        assert recording.candidates_among(keys[-1], [keys[4]]) == {keys[4]}

    assert asked(store).passed_over(keys[3]) == CROWD + 2 - REPRESENTATIVES - 1
    assert asked(store).passed_over(keys[-1]) == 0


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


def test_a_hit_tells_how_many_stories_share_its_rarest_fingerprint(store):
    keys = np.array(sorted(map(hashed, ["2x", "zz"])), dtype=np.int64)
    stored = keys_of(store, *(draft(f"a:{number}", f"0 {number}x zz") for number in range(4)))
    query = CandidateQuery(key=None, digest=b"", url_key=None, bands=keys[:0], passages=keys)
    (found,) = asked(store).candidates([query], limit=9)
    assert {hit.key: hit.spread for hit in found} == dict.fromkeys(stored, 4) | {stored[2]: 1}
