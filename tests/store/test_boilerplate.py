"""What sources repeat: kept season by season, and noted for the stories that it changes."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from twicetold.domain.analysis import Learned
from twicetold.domain.cleaning.recurring import OwnBlock
from twicetold.usecases.pipeline import Season, Uncleaned

from tests.store.samples import NOON, asked, draft, hashed, keys_of, note, publish

SOURCE = "herald.example"
BLOCK = -(2**62) - 7
TEXT = "Follow our correspondents every morning at six"
SEASON = Season(SOURCE, (NOON.date() - date(1970, 1, 1)).days // 64)


def own(stories=4, *, block=BLOCK, days=2):
    return OwnBlock(block, TEXT, stories, days, date(2024, 5, 17), date(2024, 5, 16 + days))


def teach(store, *blocks, season=SEASON, furniture=(), digest=b"some stories", told=None):
    told = note(store, season) if told is None else told
    learned = Learned(blocks=blocks, furniture=np.array(sorted(furniture), np.int64))
    store.record(lambda recording: recording.teach(season, told, learned, digest))


def unlearned(store):
    return list(asked(store).unlearned(limit=9))


def clean(store, uncleaned, after=None):
    store.record(lambda recording: recording.cleaned(uncleaned, after))


def learned(store, source=SOURCE):
    return asked(store).learned([source]).get(source, {})


def shown(store):
    return asked(store).source(SOURCE).boilerplate


def finish(store, keys):
    store.record(lambda recording: recording.finish(keys))


@pytest.fixture
def keys(store):
    return keys_of(store, *(draft(f"s{number}", f"story number {number}") for number in range(6)))


def test_a_season_has_more_to_teach_once_a_story_of_it_was_matched(store, keys):
    assert unlearned(store) == []
    finish(store, keys)
    assert unlearned(store) == [SEASON]
    (told,) = asked(store).unlearned(limit=9).values()
    store.record(lambda recording: recording.pass_over(SEASON, told))
    assert unlearned(store) == []


@pytest.mark.parametrize("taught", [True, False])
def test_a_story_that_came_while_its_season_was_learned_from_has_it_learned_from_again(store, keys, taught):
    finish(store, keys[:1])
    (told,) = asked(store).unlearned(limit=9).values()
    finish(store, keys[1:])
    if taught:
        teach(store, own(), told=told)
    else:
        store.record(lambda recording: recording.pass_over(SEASON, told))
    assert (unlearned(store), len(learned(store))) == ([SEASON], taught)
    (told,) = asked(store).unlearned(limit=9).values()
    teach(store, own(9), told=told)
    assert (unlearned(store), [one.stories for one in learned(store).values()]) == ([], [9])


def test_what_was_learned_of_fewer_stories_is_dropped_once_more_have_taught(store, keys):
    finish(store, keys[:1])
    (earlier,) = asked(store).unlearned(limit=9).values()
    finish(store, keys[1:])
    (later,) = asked(store).unlearned(limit=9).values()
    teach(store, own(9), told=later, digest=b"more stories")
    teach(store, own(), told=earlier)
    assert [one.stories for one in learned(store).values()] == [9]
    assert asked(store).lesson_digest(SEASON) == b"more stories"


def test_a_season_has_more_to_teach_once_a_story_of_it_is_deleted_or_changed(store, keys):
    store.record(lambda recording: recording.delete(keys[:1], now=NOON))
    assert unlearned(store) == [SEASON]
    teach(store)
    publish(store, draft("s1", "another text", source="times.example"))
    assert unlearned(store) == [SEASON]


def test_seasons_are_apart_by_publication(store):
    finish(store, keys_of(store, draft("old", published_at=NOON - timedelta(days=100)), draft("new")))
    before, now = unlearned(store)
    assert (now, before.source, before.number in (SEASON.number - 1, SEASON.number - 2)) == (SEASON, SOURCE, True)
    assert [one.story.id for one in asked(store).drawn(before, limit=9)] == ["old"]


def test_which_stories_are_drawn_and_in_what_order_does_not_follow_from_when_they_came(store):
    names = [f"s{number}" for number in range(20)]
    publish(store, *(draft(name, minutes=number) for number, name in enumerate(names)))
    first = [one.story.id for one in asked(store).drawn(SEASON, limit=8)]
    store.record(lambda recording: recording.delete(recording.lock(names), now=NOON))
    publish(store, *(draft(name, minutes=number) for number, name in reversed(list(enumerate(names)))))
    assert [one.story.id for one in asked(store).drawn(SEASON, limit=8)] == first != sorted(first)


def test_what_a_season_taught_is_cut_and_shown(store, keys):
    finish(store, keys)
    teach(store, own())
    (block,) = learned(store).values()
    assert (block.block, block.text, block.stories, block.days, block.status) == (BLOCK, TEXT, 4, 2, "active")
    assert (shown(store), asked(store).lesson_digest(SEASON)) == ([block], b"some stories")


def test_what_any_season_taught_is_cut(store, keys):
    teach(store, own())
    teach(store, own(5, days=3), season=SEASON._replace(number=SEASON.number - 3))
    (block,) = learned(store).values()
    assert (block.stories, block.days) == (9, 5)
    teach(store)
    assert [one.stories for one in learned(store).values()] == [5]
    teach(store, season=SEASON._replace(number=SEASON.number - 3), digest=b"")
    assert learned(store) == {}


def test_stories_of_a_source_are_to_be_cleaned_anew_when_other_blocks_are_cut(store, keys):
    teach(store, own())
    begun = asked(store).uncleaned()
    assert begun == Uncleaned(SOURCE, None, begun.note)
    clean(store, begun, (5, 7))
    assert asked(store).uncleaned() == begun._replace(after=(5, 7))
    clean(store, begun._replace(after=(5, 7)))
    assert asked(store).uncleaned() is None
    teach(store, own(9))
    assert asked(store).uncleaned() is None


def test_cleaning_anew_that_begins_again_meanwhile_is_not_taken_for_done(store, keys):
    teach(store, own())
    clean(store, asked(store).uncleaned(), (5, 7))
    under_way = asked(store).uncleaned()
    teach(store)
    clean(store, under_way)
    again = asked(store).uncleaned()
    assert again == Uncleaned(SOURCE, None, again.note)


@pytest.mark.parametrize("after", [None, (5, 7)])
def test_cleaning_anew_that_begins_again_while_its_first_stories_are_cleaned_starts_with_these(store, keys, after):
    teach(store, own())
    under_way = asked(store).uncleaned()
    (block,) = learned(store).values()
    assert store.allow_block(SOURCE, block.id)
    clean(store, under_way, after)
    assert asked(store).uncleaned() == Uncleaned(SOURCE, None, asked(store).uncleaned().note)


def test_stories_that_another_process_cleaned_meanwhile_are_not_cleaned_once_more(store, keys):
    teach(store, own())
    begun = asked(store).uncleaned()
    clean(store, begun, (5, 7))
    clean(store, begun, (6, 8))
    assert asked(store).uncleaned() == begun._replace(after=(5, 7))


def test_stories_of_a_source_that_hold_what_became_furniture_are_matched_anew(store, keys):
    finish(store, keys)
    elsewhere = keys_of(store, draft("other", "story number 9", source="times.example"))
    finish(store, elsewhere)
    teach(store, furniture=[hashed("story"), hashed("number")])
    assert set(asked(store).furniture([SOURCE, "times.example"])) == {SOURCE}
    assert store.reopen(limit=4) == 4
    assert store.reopen(limit=4) == 2
    assert {one.key for one in asked(store).backlog(limit=9, before=NOON)} == set(keys)


def test_a_story_that_is_being_matched_when_its_furniture_is_learned_is_matched_anew_afterwards(store, keys):
    teach(store, furniture=[hashed("story")])
    assert store.reopen(limit=9) == 0
    finish(store, keys)
    assert store.reopen(limit=9) == len(keys)
    assert {one.key for one in asked(store).backlog(limit=9, before=NOON)} == set(keys)


def test_an_allowed_block_is_never_cut_again(store, keys):
    finish(store, keys)
    teach(store, own())
    (block,) = learned(store).values()
    assert store.allow_block(SOURCE, block.id)
    teach(store, own(9))
    assert learned(store) == {}
    teach(store)
    assert [found.status for found in shown(store)] == ["allowed"]


def test_a_forgotten_block_may_be_learned_anew(store, keys):
    finish(store, keys)
    teach(store, own())
    (block,) = learned(store).values()
    assert store.forget_block(SOURCE, block.id, at=NOON)
    assert (learned(store), shown(store)) == ({}, [])
    teach(store, own(5, days=1))
    assert (learned(store), shown(store)) == ({}, [])
    teach(store, own(9, days=3))
    assert [one.stories for one in learned(store).values()] == [9]


def test_a_forgotten_block_does_not_come_back_when_another_season_teaches(store, keys):
    finish(store, keys)
    teach(store, own(days=1))
    (block,) = learned(store).values()
    assert store.forget_block(SOURCE, block.id, at=NOON)
    teach(store, own(2, block=BLOCK + 1, days=1), season=SEASON._replace(number=SEASON.number + 1))
    assert [one.block for one in shown(store)] == [BLOCK + 1]


@pytest.mark.parametrize("allowed", [True, False])
def test_stories_of_a_source_are_to_be_cleaned_anew_when_a_person_says_that_a_block_is_not_to_be_cut(
    store, keys, allowed
):
    teach(store, own(days=1))
    (block,) = learned(store).values()
    clean(store, asked(store).uncleaned())
    assert asked(store).uncleaned() is None
    assert store.allow_block(SOURCE, block.id) if allowed else store.forget_block(SOURCE, block.id, at=NOON)
    assert asked(store).uncleaned().source == SOURCE


@pytest.mark.parametrize("block_id", ["", "zz", "-1", "0x1f", "ffffffffffffffff", "f" * 17, "1" * 5000])
def test_an_unknown_block_id_is_reported(store, block_id):
    assert not store.allow_block(SOURCE, block_id)
    assert not store.forget_block(SOURCE, block_id, at=NOON)
