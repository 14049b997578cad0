"""Spans of requests, as a collector gets them."""

from __future__ import annotations

import json

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from twicetold import bootstrap
from twicetold.observability.traces import Traces
from twicetold.server.wsgi import Service
from twicetold.settings import Settings
from werkzeug.test import Client

from bench.generated_text import TextGenerator

CALLER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
TEXT = TextGenerator(17).story(120)
SECRET = "secret-of-a-caller"


@pytest.fixture
def settings(tmp_path):
    return Settings.load(
        {"TWICETOLD_STORE_URL": f"sqlite:///{tmp_path}/hidden-place/stories.db", "TWICETOLD_API_KEYS": SECRET}
    )


@pytest.fixture
def exporter():
    return InMemorySpanExporter()


@pytest.fixture
def client(settings, exporter):
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    bootstrap.migrate(settings)
    service = Service(settings, Traces(provider))
    yield Client(service)
    service.close()


def asked(client, exporter, path, **given):
    """The spans of one request, of which nothing else is going on, by name."""
    exporter.clear()
    headers = {"Authorization": f"Bearer {SECRET}", "traceparent": CALLER} | given.pop("headers", {})
    answer = client.open(path, headers=headers, **given)
    answer.close()
    trace = int(headers["traceparent"].split("-")[1], 16)
    return answer, [span for span in exporter.get_finished_spans() if span.context.trace_id == trace]


def posted(client, exporter, path="/v1/stories"):
    story = {"id": "told", "url": "https://herald.example/a?token=private", "source": "herald.example", "text": TEXT}
    return asked(client, exporter, path, method="POST", data=json.dumps(story), content_type="application/json")


def test_a_request_goes_on_with_the_trace_of_its_caller(client, exporter):
    answer, spans = posted(client, exporter)
    assert answer.status_code == 201
    (request,) = (span for span in spans if span.name == "POST /v1/stories")
    assert f"{request.parent.span_id:016x}" == CALLER.split("-")[2]
    assert dict(request.attributes) == {
        "http.request.method": "POST", "http.route": "/v1/stories", "http.response.status_code": 201,
    }  # fmt: skip


def test_stages_transactions_and_calls_of_the_sandbox_are_spans_below_their_request(client, exporter):
    _, spans = posted(client, exporter)
    by_id = {span.context.span_id: span for span in spans}
    above = {span.name: by_id[span.parent.span_id].name for span in spans if span.parent.span_id in by_id}
    for stage in ("prepare", "publish", "match", "record", "answer"):
        assert above[stage] == "POST /v1/stories"
    assert (above["sandbox analyse"], above["store publish"]) == ("prepare", "publish")
    assert {name for name in above if name.startswith("store record")}


def test_a_batch_is_one_trace_until_its_last_line(client, exporter):
    lines = b"".join(json.dumps({"id": f"s{n}", "source": "x", "text": TEXT}).encode() + b"\n" for n in range(3))
    answer, spans = asked(
        client, exporter, "/v1/stories/batch", method="POST", data=lines, content_type="application/x-ndjson"
    )
    assert answer.status_code == 200
    names = [span.name for span in spans]
    assert {"POST /v1/stories/batch", "prepare", "record"} <= set(names)


def test_nothing_that_was_sent_and_nothing_of_the_store_stands_in_a_span(client, exporter):
    posted(client, exporter)
    asked(client, exporter, "/v1/stories?q=wordofaquery")
    asked(client, exporter, "/v1/stories/told")
    told = "".join(span.to_json() for span in exporter.get_finished_spans())
    for word in (TEXT.split()[0], "herald", "private", "wordofaquery", SECRET, "hidden-place"):
        assert word not in told


def test_a_failure_is_told_without_its_message(settings, exporter):
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))

    class Failing:
        def publish(self, text):
            raise ValueError(text)

    with pytest.raises(ValueError, match="private"):
        Traces(provider).watched("store", Failing()).publish("private")
    (span,) = exporter.get_finished_spans()
    assert (span.name, span.status.status_code, span.status.description, span.events) == (
        "store publish", StatusCode.ERROR, None, (),
    )  # fmt: skip


def test_probes_are_not_traced(client, exporter):
    assert asked(client, exporter, "/livez")[1] == []


def test_without_an_endpoint_nothing_is_traced():
    watched = object()
    assert Traces.of_environment({}).watched("store", watched) is watched


def test_an_endpoint_turns_traces_on(monkeypatch):
    traces = Traces.of_environment({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"})
    assert traces.watched("store", thing := object()) is not thing
    traces.close()


def test_an_endpoint_without_the_extra_is_told_in_the_log(monkeypatch, caplog):
    monkeypatch.setitem(__import__("sys").modules, "opentelemetry.sdk.trace", None)
    watched = object()
    assert Traces.of_environment({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}).watched("store", watched) is watched
    assert "twicetold[otel]" in caplog.text
