"""Conditional requests (RFC 9110, section 13): an answer that did not change is not sent again."""

from __future__ import annotations

from http import HTTPStatus

from flask import Request, Response


def conditional(response: Response, request: Request) -> Response:
    """Give a response of a resource that changes an `ETag`, and make it a 304 where the caller has it already."""
    response.vary.update(["Accept", "Prefer"])
    response.headers["Cache-Control"] = "private, no-cache"
    return unless_known(response, request)


def unless_known(response: Response, request: Request) -> Response:
    """Give a response an `ETag` over its body, and make it a 304 where `If-None-Match` names that.

    Other conditions, which werkzeug would answer too, are for writing and for ranges; there are none of these here.
    """
    response.add_etag()
    tag, _ = response.get_etag()
    if tag and request.if_none_match.contains_weak(tag):
        response.status_code = HTTPStatus.NOT_MODIFIED
    return response
