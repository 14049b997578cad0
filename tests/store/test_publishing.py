from __future__ import annotations

from datetime import timedelta

import pytest
from twicetold.domain.model import Credits
from twicetold.store.queries import stories
from twicetold.usecases.pipeline import Outcome
from twicetold.usecases.read_models import StoryFilter

from tests.store.samples import NOON, asked, draft, keys_of, probe, publish


def test_a_new_story_is_read_back_as_it_was_published(store):
    sent = draft(
        "a:1", url="herald.example/1", metadata={"desk": "world", "big": 2**80}, credits=Credits(agencies=("AFP",))
    )
    (publication,) = publish(store, sent)
    stored = asked(store).story("a:1")
    assert publication.outcome is Outcome.CREATED
    assert stored.story == sent.story == publication.story
    assert (stored.key, stored.matched, stored.cluster) == (publication.key, False, None)


def test_an_unknown_story_is_none(store):
    assert asked(store).story("nobody") is None


def test_the_same_input_again_is_unchanged_and_answers_with_the_stored_story(store):
    first = draft("a:1")
    publish(store, first)
    (again,) = publish(store, draft("a:1"))
    assert again.outcome is Outcome.UNCHANGED
    assert again.story == first.story
    assert not again.matched


def test_the_same_input_with_another_title_corrects_the_stored_version(store):
    publish(store, draft("a:1"))
    (again,) = publish(store, draft("a:1", minutes=90, title="Another title"))
    assert (again.outcome, again.story.version, again.matched) == (Outcome.CHANGED, 1, False)
    assert asked(store).story("a:1").story == again.story


def test_other_clutter_around_the_same_text_is_unchanged(store):
    publish(store, draft("a:1", raw="Share this! the river rose"))
    (again,) = publish(store, draft("a:1", raw="Tweet this! the river rose"))
    assert again.outcome is Outcome.UNCHANGED


def test_the_same_words_with_other_signs_are_the_next_version(store):
    publish(store, draft("a:1", "The loss was 12 million dollars, it said."))
    spaced, signed = publish(
        store,
        draft("a:1", "The loss was 12 million  dollars,\nit said."),
        draft("a:1", "The loss was 12 million dollars; it said!"),
    )
    assert (spaced.outcome, signed.outcome) == (Outcome.UNCHANGED, Outcome.CHANGED)
    assert asked(store).story("a:1").story.text == "The loss was 12 million dollars; it said!"


def test_an_unchanged_story_tells_whether_its_matches_are_on_record(store):
    (key,) = keys_of(store, draft("a:1"))
    store.record(lambda recording: recording.finish([key]))
    assert publish(store, draft("a:1"))[0].matched


def test_a_changed_text_becomes_the_next_version_under_the_same_key_and_first_time(store):
    (first,) = publish(store, draft("a:1", "one two three four"))
    (second,) = publish(store, draft("a:1", "one two three five", minutes=60), now=NOON + timedelta(hours=1))
    assert (second.outcome, second.key, second.story.version) == (Outcome.CHANGED, first.key, 2)
    assert second.story.received_at == first.story.received_at
    assert asked(store).story("a:1").story.text == "one two three five"


def test_the_history_keeps_every_version_with_its_text(store):
    (key,) = keys_of(store, draft("a:1", "one two three four"))
    publish(store, draft("a:1", "one two three five", title="Updated"), now=NOON + timedelta(hours=1))
    first, second = asked(store).versions(key, limit=9)
    assert (first.version, first.text, first.received_at, first.words) == (1, "one two three four", NOON, 4)
    assert (second.version, second.text, second.title) == (2, "one two three five", "Updated")
    assert asked(store).versions(key, limit=1) == [second]


def test_a_changed_story_waits_to_be_probed_again(store):
    (key,) = keys_of(store, draft("a:1"))
    store.record(lambda recording: recording.finish([key]))
    publish(store, draft("a:1", "something else altogether now"))
    assert not asked(store).story("a:1").matched


