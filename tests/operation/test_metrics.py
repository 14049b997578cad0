"""Metrics: what the observer is told comes out in Prometheus' format, the store's sizes beside it."""

import pytest
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.parser import text_string_to_metric_families
from twicetold.domain.errors import Unavailable
from twicetold.domain.model import Relation
from twicetold.observability.metrics import Metrics
from twicetold.usecases.pipeline import Outcome
from twicetold.usecases.read_models import StoreStats
from twicetold.web.options import RequestSummary


def stats() -> StoreStats:
    return StoreStats(stories=7, clusters=2, matches=5, backlog=1, bytes=4096)


def unreachable() -> StoreStats:
    raise Unavailable("the store does not answer")


def samples(metrics: Metrics, read=stats) -> dict[str, float]:
    families = text_string_to_metric_families(metrics.exposition(read).decode())
    return {
        ",".join([sample.name, *sample.labels.values()]): sample.value
        for family in families
        for sample in family.samples
    }


def summary(**changes: object) -> RequestSummary:
    usual = {
        "request_id": "r", "method": "POST", "route": None, "status": 422, "seconds": 0.03, "bytes": 10,
        "complete": True,
    }  # fmt: skip
    return RequestSummary(**(usual | changes))


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def test_stories_matches_and_clutter_are_counted_by_kind(metrics):
    metrics.submitted(Outcome.CREATED)
    metrics.matched(Relation.REPRINT)
    metrics.cut("share", 9)
    metrics.cut("share", 3)
    told = samples(metrics)
    assert told["twicetold_stories_total,created"] == 1
    assert told["twicetold_matches_total,reprint"] == 1
    assert told["twicetold_clutter_spans_total,share"] == 2
    assert told["twicetold_clutter_words_total,share"] == 12


@pytest.mark.parametrize("route", ["/v1/stories", "/v1/stories/batch"])
def test_submissions_refused_are_counted_by_type(metrics, route):
    metrics.served(summary(route=route, problems={"invalid": 2, "extraction-killed": 1}))
    told = samples(metrics)
    assert told["twicetold_refused_total,invalid"] == 2
    assert told["twicetold_refused_total,extraction-killed"] == 1


def test_what_is_refused_but_was_no_submission_is_not_counted_as_one(metrics):
    metrics.served(summary(route="/v1/compare", problems={"invalid": 1}))
    metrics.served(summary(method="GET", route="/v1/stories", problems={"invalid": 1}))
    assert "twicetold_refused_total,invalid" not in samples(metrics)


def test_an_extraction_is_counted_as_killed_whatever_it_was_for(metrics):
    for route in ("/v1/stories", "/v1/clean"):
        metrics.served(summary(route=route, problems={"extraction-killed": 1}))
    assert samples(metrics)["twicetold_extraction_kills_total"] == 2


def test_requests_are_counted_by_route_and_timed(metrics):
    for method in ("GET", "BREW"):
        metrics.served(summary(method=method, route=None, status=404))
    told = samples(metrics)
    assert told["twicetold_requests_total,GET,none,404"] == 1
    assert told["twicetold_requests_total,other,none,404"] == 1
    assert told["twicetold_request_seconds_count,none"] == 2


def test_the_store_is_read_at_the_scrape(metrics):
    told = samples(metrics)
    assert told["twicetold_store_up"] == 1
    assert told["twicetold_match_backlog"] == 1
    assert told["twicetold_stored_stories"] == 7


def test_a_store_that_does_not_answer_does_not_fail_the_scrape(metrics):
    told = samples(metrics, unreachable)
    assert told["twicetold_store_up"] == 0
    assert "twicetold_match_backlog" not in told


def test_a_worker_that_has_no_counters_yet_does_not_fail_the_scrape_for_the_others(metrics, tmp_path, monkeypatch):
    counters = MmapedDict(str(tmp_path / "counter_1.db"))
    counters.write_value(mmap_key("twicetold_stories", "twicetold_stories_total", ["outcome"], ["created"], ""), 3, 0)
    counters.close()
    (tmp_path / "counter_2.db").touch()
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    assert samples(metrics)["twicetold_stories_total,created"] == 3
