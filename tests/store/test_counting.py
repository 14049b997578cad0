"""Counters agree with what they count, whatever happens to stories and clusters."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from twicetold.usecases.read_models import StoryFilter

from tests.store.samples import NOON, asked, delete, draft, keys_of, match, place, publish, save

HOUR = timedelta(hours=1)
FIRST, LAST = NOON - timedelta(days=1), NOON + timedelta(days=30)


def finish(store, keys):
    store.record(lambda recording: recording.finish(keys))


def told(store):
    """What the counters say: of sources, and of hours and sources."""
    sources = {
        one.source: (one.stories, one.first, one.reprinted) for one in asked(store).sources(after=None, limit=99).items
    }
    hours = {
        (bucket.start, source): (bucket.stories, bucket.clusters, bucket.reprints)
        for source in sources
        for bucket in asked(store).reception(since=FIRST, until=LAST, bucket=HOUR, source=source)
        if bucket.stories
    }
    return sources, hours


def totals(store):
    """What the counters say of hours, over all sources."""
    found = asked(store).reception(since=FIRST, until=LAST, bucket=HOUR, source=None)
    return [(one.start, one.stories, one.clusters, one.reprints) for one in found if one.stories]


def counted(store):
    """The same, counted."""
    sources, hours = {}, {}
    for stored in asked(store).stories(StoryFilter(), after=None, limit=999).items:
        story, cluster = stored.story, stored.cluster
        first = cluster is not None and cluster.canonical_id == story.id
        several = cluster is not None and cluster.sources > 1  # derived copies make more of them
        _add(sources, story.source, (1, several and first, several and not first))
        hour = story.received_at.replace(minute=0, second=0)
        _add(hours, (hour, story.source), (1, first, cluster is not None and not first))
    return sources, hours


def _add(counts, key, more):
    counts[key] = tuple(map(sum, zip(counts.get(key, (0, 0, 0)), more, strict=True)))


@pytest.mark.parametrize("seed", range(2))
def test_counters_agree_with_what_they_count(store, seed):
    chance = random.Random(seed)
    sources = ["herald.example", "times.example", "globe.example"]
    keys = {}
    for step in range(40):
        known = sorted(keys.values())
        match chance.choice(["new", "new", "changed", "placed", "placed", "deleted"]):
            case "new":
                one = draft(f"s{step}", f"text {step}", source=chance.choice(sources), minutes=37 * step)
                (keys[one.story.id],) = keys_of(store, one)
                finish(store, [keys[one.story.id]])
            case "changed" if keys:
                name = chance.choice(sorted(keys))
                publish(store, draft(name, f"changed {step}", source=chance.choice(sources)))
                finish(store, [keys[name]])
            case "placed" if keys:
                moved = chance.sample(known, min(len(known), chance.randint(1, 4)))
                cluster_id = chance.choice(["c1", "c2", "c3", None])
                held = [key for key in known if _cluster(store, keys, key) == cluster_id] if cluster_id else []
                canonicals = {cluster_id: chance.choice(sorted({*moved, *held}))} if cluster_id else {}
                place(store, dict.fromkeys(moved, cluster_id), canonicals)
            case "deleted" if keys:
                names = chance.sample(sorted(keys), min(len(keys), chance.randint(1, 2)))
                delete(store, *(keys.pop(name) for name in names))
        if step % 5 == 4:
            assert told(store) == counted(store)
            assert totals(store) == [
                (hour, *map(sum, zip(*(each for (at, _), each in told(store)[1].items() if at == hour), strict=True)))
                for hour in sorted({at for at, _ in told(store)[1]})
            ]


def _cluster(store, keys, key):
    name = next(name for name, known in keys.items() if known == key)
    cluster = asked(store).story(name).cluster
    return None if cluster is None else cluster.id


def test_a_story_counts_once_however_often_it_is_matched_and_not_before(store):
    keys = keys_of(store, draft("a"))
    assert told(store) == ({}, {})
    finish(store, keys)
    publish(store, draft("a", "another text than before"))
    finish(store, keys)
    assert told(store)[0] == {"herald.example": (1, 0, 0)}
    delete(store, *keys)
    assert told(store) == ({}, {})


def test_a_story_that_is_deleted_unmatched_was_never_counted(store):
    delete(store, *keys_of(store, draft("a")))
    assert told(store) == ({}, {})


def test_reception_is_summed_by_hours_and_days_for_one_source_or_all(store):
    keys = keys_of(
        store, draft("a"), draft("b", minutes=5), draft("c", minutes=90), draft("d", source="times.example", minutes=95)
    )
    finish(store, keys)
    save(store, match(keys[0], keys[3]))
    place(store, dict.fromkeys((keys[0], keys[3]), "c1"), {"c1": keys[0]})

    def buckets(bucket, source=None):
        found = asked(store).reception(since=NOON - HOUR, until=NOON + 9 * HOUR, bucket=bucket, source=source)
        return [((one.start - NOON) // HOUR, one.stories, one.clusters, one.reprints) for one in found]

    assert buckets(HOUR) == [(0, 2, 1, 0), (1, 2, 0, 1)]
    assert buckets(HOUR, "times.example") == [(1, 1, 0, 1)]
    assert buckets(24 * HOUR) == [(-12, 4, 1, 1)]