@pytest.mark.parametrize(("text", "title"), [("one two three five", "A title"), ("one two three four", "Corrected")])
def test_a_cleaning_of_what_was_stored_before_takes_the_place_of_nothing_that_came_since(store, text, title):
    (key,) = keys_of(store, draft("a:1", "one two three four", title="A title"))
    read = {key: asked(store).story("a:1").story}
    publish(store, draft("a:1", text, title=title))
    assert store.refresh({key: draft("a:1", "one two three", title="A title")}, instead_of=read) == {}
    story = asked(store).story("a:1").story
    assert (story.text, story.title) == (text, title)


def test_a_later_draft_of_one_call_sees_the_earlier_one(store):
    first, again, changed, back = publish(
        store, draft("a:1", "one two"), draft("a:1", "one two"), draft("a:1", "one three"), draft("a:1", "one two")
    )
    assert [first.outcome, again.outcome, changed.outcome, back.outcome] == [
        "created",
        "unchanged",
        "changed",
        "changed",
    ]
    assert {first.key} == {again.key, changed.key, back.key}
    assert again.story == first.story
    assert asked(store).story("a:1").story.version == 3
    assert len(asked(store).versions(first.key, limit=9)) == 3


def test_later_stories_have_larger_keys(store):
    keys = keys_of(store, *(draft(f"a:{number}") for number in (5, 3, 9, 1)))
    assert keys == sorted(keys)
    assert keys_of(store, draft("a:0"))[0] > keys[-1]


def test_publishing_nothing_answers_nothing(store):
    assert publish(store) == []


def test_a_nul_in_a_title_does_not_stop_a_story(store):
    publish(store, draft("a:1", title="rain\0fall", metadata={"x\0": "\0"}))
    stored = asked(store).story("a:1").story
    assert (stored.title, stored.metadata) == ("rain\ufffdfall", {"x\0": "\0"})


def test_stories_left_unmatched_come_oldest_first(store):
    keys = keys_of(store, draft("a:1"), draft("a:2"), draft("a:3"))
    store.record(lambda recording: recording.finish(keys[1:2]))
    left = asked(store).backlog(limit=10, before=NOON + timedelta(seconds=1))
    assert [found.key for found in left] == [keys[0], keys[2]]
    assert asked(store).backlog(limit=10, before=NOON) == []
    assert len(asked(store).backlog(limit=1, before=NOON + timedelta(days=1))) == 1


def test_refreshing_replaces_the_text_in_place(store):
    (key,) = keys_of(store, draft("a:1", "clutter one two three"))
    store.record(lambda recording: recording.finish([key]))
    read = {key: asked(store).story("a:1").story, key + 1: draft("gone").story}
    store.refresh({key: draft("a:1", "one two three", minutes=60), key + 1: draft("gone")}, instead_of=read)
    stored = asked(store).story("a:1")
    assert (stored.story.text, stored.story.version, stored.matched) == ("one two three", 1, False)
    assert stored.story.received_at == draft("a:1").story.received_at
    assert len(asked(store).versions(key, limit=9)) == 1
    assert asked(store).candidates([probe("clutter")], limit=5) == [[]]
    assert [hit.key for hit in asked(store).candidates([probe("one two three")], limit=5)[0]] == [key]
    assert store.stats().stories == 1


def test_of_long_texts_few_are_read_at_a_time_and_all_in_the_end(store, monkeypatch):
    monkeypatch.setattr(stories, "WORDS_AT_ONCE", 10)
    texts = [
        "one two three",
        "four five six",
        "seven eight nine ten eleven",
        " ".join(map(str, range(30))),
        "end of it",
    ]
    keys = keys_of(store, *(draft(f"a:{number}", text, minutes=number) for number, text in enumerate(texts)))
    reading = asked(store)
    assert [one.key for one in reading.backlog(limit=10, before=NOON + timedelta(days=1))] == keys[:2]
    assert [[one.key for one in reading.stories_after(key, limit=10)] for key in (0, keys[1], keys[2])] == [
        keys[:2],
        keys[2:3],
        keys[3:4],
    ]
    listed, after = [], None
    for _ in texts:
        page = reading.stories(StoryFilter(), after=after, limit=10)
        assert 1 <= len(page.items) <= 2
        listed += [one.key for one in page.items]
        after = page.next
        if after is None:
            break
    assert listed == keys[::-1]
