from __future__ import annotations

from datetime import date, timedelta

import pytest
from twicetold.domain.model import Relation
from twicetold.usecases.pipeline import BlockOccurrence, Placement

from tests.store.samples import NOON, asked, draft, keys_of, match

BLOCK = -(2**62) - 7
TEXT = "Follow our correspondents every morning at six"


def see(store, key, *, source="herald.example", day=0, block=BLOCK, text=TEXT):
    with store.recording() as recording:
        recording.count_blocks(
            [BlockOccurrence(source=source, block=block, text=text, key=key, day=date(2024, 5, 17 + day))]
        )


def learned(store, source="herald.example", now=NOON + timedelta(days=3)):
    return asked(store).learned([source], now=now).get(source, {})


def shown(store, now=NOON + timedelta(days=3)):
    return asked(store).source("herald.example", now=now).boilerplate


@pytest.fixture
def keys(store):
    return keys_of(store, *(draft(f"s{number}", f"story number {number}") for number in range(12)))


def test_a_block_of_four_stories_on_two_days_is_learned(store, keys):
    for at, key in enumerate(keys[:4]):
        see(store, key, day=at // 2)
    (block,) = learned(store).values()
    assert (block.block, block.text, block.stories, block.days, block.status) == (BLOCK, TEXT, 4, 2, "active")
    assert shown(store) == [block]


def test_three_stories_teach_nothing(store, keys):
    for at, key in enumerate(keys[:3]):
        see(store, key, day=at)
    assert learned(store) == {}


def test_one_day_teaches_nothing(store, keys):
    for key in keys[:6]:
        see(store, key)
    assert learned(store) == {}


def test_the_same_story_seen_again_and_again_counts_once(store, keys):
    for day in range(6):
        see(store, keys[0], day=day)
    assert learned(store) == {}


def test_copies_of_one_article_teach_nothing(store, keys):
    with store.recording() as recording:
        recording.save([match(keys[0], key, Relation.REPRINT) for key in keys[1:6]])
    for at, key in enumerate(keys[:6]):
        see(store, key, day=at)
    assert learned(store) == {}


def test_members_of_one_cluster_teach_nothing_though_not_every_pair_is_tied(store, keys):
    with store.recording() as recording:
        recording.place(Placement(moves=dict.fromkeys(keys[:6], "c1"), canonicals={"c1": keys[0]}, at=NOON))
    for at, key in enumerate(keys[:6]):
        see(store, key, day=at)
    assert learned(store) == {}


def test_stories_that_share_only_a_passage_do_teach(store, keys):
    with store.recording() as recording:
        recording.save([match(keys[0], key, Relation.PASSAGE, 0.1) for key in keys[1:6]])
    for at, key in enumerate(keys[:6]):
        see(store, key, day=at)
    assert len(learned(store)) == 1


def test_a_block_as_common_at_another_source_is_not_learned(store, keys):
    for at, key in enumerate(keys[:5]):
        see(store, key, source="times.example", day=at)
    for at, key in enumerate(keys[5:10]):
        see(store, key, day=at)
    assert learned(store) == {}


def test_a_learned_block_that_becomes_as_common_elsewhere_is_unlearned(store, keys):
    for at, key in enumerate(keys[:4]):
        see(store, key, day=at)
    for at, key in enumerate(keys[5:10]):
        see(store, key, source="times.example", day=at)
    assert learned(store)
    see(store, keys[11], day=4)
    assert learned(store) == {}


def test_a_block_not_seen_for_months_expires(store, keys):
    for at, key in enumerate(keys[:4]):
        see(store, key, day=at)
    assert learned(store, now=NOON + timedelta(days=50))
    assert learned(store, now=NOON + timedelta(days=100)) == {}


def test_a_block_that_expired_is_not_told_as_one_that_is_cut(store, keys):
    for at, key in enumerate(keys[:4]):
        see(store, key, day=at)
    assert len(shown(store, now=NOON + timedelta(days=50))) == 1
    assert shown(store, now=NOON + timedelta(days=100)) == []


def test_an_allowed_block_is_told_however_long_ago_it_was_seen(store, keys):
    for at, key in enumerate(keys[:4]):
        see(store, key, day=at)
    store.allow_block("herald.example", shown(store)[0].id)
    assert [found.status for found in shown(store, now=NOON + timedelta(days=100))] == ["allowed"]


def test_an_allowed_block_is_never_cut_again(store, keys):
    for at, key in enumerate(keys[:4]):
        see(store, key, day=at)
    (block,) = learned(store).values()
    assert store.allow_block("herald.example", block.id)
    see(store, keys[5], day=6)
    assert learned(store) == {}
    assert [found.status for found in shown(store)] == ["allowed"]


def test_a_forgotten_block_may_be_learned_anew(store, keys):
    for at, key in enumerate(keys[:4]):
        see(store, key, day=at)
    (block,) = learned(store).values()
    assert store.forget_block("herald.example", block.id)
    assert learned(store) == {}
    for at, key in enumerate(keys[4:8]):
        see(store, key, day=at)
    assert len(learned(store)) == 1


@pytest.mark.parametrize("block_id", ["", "zz", "-1", "0x1f", "ffffffffffffffff", "f" * 17, "1" * 5000])
def test_an_unknown_block_id_is_reported(store, block_id):
    assert not store.allow_block("herald.example", block_id)
    assert not store.forget_block("herald.example", block_id)
