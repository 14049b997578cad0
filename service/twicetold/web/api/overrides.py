"""`/v1/sources/{source}/overrides`: what the operator wants cut or kept of a source."""

from __future__ import annotations

from http import HTTPStatus

import msgspec
from flask import Blueprint, Response, request
from msgspec import Struct

from twicetold.domain.model import Override
from twicetold.usecases.application import Application
from twicetold.web.api.override_fields import checked
from twicetold.web.api.parsing import Query, decode
from twicetold.web.api.submissions import checked_source
from twicetold.web.bodies import read_body
from twicetold.web.options import WebOptions
from twicetold.web.responses import json_response


class OverrideFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of a call, and its answer."""

    overrides: list[Override]


msgspec.json.Decoder(OverrideFields)  # learned by one thread, before several need it: see `submissions`


def blueprint(application: Application, options: WebOptions) -> Blueprint:
    """The calls on overrides."""
    calls = Blueprint("overrides", __name__, url_prefix="/v1")
    path = "/sources/<source>/overrides"

    @calls.get(path)
    def read(source: str) -> Response:
        Query(request.args, known=())
        return json_response(OverrideFields(overrides=list(application.source_overrides.read(checked_source(source)))))

    @calls.put(path)
    def put(source: str) -> Response:
        Query(request.args, known=())
        named = checked_source(source)
        fields, _ = decode(read_body(request, options, media_type="application/json"), OverrideFields)
        application.source_overrides.put(named, checked(fields.overrides))
        return json_response(fields)

    @calls.delete(path)
    def undo(source: str) -> Response:
        Query(request.args, known=())
        application.source_overrides.put(checked_source(source), ())
        return Response(status=HTTPStatus.NO_CONTENT)

    return calls
