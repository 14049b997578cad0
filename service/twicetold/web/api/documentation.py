"""`/openapi.yaml` and `/docs`: the contract, and Swagger UI to browse it, all served from this package."""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus
from pathlib import Path

from flask import Blueprint, Response, request

from twicetold.web.conditional import unless_known

DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Scripts and styles only from files of this service."""

_PLACES = (Path(__file__).parent / "openapi.yaml", Path(__file__).parents[4] / "openapi.yaml")
"""In an installed package, and in a source checkout."""

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Twicetold API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/static/swagger-ui/swagger-ui.css">
<link rel="icon" href="/static/swagger-ui/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<noscript>This page needs JavaScript; the contract itself is at <a href="/openapi.yaml">/openapi.yaml</a>.</noscript>
<script src="/static/swagger-ui/swagger-ui-bundle.js"></script>
<script src="/static/docs.js"></script>
</body>
</html>
"""


@lru_cache(maxsize=1)
def contract_text() -> str:
    """The OpenAPI document."""
    return next(place for place in _PLACES if place.is_file()).read_text(encoding="utf-8")


def blueprint(*, root: bool) -> Blueprint:
    """The calls that describe the service; the `root` leads to them where there are no screens."""
    calls = Blueprint("documentation", __name__)

    @calls.get("/openapi.yaml")
    def contract() -> Response:
        response = Response(contract_text(), mimetype="application/yaml")
        response.headers["Cache-Control"] = "public, max-age=300"
        return unless_known(response, request)

    if root:
        calls.add_url_rule("/", "root", lambda: Response(status=HTTPStatus.FOUND, headers={"Location": "/docs"}))

    @calls.get("/docs")
    def docs() -> Response:
        response = Response(PAGE, mimetype="text/html")
        response.headers["Content-Security-Policy"] = DOCS_POLICY
        return response

    return calls
