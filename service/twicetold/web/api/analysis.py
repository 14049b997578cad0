"""`/v1/match`, `/v1/clean`, `/v1/signature` and `/v1/compare`: asking about texts without storing anything."""

from __future__ import annotations

from flask import Blueprint, Response, request

from twicetold.usecases.application import Application
from twicetold.web.api.parsing import Query
from twicetold.web.api.submissions import Intake
from twicetold.web.api.views import CleanView, CompareView, MatchesView, SignatureView
from twicetold.web.bodies import read_body
from twicetold.web.options import WebOptions
from twicetold.web.responses import json_response, wants_minimal


def blueprint(application: Application, options: WebOptions, intake: Intake) -> Blueprint:
    """The calls that analyse a text."""
    calls = Blueprint("analysis", __name__, url_prefix="/v1")

    def body() -> bytes:
        return read_body(request, options, media_type="application/json")

    @calls.post("/match")
    def match() -> Response:
        explain = Query(request.args, known=("explain",)).flag("explain")
        minimal = wants_minimal(request)
        answer = application.matching.match(intake.offered(body()), passages=not minimal, explain=explain)
        return json_response(MatchesView.of(answer), minimal=minimal)

    @calls.post("/clean")
    def clean() -> Response:
        explain = Query(request.args, known=("explain",)).flag("explain")
        minimal = wants_minimal(request)
        answer = application.cleaning.clean(intake.text(body()), explain=explain)
        return json_response(CleanView.of(answer, minimal=minimal, explain=explain), minimal=minimal)

    @calls.post("/signature")
    def signature() -> Response:
        Query(request.args, known=())
        return json_response(SignatureView.of(application.cleaning.signature(intake.text(body()))))

    @calls.post("/compare")
    def compare() -> Response:
        Query(request.args, known=())
        minimal = wants_minimal(request)
        a, b = intake.sides(body())
        return json_response(CompareView.of(application.matching.compare(a, b), minimal=minimal), minimal=minimal)

    return calls
