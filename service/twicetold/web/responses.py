"""Making responses, and the preferences a request states about them."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec
from flask import Request, Response

MINIMAL = "return=minimal"
WHOLE = "return=representation"


def wants_minimal(request: Request) -> bool:
    """Whether the request prefers a minimal answer (RFC 7240)."""
    return MINIMAL in _preferences(request)


def wants_whole(request: Request) -> bool:
    """Whether the request prefers a whole answer where a minimal one is usual (RFC 7240)."""
    return WHOLE in _preferences(request)


def _preferences(request: Request) -> set[str]:
    preferences = ",".join(request.headers.getlist("Prefer")).split(",")
    return {preference.split(";")[0].replace('"', "").replace(" ", "").lower() for preference in preferences}


def json_response(value: object, *, status: int = 200, minimal: bool = False) -> Response:
    """A value as JSON; `minimal` says that the preference was followed."""
    response = Response(msgspec.json.encode(value), status=status, mimetype="application/json")
    return with_preference(response, minimal=minimal)


def with_preference(response: Response, *, minimal: bool = False, whole: bool = False) -> Response:
    """Say in a response whether the preference for a minimal or a whole answer was followed."""
    if minimal or whole:
        response.headers["Preference-Applied"] = MINIMAL if minimal else WHOLE
    return response


def with_next(response: Response, request: Request, place: str | None, *, parameter: str = "cursor") -> Response:
    """Link to the next page (RFC 8288), if there is one: that with another `parameter`."""
    if place is not None:
        kept = [(name, value) for name, value in request.args.items(multi=True) if name != parameter]
        response.headers["Link"] = (
            f'<{request.root_path}{request.path}?{urlencode([*kept, (parameter, place)])}>; rel="next"'
        )
    return response
