"""Cross-origin calls (CORS, WHATWG Fetch 3.2): pages of other origins may call the API where a setting names them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

API = ("/v1/", "/openapi.yaml")
"""What other origins may call. Screens are for browsers that came to them, and cookies are never let along."""
_KEPT_SECONDS = 7200
"""Browsers keep what they were told no longer."""
_PREFLIGHT = (
    ("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE"),
    ("Access-Control-Allow-Headers", "Authorization, Content-Type, Content-Encoding, Prefer, X-Request-Id"),
    ("Access-Control-Max-Age", str(_KEPT_SECONDS)),
    ("Content-Length", "0"),
)
_EXPOSED = ("Access-Control-Expose-Headers", "Link, Location, Retry-After, X-Request-Id")


class CrossOrigin:
    """Lets pages of `origins` (or of any, by `*`) call the API with a key, and answers their preflights without one."""

    def __init__(self, answer: WSGIApplication, origins: Sequence[str]) -> None:
        self._answer = answer
        self._origins = frozenset(origins)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        if not str(environ.get("PATH_INFO", "")).startswith(API):
            return self._answer(environ, start_response)
        origin = str(environ.get("HTTP_ORIGIN", ""))
        allowed = [("Vary", "Origin")]
        if origin and (origin in self._origins or "*" in self._origins):
            allowed.append(("Access-Control-Allow-Origin", "*" if "*" in self._origins else origin))
            if environ["REQUEST_METHOD"] == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
                start_response("204 No Content", [*allowed, *_PREFLIGHT])
                return []
            allowed.append(_EXPOSED)

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Any:  # noqa: ANN401  # PEP 3333
            return start_response(status, [*headers, *allowed], exc_info)

        return self._answer(environ, start)
