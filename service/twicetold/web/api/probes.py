"""`/livez`, `/readyz` and `/metrics`."""

from __future__ import annotations

from flask import Blueprint, Response, request

from twicetold.domain.errors import NotFound, Unavailable
from twicetold.usecases.application import Application
from twicetold.web.api.parsing import Query
from twicetold.web.options import WebHooks
from twicetold.web.responses import json_response


def blueprint(application: Application, hooks: WebHooks) -> Blueprint:
    """The calls that operate the service."""
    calls = Blueprint("probes", __name__)

    @calls.get("/livez")
    def livez() -> Response:
        Query(request.args, known=())
        return json_response({"status": "alive"})

    @calls.get("/readyz")
    def readyz() -> Response:
        Query(request.args, known=())
        if hooks.stopping():
            raise Unavailable("the service is shutting down")
        application.readiness.require()
        return json_response({"status": "ready"})

    @calls.get("/metrics")
    def metrics() -> Response:
        Query(request.args, known=())
        if hooks.metrics is None:
            raise NotFound("this service has no metrics")
        body, content_type = hooks.metrics()
        return Response(body, content_type=content_type)

    return calls
