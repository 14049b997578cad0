"""`/v1/match`, `/v1/clean`, `/v1/signature` and `/v1/compare`: asking about texts without storing anything."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, request

from twicetold.usecases.application import Application
from twicetold.web.api.parsing import Query
from twicetold.web.api.submissions import STORY_PARAMETERS, TEXT_PARAMETERS, Intake
from twicetold.web.api.views import CleanView, CompareView, MatchesView, SignatureView
from twicetold.web.bodies import read_body, read_page_or_json, sends_page
from twicetold.web.options import WebOptions
from twicetold.web.responses import json_response, wants_minimal

MOST_PASSAGES = 1_000_000
"""More than two texts can share."""


def blueprint(application: Application, options: WebOptions, intake: Intake) -> Blueprint:
    """The calls that analyse a text."""
    calls = Blueprint("analysis", __name__, url_prefix="/v1")

    def parameters(*own: str, page: Sequence[str]) -> Query:
        return Query(request.args, known=(*own, *(page if sends_page(request) else ())))

    @calls.post("/match")
    def match() -> Response:
        query = parameters("explain", page=STORY_PARAMETERS)
        explain, minimal = query.flag("explain"), wants_minimal(request)
        submission = intake.offered(read_page_or_json(request, options))
        answer = application.matching.match(submission, passages=not minimal, explain=explain)
        return json_response(MatchesView.of(answer), minimal=minimal)

    @calls.post("/clean")
    def clean() -> Response:
        query = parameters("explain", "format", page=TEXT_PARAMETERS)
        explain, minimal = query.flag("explain"), wants_minimal(request)
        markdown = query.choice("format", {"text": False, "markdown": True}, default=False)
        submission = intake.cleaned(read_page_or_json(request, options))
        answer = application.cleaning.clean(submission, explain=explain, markdown=markdown)
        return json_response(CleanView.of(answer, minimal=minimal, explain=explain), minimal=minimal)

    @calls.post("/signature")
    def signature() -> Response:
        parameters(page=TEXT_PARAMETERS)
        submission = intake.text(read_page_or_json(request, options))
        return json_response(SignatureView.of(application.cleaning.signature(submission)))

    @calls.post("/compare")
    def compare() -> Response:
        query = Query(request.args, known=("passages_after",))
        passages_after = query.whole("passages_after", default=0, least=0, most=MOST_PASSAGES)
        minimal = wants_minimal(request)
        a, b = intake.sides(read_body(request, options, media_type="application/json"))
        answer = application.matching.compare(a, b, passages_after=passages_after)
        return json_response(CompareView.of(answer, minimal=minimal), minimal=minimal)

    return calls
