"""Traces for OpenTelemetry: what a request spent its time on, as spans sent to a collector.

On with the extra `otel` and `OTEL_EXPORTER_OTLP_ENDPOINT`; the other variables of the OpenTelemetry SDK hold, too, such
as `OTEL_TRACES_SAMPLER`. A trace that the caller began (W3C Trace Context, the header `traceparent`) goes on. Nothing
that was sent stands in a span: no text, id, URL, query or key, and nothing of where the store is.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, TypeVar, cast
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from twicetold.domain.model import Relation
from twicetold.usecases.pipeline import Outcome, Stage
from twicetold.usecases.ports import Observer
from twicetold.web.options import RequestSummary

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

T = TypeVar("T")

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
UNTRACED = frozenset({"/livez", "/readyz", "/metrics"})
"""Calls of machines that ask every few seconds."""
_IN_BLOCKS = frozenset({"reading"})
"""Methods of a store that open a transaction for a block."""

_log = logging.getLogger(__name__)


class Traces:
    """Makes spans; without a provider, none. Build it after the fork: a provider exports from a thread of its own."""

    def __init__(self, provider: TracerProvider | None = None) -> None:
        self._provider = provider
        self._tracer = None if provider is None else provider.get_tracer("twicetold")

    @classmethod
    def of_environment(cls, environment: Mapping[str, str] = os.environ) -> Traces:
        """As the environment asks for; an endpoint without the extra is told in the log."""
        if not any(environment.get(name) for name in ENDPOINTS):
            return cls()
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
            from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
            from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
            from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
        except ImportError:
            _log.warning("traces are asked for, and need more packages: pip install 'twicetold[otel]'")
            return cls()
        told = {"service.version": version("twicetold")}
        if not environment.get("OTEL_SERVICE_NAME"):
            told["service.name"] = "twicetold"
        provider = TracerProvider(resource=Resource.create(told))
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        return cls(provider)

    @contextmanager
    def span(self, name: str) -> Iterator[None]:
        """Time a block as a part of what goes on in this thread."""
        if self._tracer is None:
            yield
            return
        # Messages of errors may quote what was sent: only that there was one is told.
        with self._tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False) as span:
            try:
                yield
            except BaseException:
                span.set_status(_error())
                raise

    def watched(self, name: str, watched: T) -> T:
        """What does as `watched` does, with a span for each call."""
        return watched if self._tracer is None else cast("T", _Watched(name, watched, self))

    def observer(self, observer: Observer) -> Observer:
        """What observes as `observer` does, with a span for each stage."""
        return observer if self._tracer is None else _Stages(observer, self)

    def served(self, request: RequestSummary) -> None:
        """Name the span of the current request, now that it is answered."""
        if self._tracer is None:
            return
        from opentelemetry import trace  # noqa: PLC0415

        span = trace.get_current_span()
        span.update_name(f"{request.method} {request.route or 'none'}")
        span.set_attribute("http.request.method", request.method)
        span.set_attribute("http.response.status_code", request.status)
        if request.route is not None:
            span.set_attribute("http.route", request.route)
        if request.status >= 500:
            span.set_status(_error())

    def around(self, answer: WSGIApplication) -> WSGIApplication:
        """A WSGI application with a span for each request, which lasts until its answer has gone out."""
        if self._tracer is None:
            return answer
        tracer = self._tracer
        from opentelemetry import context, trace  # noqa: PLC0415
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

        propagator = TraceContextTextMapPropagator()

        def traced(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            if environ.get("PATH_INFO") in UNTRACED:
                return answer(environ, start_response)
            names = {"traceparent": "HTTP_TRACEPARENT", "tracestate": "HTTP_TRACESTATE"}
            carrier = {name: environ[field] for name, field in names.items() if field in environ}
            span = tracer.start_span(
                "request", propagator.extract(carrier, context=context.Context()), kind=trace.SpanKind.SERVER
            )
            with ExitStack() as stack:
                stack.callback(span.end)
                stack.callback(context.detach, context.attach(trace.set_span_in_context(span)))
                body = answer(environ, start_response)
                return _Answer(body, stack.pop_all())

        return traced

    def close(self) -> None:
        """Export what waits."""
        if self._provider is not None:
            self._provider.shutdown()


class _Answer:
    """A body whose request ends when it is closed."""

    def __init__(self, body: Iterable[bytes], ends: ExitStack) -> None:
        self._body = body
        self._ends = ends

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)

    def close(self) -> None:
        with self._ends:
            if close := getattr(self._body, "close", None):
                close()


class _Watched:
    """Passes everything on, with a span around each call."""

    def __init__(self, name: str, watched: object, traces: Traces) -> None:
        self._name = name
        self._watched = watched
        self._traces = traces

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever the other has
        found = getattr(self._watched, name)
        if not callable(found):
            return found
        made = self._block(name, found) if name in _IN_BLOCKS else self._call(name, found)
        setattr(self, name, made)
        return made

    def _call(self, name: str, called: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: object, **named: object) -> object:
            with self._traces.span(f"{self._name} {name}"):
                return called(*given, **named)

        return call

    def _block(self, name: str, opened: Callable[..., Any]) -> Callable[..., Any]:
        @contextmanager
        def block(*given: object, **named: object) -> Iterator[object]:
            with self._traces.span(f"{self._name} {name}"), opened(*given, **named) as inside:
                yield inside

        return block


class _Stages:
    """Implements `ports.Observer`."""

    def __init__(self, observer: Observer, traces: Traces) -> None:
        self._observer = observer
        self._traces = traces

    def submitted(self, outcome: Outcome) -> None:
        self._observer.submitted(outcome)

    def matched(self, relation: Relation) -> None:
        self._observer.matched(relation)

    def cut(self, kind: str, words: int) -> None:
        self._observer.cut(kind, words)

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        with self._traces.span(stage.value), self._observer.stage(stage):
            yield


def _error() -> Any:  # noqa: ANN401  # of a package that need not be there
    from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415

    return Status(StatusCode.ERROR)
