"""`/v1/sources`: who is first and who reprints, and what was learned as boilerplate of each."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, request
from msgspec.structs import astuple

from twicetold.usecases.application import Application
from twicetold.web.api.cursors import position, to_cursor
from twicetold.web.api.parsing import Query
from twicetold.web.api.report_views import SourceReportView, SourcesView, SourceView
from twicetold.web.responses import json_response, with_next
from twicetold.web.streams import STEP, Streams, steps

LISTING = "sources"


def blueprint(application: Application, streams: Streams) -> Blueprint:
    """The calls on sources."""
    calls = Blueprint("sources", __name__, url_prefix="/v1")

    @calls.get("/sources")
    def listed() -> Response:
        query = Query(request.args, known=("cursor", "limit"))
        after, limit = position(query, listing=LISTING), query.limit()
        with application.store.reading() as reading:
            page = reading.sources(after=after, limit=limit)
        following = to_cursor(page.next, listing=LISTING)
        view = SourcesView(sources=[SourceView.of(summary) for summary in page.items], next_cursor=following)
        return with_next(json_response(view), request, following)

    @calls.get("/sources.csv")
    def table() -> Response:
        Query(request.args, known=())
        parts = steps(application.store, lambda reading, after: reading.sources(after=after, limit=STEP))
        rows = (map(astuple, map(SourceView.of, part)) for part in parts)
        return streams.csv("sources", SourceView.__struct_fields__, rows)

    @calls.get("/sources/<source>")
    def read(source: str) -> Response:
        Query(request.args, known=())
        return json_response(SourceReportView.of(application.reports.source(source)))

    @calls.delete("/sources/<source>/boilerplate/<block_id>")
    def forget(source: str, block_id: str) -> Response:
        Query(request.args, known=())
        application.forgetting.boilerplate(source, block_id, allow=False)
        return Response(status=HTTPStatus.NO_CONTENT)

    @calls.post("/sources/<source>/boilerplate/<block_id>/allow")
    def allow(source: str, block_id: str) -> Response:
        Query(request.args, known=())
        application.forgetting.boilerplate(source, block_id, allow=True)
        return Response(status=HTTPStatus.NO_CONTENT)

    return calls
