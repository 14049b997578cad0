"""Conditional requests (RFC 9110, section 13): an answer that did not change is not sent again."""

from __future__ import annotations

from flask import Request, Response


def conditional(response: Response, request: Request) -> Response:
    """Give a response an `ETag` over its body, and make it a 304 where `If-None-Match` names that."""
    response.vary.update(["Accept", "Prefer"])
    response.add_etag()
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request)
    return response
