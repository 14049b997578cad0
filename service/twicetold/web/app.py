"""The Flask application: resources, and what holds for all of them."""

from __future__ import annotations

from http import HTTPStatus

from flask import Flask, Response, request

from twicetold.domain.errors import NotFound
from twicetold.usecases.application import Application
from twicetold.web import auth, bodies, compression, observing, problems, request_ids
from twicetold.web.api import (
    analysis,
    atom,
    batch,
    changes,
    clusters,
    documentation,
    exports,
    flows,
    overrides,
    probes,
    related,
    sources,
    stories,
    verdicts,
    versions,
)
from twicetold.web.api.submissions import Intake
from twicetold.web.cross_origin import CrossOrigin
from twicetold.web.forwarded import Forwarded
from twicetold.web.keys import Keys, plain_keys
from twicetold.web.options import WebHooks, WebOptions
from twicetold.web.streams import Streams
from twicetold.web.ui import screens
from twicetold.web.ui.sessions import Sessions

NO_SCRIPTS = "default-src 'none'; frame-ancestors 'none'"


def create_app(application: Application, *, options: WebOptions | None = None, hooks: WebHooks | None = None) -> Flask:
    """The web application over the use cases.

    options: limits and API keys. hooks: what it calls back, for logs, metrics and shutting down.
    """
    options, hooks = options or WebOptions(), hooks or WebHooks()
    app = Flask("twicetold.web", static_folder=None)
    app.url_map.strict_slashes = True
    app.url_map.merge_slashes = False
    app.url_map.converters["story"] = stories.StoryPath
    intake, streams = Intake(hooks.clock), Streams()
    keys = Keys([*plain_keys(options.api_keys), *options.keys], shared=options.rates)
    observing.install(app, hooks)
    compression.install(app)
    request_ids.install(app)
    sessions = Sessions(keys, application.store.session_secret)
    auth.install(app, keys, lambda: sessions.key(sessions.read(request)))
    bodies.install(app)
    problems.install(app)
    app.before_request(_check_path)
    app.after_request(_harden)
    for resource in (
        batch.blueprint(application, options, hooks, intake),
        stories.blueprint(application, options, intake, streams),
        verdicts.blueprint(application, options),
        versions.blueprint(application),
        analysis.blueprint(application, options, intake),
        clusters.blueprint(application, streams),
        sources.blueprint(application, streams),
        overrides.blueprint(application, options),
        exports.blueprint(application, streams),
        atom.blueprint(application),
        changes.blueprint(application, hooks),
        flows.blueprint(application),
        related.blueprint(application, options, intake),
        probes.blueprint(application, hooks),
        documentation.blueprint(root=not options.ui),
    ):
        app.register_blueprint(resource)
    if options.ui:
        screens.install(
            app, application, options=options, intake=intake, sessions=sessions, keys=keys, clock=hooks.clock
        )
    if options.cors_origins:
        app.wsgi_app = CrossOrigin(app.wsgi_app, options.cors_origins)  # type: ignore[method-assign]  # as Flask says
    if options.trusted_proxies:
        app.wsgi_app = Forwarded(app.wsgi_app, options.trusted_proxies)  # type: ignore[method-assign]  # as Flask says
    return app


def _check_path() -> None:
    """Pass on no path by another spelling, and no NUL: no stored name holds one, PostgreSQL cannot be asked for it."""
    # Routing passes over slashes at the start: rules that a proxy has for a path would not hold for it.
    if request.environ["PATH_INFO"].startswith("//"):
        raise NotFound("this path does not exist; /openapi.yaml lists those that do")
    for name, value in (request.view_args or {}).items():
        if "\0" in value:
            field = name if name in {"source", "a", "b"} else "id"
            raise NotFound(f"no stored {field} contains a NUL character", field=field)


def _harden(response: Response) -> Response:
    """Headers that keep browsers from running or keeping what crawlers brought."""
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Content-Security-Policy", NO_SCRIPTS)
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Cache-Control", "no-store")
    if request.method == "OPTIONS" and response.status_code == HTTPStatus.OK:
        response.status_code = HTTPStatus.NO_CONTENT
    if response.status_code == HTTPStatus.NO_CONTENT:
        del headers["Content-Type"]
    return response
