"""The blueprint of all screens: who may look, what every page knows, and errors as pages."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, g, redirect, request, url_for
from werkzeug.exceptions import HTTPException

from twicetold.domain.errors import Invalid, NotFound, TwicetoldError, Unavailable
from twicetold.usecases.application import Application
from twicetold.usecases.ports import Clock
from twicetold.web.api.submissions import Intake
from twicetold.web.assets import Assets
from twicetold.web.keys import Keys, Scope
from twicetold.web.options import WebOptions
from twicetold.web.problems import problem_of
from twicetold.web.ui import clusters, comparing, entry, overview, rendering, sources, stories, trying
from twicetold.web.ui.forms import Form, read_form
from twicetold.web.ui.sessions import CSRF_FIELD, Session, Sessions

OPEN_ENDPOINTS = frozenset({"ui.asset", "ui.sign_in", "ui.signed_in"})
"""What is shown to whoever has not signed in."""

DELETING = frozenset({"ui.forget_block"})
"""What needs the scope `delete`, as it does in the API; every other action needs `write`."""

ASKING = frozenset({"ui.tried", "ui.compared", "ui.find", "ui.signed_in", "ui.sign_out"})
"""Forms that change nothing: they need the scope `read`, if any."""


def install(
    app: Flask,
    application: Application,
    *,
    options: WebOptions,
    intake: Intake,
    sessions: Sessions,
    keys: Keys,
    clock: Clock,
) -> None:
    """Add the screens to an application."""
    rendering.prepare(app.jinja_env)
    app.register_blueprint(
        blueprint(application, options=options, intake=intake, sessions=sessions, keys=keys, clock=clock)
    )


def blueprint(
    application: Application, *, options: WebOptions, intake: Intake, sessions: Sessions, keys: Keys, clock: Clock
) -> Blueprint:
    """All screens."""
    assets = Assets(Path(__file__).parent / "static")
    screens = Blueprint("ui", __name__, template_folder="templates")
    _guard(screens, sessions, keys, options)
    _furnish(screens, sessions, assets)

    @screens.get("/ui/assets/<name>")
    def asset(name: str) -> Response:
        return assets.answer(name, request)

    overview.install(screens, application, intake, clock)
    clusters.install(screens, application)
    stories.install(screens, application)
    comparing.install(screens, application, intake)
    sources.install(screens, application, clock)
    trying.install(screens, application, intake)
    entry.install(screens, sessions, keys)

    @screens.get("/ui/", defaults={"rest": ""})
    @screens.get("/ui/<path:rest>")
    def nowhere(rest: str) -> Response:
        raise NotFound(f"there is no screen {rest[:100]!r}; the overview leads to those there are")

    return screens


def _guard(screens: Blueprint, sessions: Sessions, keys: Keys, options: WebOptions) -> None:
    """Let in whoever has signed in, where keys are set; let forms through that were made for who sends them."""

    @screens.before_request
    def check() -> Response | None:
        if request.endpoint == "ui.asset":
            return None
        g.session = sessions.read(request)
        g.form = Form({})
        if sessions.needed and request.endpoint not in OPEN_ENDPOINTS:
            key = sessions.key(g.session)
            if key is None:
                here = request.full_path.rstrip("?") if request.method == "GET" else "/"
                return _redirected(url_for("ui.sign_in", next=here))
            g.key = key.name
            keys.use(key, _scope())
        if request.method == "POST":
            g.form = read_form(request, options)
            sessions.check_token(g.session, g.form.text(CSRF_FIELD))
        return None

    @screens.after_request
    def keep(response: Response) -> Response:
        if g.get("session_begun") is not None:
            sessions.write(g.session_begun, response, request)
        return response


def _scope() -> Scope:
    if request.method != "POST" or request.endpoint in ASKING:
        return Scope.READ
    return Scope.DELETE if request.endpoint in DELETING else Scope.WRITE


def _redirected(address: str) -> Response:
    response = redirect(address)
    return Response(status=response.status_code, headers={"Location": response.headers["Location"]})


def _furnish(screens: Blueprint, sessions: Sessions, assets: Assets) -> None:
    """Give every template what pages have in common, and errors a page."""

    def token() -> str:
        session: Session | None = g.get("session")
        if session is None:
            g.session = g.session_begun = session = sessions.begun()
        return sessions.token(session)

    @screens.context_processor
    def common() -> dict[str, Any]:
        return {
            "asset": lambda name: url_for("ui.asset", name=assets.name(name)),
            "csrf_token": token,
            "signed_in": sessions.needed and sessions.key(g.get("session")) is not None,
            "here": request.endpoint or "",
            "asked": "",
        }

    @screens.errorhandler(TwicetoldError)
    def own(error: TwicetoldError) -> Response:
        response = _told(error)
        if isinstance(error, Unavailable):
            response.headers["Retry-After"] = str(max(1, error.retry_after))
        return response

    @screens.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        if error.code is not None and error.code < HTTPStatus.BAD_REQUEST:
            return Response(status=error.code, headers=error.get_headers())
        return _told(Invalid("the request cannot be read; go back and try again"))

    @screens.errorhandler(Exception)
    def other(error: Exception) -> Response:
        return _told(error)


def _told(error: Exception) -> Response:
    problem = problem_of(error)
    return rendering.page("error.html", status=HTTPStatus(problem.status), problem=problem)
