from __future__ import annotations

from datetime import timedelta

from twicetold.store.queries.verdicts import HISTORY

from tests.store.samples import NOON, asked, delete, draft, keys_of


def say(store, a, b, same, note=None, minutes=0):
    at = NOON + timedelta(minutes=minutes)
    return store.record(lambda recording: recording.give_verdict(a, b, same, note=note, given_by="desk", at=at))


def constraints(store, *keys):
    found = store.record(lambda recording: recording.constraints(keys))
    return [(one.a, one.b, one.same) for one in found]


def test_the_last_verdict_counts_on_both_sides_and_what_was_said_before_is_kept(store):
    a, b = keys_of(store, draft("a"), draft("b"))
    assert say(store, a, b, True, "alike")
    assert say(store, b, a, False, minutes=1)
    assert constraints(store, a, b) == [(a, b, False), (b, a, False)]
    said = asked(store).person_verdicts_on(a, b)
    assert [(one.a, one.b, one.same, one.note, one.given_by) for one in said] == [
        ("a", "b", False, None, "desk"),
        ("a", "b", True, "alike", "desk"),
    ]


def test_saying_the_same_again_changes_nothing(store):
    a, b = keys_of(store, draft("a"), draft("b"))
    say(store, a, b, True, "alike")
    assert not say(store, b, a, True, "alike", minutes=1)
    assert say(store, a, b, True, "really", minutes=2)
    assert len(asked(store).person_verdicts_on(a, b)) == 2


def test_a_verdict_taken_back_constrains_nothing_and_is_not_listed(store):
    a, b = keys_of(store, draft("a"), draft("b"))
    assert not say(store, a, b, None)
    say(store, a, b, True)
    assert say(store, a, b, None)
    assert constraints(store, a) == []
    assert asked(store).person_verdicts(limit=5).items == []
    assert asked(store).person_verdicts_of(a, limit=5) == []


def test_verdicts_are_listed_once_each_the_latest_first_page_by_page(store):
    a, b, c = keys_of(store, draft("a"), draft("b"), draft("c"))
    say(store, a, b, True)
    say(store, c, a, False, minutes=1)
    say(store, b, c, True, minutes=1)
    found, after = [], None
    while not found or after is not None:
        page = asked(store).person_verdicts(after=after, limit=1)
        found += [(one.a, one.b) for one in page.items]
        after = page.next
    assert found == [("b", "c"), ("a", "c"), ("a", "b")]
    assert [(one.a, one.b) for one in asked(store).person_verdicts(same=False, limit=5).items] == [("a", "c")]
    assert [(one.a, one.b) for one in asked(store).person_verdicts_of(c, limit=1)] == [("c", "a")]


def test_of_a_pair_so_many_verdicts_are_kept(store):
    a, b = keys_of(store, draft("a"), draft("b"))
    for number in range(HISTORY + 3):
        say(store, a, b, True, str(number))
    said = asked(store).person_verdicts_on(b, a)
    assert (len(said), said[0].note) == (HISTORY, str(HISTORY + 2))


def test_verdicts_go_with_a_deleted_story_and_others_stay(store):
    a, b, c = keys_of(store, draft("a"), draft("b"), draft("c"))
    say(store, a, b, True)
    say(store, b, c, True)
    delete(store, a)
    assert constraints(store, b) == [(b, c, True)]
    assert [(one.a, one.b) for one in asked(store).person_verdicts(limit=5).items] == [("b", "c")]
