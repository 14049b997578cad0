"""`/openapi.yaml` and `/docs`: the contract, and Swagger UI to browse it, all served from this package."""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus
from pathlib import Path

from flask import Blueprint, Response, request, url_for
from markupsafe import Markup

from twicetold.web.assets import Assets
from twicetold.web.conditional import unless_known

DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Scripts and styles only from files of this service."""

_STATIC = Path(__file__).parents[1] / "static"
_PLACES = (Path(__file__).parent / "openapi.yaml", Path(__file__).parents[4] / "openapi.yaml")
"""In an installed package, and in a source checkout."""

PAGE = Markup("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Twicetold API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="{style}">
<link rel="stylesheet" href="{own_style}">
<link rel="icon" href="{icon}">
</head>
<body>
<header class="top"><h1>Twicetold API</h1><a href="{start}">Overview</a><a href="{contract}">openapi.yaml</a></header>
<div id="swagger-ui"></div>
<noscript>This page needs JavaScript; the contract itself is at <a href="{contract}">/openapi.yaml</a>.</noscript>
<script src="{bundle}"></script>
<script src="{script}"></script>
</body>
</html>
""")


@lru_cache(maxsize=1)
def contract_text() -> str:
    """The OpenAPI document."""
    return next(place for place in _PLACES if place.is_file()).read_text(encoding="utf-8")


def blueprint(*, root: bool) -> Blueprint:
    """The calls that describe the service; the `root` leads to them where there are no screens."""
    calls = Blueprint("documentation", __name__)
    assets = Assets(_STATIC, _STATIC / "swagger-ui")

    @calls.get("/openapi.yaml")
    def contract() -> Response:
        response = Response(contract_text(), mimetype="application/yaml")
        response.headers["Cache-Control"] = "public, max-age=300"
        return unless_known(response, request)

    if root:

        @calls.get("/")
        def start() -> Response:
            return Response(status=HTTPStatus.FOUND, headers={"Location": url_for("documentation.docs")})

    @calls.get("/docs")
    def docs() -> Response:
        def address(name: str) -> str:
            return url_for("documentation.asset", name=assets.name(name))

        page = PAGE.format(
            style=address("swagger-ui.css"),
            own_style=address("docs.css"),
            icon=address("favicon-32x32.png"),
            bundle=address("swagger-ui-bundle.js"),
            script=address("docs.js"),
            contract=url_for("documentation.contract"),
            start=request.root_path + "/",
        )
        response = Response(page, mimetype="text/html")
        response.headers["Content-Security-Policy"] = DOCS_POLICY
        return response

    @calls.get("/static/<name>")
    def asset(name: str) -> Response:
        return assets.answer(name, request)

    return calls
