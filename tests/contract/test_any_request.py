"""Requests that schemathesis makes up from the contract, good and bad, to the real service over SQLite."""

from __future__ import annotations

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.web.contract import CONTRACT

EXAMPLES = 10

PAGES = {"text/html", "application/xhtml+xml"}

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

CALLS = [
    (path, method)
    for path, methods in CONTRACT["paths"].items()
    for method in ("get", "post", "delete")
    if method in methods
]

NEVER_BAD = {"/v1/stories/batch", "/v1/sources.csv", "/", "/livez", "/readyz", "/metrics", "/openapi.yaml", "/docs"}
"""Calls without parameters, and batches: any text is one, of good or bad lines."""

bounded = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@schemathesis.serializer("application/x-ndjson", "application/ndjson", "application/jsonl")
def ndjson(_: object, value: object) -> bytes:
    """Any text is a batch of lines, each good or bad by itself."""
    return str(value).encode("utf-8", "surrogatepass")


@schemathesis.serializer("text/html", "application/xhtml+xml")
def markup(_: object, value: object) -> bytes:
    """Any text is a page."""
    return str(value).encode("utf-8", "surrogatepass")


@pytest.fixture(scope="module")
def described(app: Flask) -> BaseSchema:
    def uncompressed(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ.pop("HTTP_ACCEPT_ENCODING", None)  # schemathesis asks for what it does not read from WSGI
        return app(environ, start_response)

    return schemathesis.openapi.from_wsgi("/openapi.yaml", uncompressed)


@pytest.mark.parametrize(("path", "method"), CALLS)
def test_a_good_request_is_answered_as_the_contract_says(described: BaseSchema, path: str, method: str) -> None:
    @bounded
    @given(st.data())
    def asked(data: st.DataObject) -> None:
        case: Case = data.draw(described[path][method].as_strategy())
        case.call_and_validate(checks=CHECKS)

    asked()


@pytest.mark.parametrize(("path", "method"), [call for call in CALLS if call[0] not in NEVER_BAD])
def test_a_bad_request_is_refused_as_the_contract_says(described: BaseSchema, path: str, method: str) -> None:
    operation = described[path][method]

    @bounded
    @given(st.data())
    def asked(data: st.DataObject) -> None:
        case: Case = data.draw(operation.as_strategy(GenerationMode.NEGATIVE))
        assume(case.media_type not in PAGES)  # any text is one
        case.call_and_validate(checks=[*CHECKS, negative_data_rejection])

    asked()
