"""The metrics for Prometheus: requests and latencies, stories, matches, clutter, refusals, and the size of the store.

Several worker processes add up through prometheus_client's multiprocess mode: `twicetold.server.gunicorn_conf` names a
directory for it in the environment before this module is imported, and any worker answers a scrape for all.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from twicetold.domain.errors import TwicetoldError
from twicetold.domain.model import Relation
from twicetold.observability.processes import usage
from twicetold.usecases.pipeline import Outcome, Stage
from twicetold.usecases.read_models import StoreStats
from twicetold.web.options import RequestSummary

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SUBMITTING = frozenset({("POST", "/v1/stories"), ("POST", "/v1/stories/batch")})
KILLED = "extraction-killed"  # the type of a problem; they never change
LATENCIES = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """The counters of one process; implements `usecases.ports.Observer`. Build it after the fork."""

    def __init__(self) -> None:
        own = CollectorRegistry()
        self._own = own
        self._requests = Counter(
            "twicetold_requests", "Requests answered.", ["method", "route", "status"], registry=own
        )
        self._seconds = Histogram(
            "twicetold_request_seconds", "Time to the end of the answer.", ["route"], buckets=LATENCIES, registry=own
        )
        self._waits = Histogram(
            "twicetold_wait_seconds", "Time that a request waited for a thread.", buckets=LATENCIES, registry=own
        )
        self._stages = Histogram(
            "twicetold_stage_seconds",
            "Time that a chunk of stories took in a stage.",
            ["stage"],
            buckets=LATENCIES,
            registry=own,
        )
        self._stories = Counter(
            "twicetold_stories", "Stories submitted, by what became of them.", ["outcome"], registry=own
        )
        self._matches = Counter("twicetold_matches", "Matches between stories recorded.", ["relation"], registry=own)
        self._cuts = Counter("twicetold_clutter_spans", "Spans cut from submitted stories.", ["kind"], registry=own)
        self._words = Counter("twicetold_clutter_words", "Words cut from submitted stories.", ["kind"], registry=own)
        self._refused = Counter("twicetold_refused", "Submissions refused, by problem.", ["error"], registry=own)
        self._kills = Counter("twicetold_extraction_kills", "Extractions killed at a limit.", registry=own)

    def served(self, request: RequestSummary) -> None:
        """A request was answered, and what it submitted was perhaps refused."""
        method = request.method if request.method in METHODS else "other"
        route = request.route or "none"
        self._requests.labels(method, route, str(request.status)).inc()
        self._seconds.labels(route).observe(request.seconds)
        self._waits.observe(request.waited)
        for problem, times in request.problems.items():
            if (method, route) in SUBMITTING:
                self._refused.labels(problem).inc(times)
            if problem == KILLED:
                self._kills.inc(times)

    def submitted(self, outcome: Outcome) -> None:
        """A story was published."""
        self._stories.labels(outcome.value).inc()

    def matched(self, relation: Relation) -> None:
        """A match was recorded."""
        self._matches.labels(relation.value).inc()

    def cut(self, kind: str, words: int) -> None:
        """Clutter was removed from a submitted story."""
        self._cuts.labels(kind).inc()
        self._words.labels(kind).inc(words)

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        """Time a stage of a chunk of stories."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._stages.labels(stage.value).observe(time.perf_counter() - began)

    def exposition(self, stats: Callable[[], StoreStats]) -> bytes:
        """Everything in Prometheus' text format, all workers together, with the store as `stats` sees it now."""
        directory = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
        counted = _registry_of(_Workers(Path(directory))) if directory else self._own
        here = _registry_of(_Processes(os.getppid() if directory else os.getpid()))
        return b"".join(map(generate_latest, (counted, _registry_of(_Stored(stats)), here)))


class _Workers:
    """The counters of all workers, each in files of its own.

    A worker opens a file before the file has a size, and one that is killed in between leaves it so. The collector of
    prometheus_client fails for all workers then (https://github.com/prometheus/client_python/issues/1199).
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def collect(self) -> Iterable[Metric]:
        files = [file.path for file in os.scandir(self._directory) if file.name.endswith(".db") and file.stat().st_size]
        metrics: Iterable[Metric] = MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]  # unannotated
        return metrics


class _Stored:
    """The store in numbers, read at the scrape."""

    def __init__(self, stats: Callable[[], StoreStats]) -> None:
        self._stats = stats

    def collect(self) -> Iterator[Metric]:
        try:
            stats = self._stats()
        except TwicetoldError:
            yield GaugeMetricFamily("twicetold_store_up", "Whether the store answers.", value=0)
            return
        yield GaugeMetricFamily("twicetold_store_up", "Whether the store answers.", value=1)
        yield GaugeMetricFamily("twicetold_stored_stories", "Stories in the store.", value=stats.stories)
        yield GaugeMetricFamily("twicetold_stored_clusters", "Clusters in the store.", value=stats.clusters)
        yield GaugeMetricFamily("twicetold_stored_matches", "Matches in the store.", value=stats.matches)
        yield GaugeMetricFamily("twicetold_stored_bytes", "Size of the store.", value=stats.bytes)
        yield GaugeMetricFamily("twicetold_match_backlog", "Stories stored but not matched yet.", value=stats.backlog)


class _Processes:
    """What runs: the version, and what the processes of this server use."""

    def __init__(self, arbiter: int) -> None:
        self._arbiter = arbiter

    def collect(self) -> Iterator[Metric]:
        built = GaugeMetricFamily("twicetold_build_info", "Always 1; the labels tell.", labels=["version", "python"])
        built.add_metric([version("twicetold"), platform.python_version()], 1)
        yield built
        running = GaugeMetricFamily("twicetold_processes", "Processes of this server.", labels=["role"])
        resident = GaugeMetricFamily(
            "twicetold_resident_bytes", "Memory of them; what they share counts in each.", labels=["role"]
        )
        seconds = 0.0
        for role in usage(self._arbiter):
            running.add_metric([role.role], role.processes)
            resident.add_metric([role.role], role.resident)
            seconds += role.seconds
        yield running
        yield resident
        yield CounterMetricFamily("twicetold_processor_seconds", "Processor time of all of them.", value=seconds)


def _registry_of(collector: _Stored | _Workers | _Processes) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    return registry
