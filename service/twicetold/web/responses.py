"""Making responses, and the preferences a request states about them."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec
from flask import Request, Response

MINIMAL = "return=minimal"


def wants_minimal(request: Request) -> bool:
    """Whether the request prefers a minimal answer (RFC 7240)."""
    preferences = ",".join(request.headers.getlist("Prefer")).split(",")
    names = (preference.split(";")[0].replace('"', "").replace(" ", "").lower() for preference in preferences)
    return MINIMAL in names


def json_response(value: object, *, status: int = 200, minimal: bool = False) -> Response:
    """A value as JSON; `minimal` says that the preference was followed."""
    response = Response(msgspec.json.encode(value), status=status, mimetype="application/json")
    return with_preference(response, minimal=minimal)


def with_preference(response: Response, *, minimal: bool) -> Response:
    """Say in a response whether the preference for a minimal answer was followed."""
    if minimal:
        response.headers["Preference-Applied"] = MINIMAL
    return response


def with_next(response: Response, request: Request, place: str | None, *, parameter: str = "cursor") -> Response:
    """Link to the next page (RFC 8288), if there is one: that with another `parameter`."""
    if place is not None:
        kept = [(name, value) for name, value in request.args.items(multi=True) if name != parameter]
        response.headers["Link"] = f'<{request.path}?{urlencode([*kept, (parameter, place)])}>; rel="next"'
    return response
