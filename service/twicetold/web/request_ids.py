"""The id of a request: the caller's own where it is harmless, otherwise a new one."""

from __future__ import annotations

import re
from uuid import uuid4

from flask import Flask, Response, g, has_request_context, request

HEADER = "X-Request-Id"
_HARMLESS = re.compile(r"[A-Za-z0-9._:~/+=@-]{1,128}", re.ASCII)


def request_id() -> str:
    """The id of the current request; empty outside of one."""
    if not has_request_context():
        return ""
    if "request_id" not in g:
        given = request.headers.get(HEADER, "")
        g.request_id = given if _HARMLESS.fullmatch(given) else uuid4().hex
    return str(g.request_id)


def install(app: Flask) -> None:
    """Echo the id in every answer of `app`."""

    @app.after_request
    def echo(response: Response) -> Response:
        response.headers[HEADER] = request_id()
        return response
