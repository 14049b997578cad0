"""`/v1/ties` and `/v1/timeline`: who reprints whom, and what came when."""

from __future__ import annotations

from flask import Blueprint, Response, request

from twicetold.usecases.application import Application
from twicetold.usecases.report import Bucket
from twicetold.web.api.parsing import Query
from twicetold.web.api.report_views import TiesView, TimelineView
from twicetold.web.api.submissions import checked_source
from twicetold.web.responses import json_response

MOST_TIES = 5_000
USUAL_TIES = 1_000
MOST_STORIES = 1_000_000


def blueprint(application: Application) -> Blueprint:
    """The calls on ties and time."""
    calls = Blueprint("flows", __name__, url_prefix="/v1")

    @calls.get("/ties")
    def ties() -> Response:
        query = Query(request.args, known=("since", "until", "min", "limit"))
        since, until = query.moment("since"), query.moment("until")
        least = query.whole("min", default=1, least=1, most=MOST_STORIES)
        limit = query.whole("limit", default=USUAL_TIES, least=1, most=MOST_TIES)
        with application.store.reading() as reading:
            found = reading.ties(since=since, until=until, least=least, limit=limit)
        return json_response(TiesView.of(found))

    @calls.get("/timeline")
    def timeline() -> Response:
        query = Query(request.args, known=("bucket", "since", "until", "source"))
        bucket = query.choice("bucket", {each.value: each for each in Bucket}, default=Bucket.DAY)
        source = query.text("source")
        found = application.reports.timeline(
            bucket,
            since=query.moment("since"),
            until=query.moment("until"),
            source=None if source is None else checked_source(source),
        )
        return json_response(TimelineView(bucket=bucket, timeline=found))

    return calls
