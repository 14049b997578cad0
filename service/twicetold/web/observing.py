"""Reports each finished request to whoever observes the service."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator

from flask import Flask, Response, g, has_request_context, request

from twicetold.web.exchange import exchange
from twicetold.web.options import RequestSummary, WebHooks
from twicetold.web.request_ids import request_id

log = logging.getLogger(__name__)


class _Sent:
    """Counts a body while the server takes it."""

    def __init__(self) -> None:
        self.bytes = 0
        self.complete = False

    def counted(self, body: Iterable[bytes]) -> Iterator[bytes]:
        for part in body:
            self.bytes += len(part)
            yield part
        self.complete = True


def note(problem: str) -> None:
    """Count, for the report, a problem of this type that the current request or one of its lines is answered with."""
    if has_request_context() and "problems" in g:
        g.problems[problem] += 1


def install(app: Flask, hooks: WebHooks) -> None:
    """Call `hooks.observe` once per request of `app`, when its answer has gone out."""

    @app.before_request
    def begin() -> None:
        g.began, g.problems = time.perf_counter(), Counter()

    @app.after_request
    def end(response: Response) -> Response:
        route = None if request.url_rule is None else request.url_rule.rule
        method, began, counted, identifier = request.method, g.began, g.problems, request_id()
        key, waited = g.get("key"), exchange(request.environ).waited
        sent = _Sent()
        if response.is_streamed:
            if close := getattr(response.response, "close", None):
                response.call_on_close(close)
            response.direct_passthrough = False  # a file passed through would end without `observe`
            response.response = sent.counted(response.iter_encoded())

        def observe() -> None:
            if response.is_sequence:
                sent.bytes, sent.complete = sum(map(len, response.iter_encoded())), True
            summary = RequestSummary(
                request_id=identifier,
                method=method,
                route=route,
                status=response.status_code,
                seconds=time.perf_counter() - began,
                bytes=sent.bytes,
                complete=sent.complete,
                problems=counted,
                key=key,
                waited=waited,
            )
            try:
                hooks.observe(summary)
            except Exception:
                log.exception("the observer of requests failed")

        response.call_on_close(observe)
        return response
