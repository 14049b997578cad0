from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from twicetold.domain.errors import Invalid, NotFound
from twicetold.domain.matching.canonical import CanonicalPolicy
from twicetold.domain.model import Relation
from twicetold.usecases.read_models import ClusterFilter
from twicetold.usecases.report import USUAL_BUCKETS, Bucket

from tests.store.samples import asked
from tests.usecases.conftest import House
from tests.usecases.stories import HARBOUR, ORCHARD, SATELLITE


def test_a_cluster_lists_its_members_by_time_with_credited_agencies(house: House):
    house.post("b", f"{HARBOUR}\n\n(AFP, dpa)", "beta.example", published_at=datetime(2024, 5, 2, tzinfo=UTC))
    answer = house.post("a", HARBOUR, published_at=datetime(2024, 5, 1, tzinfo=UTC))
    assert answer.cluster is not None
    report = house.application.reports.cluster(answer.cluster.id, after=None, limit=10)
    assert [member.story_id for member in report.members] == ["a", "b"]
    assert set(report.agencies) == {"AFP", "dpa"}


def test_clusters_can_be_asked_for_by_number_of_sources(house: House):
    house.post("a", HARBOUR)
    house.post("b", HARBOUR)
    house.post("c", ORCHARD)
    house.post("d", ORCHARD, "beta.example")
    page = asked(house.store).clusters(ClusterFilter(min_sources=2), after=None, limit=10)
    assert [cluster.canonical_id for cluster in page.items] == ["c"]


def test_a_source_is_told_whom_it_reprints(house: House):
    house.post("a", HARBOUR, published_at=datetime(2024, 5, 1, tzinfo=UTC))
    house.post("b", HARBOUR, "beta.example", published_at=datetime(2024, 5, 2, tzinfo=UTC))
    report = house.application.reports.source("beta.example")
    assert [tie.source for tie in report.reprints_from] == ["alpha.example"]
    assert (report.summary.first, report.summary.reprinted) == (0, 1)


@pytest.mark.parametrize("ask", ["cluster", "source", "story"])
def test_what_is_not_there_is_said_to_be_not_there(house: House, ask: str):
    reports = house.application.reports
    with pytest.raises(NotFound):
        reports.cluster("nothing", after=None, limit=1) if ask == "cluster" else getattr(reports, ask)("nothing")


def test_clusters_are_the_same_in_whatever_order_stories_came(house: House, tmp_path: Path):
    texts = [HARBOUR, ORCHARD, SATELLITE]
    stories = [
        (f"{number}", text.replace(" the ", " the very ", edit), f"{number % 4}.example")
        for number, (text, edit) in enumerate((text, edit) for text in texts for edit in range(4))
    ]
    seen = set()
    for seed in range(5):
        random.Random(seed).shuffle(stories)
        for name, text, source in stories:
            house.post(name, text, source, published_at=datetime(2024, 5, 1, int(name), tzinfo=UTC))
        seen.add(frozenset(frozenset(_together(house, name)) for name, _, _ in stories))
        for name, _, _ in stories:
            house.application.forgetting.delete(name)
    assert len(seen) == 1


def _together(house: House, name: str) -> list[str]:
    cluster = house.application.reports.story(name).cluster
    if cluster is None:
        return [name]
    return [member.story_id for member in house.application.reports.cluster(cluster.id, after=None, limit=50).members]


def day(number: int) -> datetime:
    return datetime(2024, 5, number, tzinfo=UTC)


def test_a_version_with_another_time_moves_its_cluster_in_time(house: House):
    house.post("a", HARBOUR, published_at=day(2))
    house.post("b", HARBOUR, "beta.example", published_at=day(3))
    house.post("b", HARBOUR + " More follows.", "beta.example", published_at=day(1))
    cluster = house.application.reports.story("a").cluster
    assert cluster is not None
    assert (cluster.canonical_id, cluster.first_seen, cluster.last_seen) == ("b", day(1), day(2))
    events = house.application.reports.cluster(cluster.id, after=None, limit=5).events
    assert [(event.event, event.other) for event in events] == [("canonical", "b"), ("created", None)]


def test_a_cluster_that_loses_its_canonical_story_says_which_is_canonical_now(house: House):
    for name in "dba":
        house.post(name, HARBOUR, f"{name}.example", published_at=day(1 if name == "d" else 2))
    house.post("zero", HARBOUR, "zero.example", published_at=datetime(1970, 1, 1, tzinfo=UTC))
    house.application.forgetting.delete("d")
    cluster = house.application.reports.story("a").cluster
    assert cluster is not None
    assert (cluster.canonical_id, cluster.first_seen) == ("a", day(2))
    events = house.application.reports.cluster(cluster.id, after=None, limit=5).events
    assert (events[0].event, events[0].other) == ("canonical", "a")


def test_copies_of_a_text_under_a_reused_address_stand_with_it_and_not_with_what_was_there_before(house: House):
    url = "https://alpha.example/live"
    house.post("before", ORCHARD, url=url, published_at=day(1))
    house.post("live", HARBOUR, url=url, published_at=day(2))
    for number, name in enumerate(("copy", "other"), 3):
        house.post(name, HARBOUR, f"{name}.example", published_at=day(number))
    assert _together(house, "copy") == ["live", "copy", "other"]
    assert _together(house, "before") == ["before"]


def test_a_cluster_tells_its_canonical_story_by_policy_and_whom_it_credits(house: House):
    house.post("paper", HARBOUR, "herald.example", published_at=house.clock.now - timedelta(hours=3))
    house.post("wire", f"(AFP) - {HARBOUR}", "afp.com", published_at=house.clock.now - timedelta(hours=2))
    house.post("other", f"(AFP) - {HARBOUR}", "post.example", published_at=house.clock.now - timedelta(hours=1))
    cluster = house.application.reports.story("paper").cluster
    assert cluster is not None
    answer = house.application.reports.cluster(cluster.id, policy=CanonicalPolicy.parse("agency"), after=None, limit=9)
    assert answer.summary.canonical_id == "wire"
    assert [one.relation for one in answer.members] == [Relation.EXACT, None, Relation.EXACT]
    assert answer.credited_to is not None
    assert (answer.credited_to.name, answer.credited_to.members, answer.credited_to.source) == ("AFP", 2, "afp.com")
    assert house.application.reports.cluster(cluster.id, after=None, limit=9).summary.canonical_id == "paper"


def test_a_timeline_gives_empty_hours_and_days_too(house: House):
    house.post("a", HARBOUR)
    timeline = house.application.reports.timeline
    days = timeline(Bucket.DAY, since=None, until=None, source=None)
    assert [len(days), days[-1].stories, sum(day.stories for day in days)] == [USUAL_BUCKETS, 1, 1]
    now = house.clock()
    hours = timeline(
        Bucket.HOUR, since=now - timedelta(hours=2), until=now + timedelta(hours=1), source="alpha.example"
    )
    assert sum(hour.stories for hour in hours) == 1
    assert all(later.start - hour.start == timedelta(hours=1) for hour, later in pairwise(hours))
    assert all(hour.start.minute == 0 for hour in hours)


def test_a_timeline_has_no_more_buckets_than_its_bound(house: House):
    now = house.clock()
    with pytest.raises(Invalid, match="at most 1000 hours") as refused:
        house.application.reports.timeline(Bucket.HOUR, since=now - timedelta(days=50), until=None, source=None)
    assert refused.value.field == "since"
    assert not house.application.reports.timeline(Bucket.DAY, since=now, until=now - timedelta(days=9), source=None)
