"""Telling the outside of each request that is over."""

from __future__ import annotations

import logging
import time

from flask import Flask, Response, g, request

from service.web.options import RequestSummary, WebHooks
from service.web.request_ids import request_id

log = logging.getLogger(__name__)


def install(app: Flask, hooks: WebHooks) -> None:
    """Call `hooks.observe` once per request of `app`, when its answer has gone out."""

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        route = None if request.url_rule is None else request.url_rule.rule
        method, began, identifier = request.method, g.began, request_id()

        def observe() -> None:
            summary = RequestSummary(
                request_id=identifier,
                method=method,
                route=route,
                status=response.status_code,
                seconds=time.perf_counter() - began,
            )
            try:
                hooks.observe(summary)
            except Exception:
                log.exception("the observer of requests failed")

        response.call_on_close(observe)
        return response
