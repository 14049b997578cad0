"""`/v1/clusters`: the cross-source report, as JSON and CSV."""

from __future__ import annotations

from flask import Blueprint, Request, Response, request
from werkzeug.datastructures import MIMEAccept

from twicetold.usecases.application import Application
from twicetold.usecases.read_models import ClusterFilter, ClusterSort
from twicetold.web.api.cursors import position, to_cursor
from twicetold.web.api.parsing import Query
from twicetold.web.api.report_views import (
    CLUSTER_COLUMNS,
    MEMBER_COLUMNS,
    ClustersView,
    ClusterView,
    cluster_row,
    member_row,
)
from twicetold.web.api.submissions import checked_source
from twicetold.web.api.tables import to_csv
from twicetold.web.conditional import conditional
from twicetold.web.responses import json_response, with_next

MOST = 1_000_000


def blueprint(application: Application) -> Blueprint:
    """The calls on clusters."""
    calls = Blueprint("clusters", __name__, url_prefix="/v1/clusters")

    @calls.get("")
    def listed() -> Response:
        query = Query(
            request.args, known=("q", "min_sources", "min_size", "source", "since", "until", "sort", "cursor", "limit")
        )
        words, source = query.short_text("q"), query.text("source")
        wanted = ClusterFilter(
            words=None if words is None else application.searching.words(words),
            min_sources=query.whole("min_sources", default=1, least=1, most=MOST),
            min_size=query.whole("min_size", default=2, least=2, most=MOST),
            source=None if source is None else checked_source(source),
            since=query.moment("since"),
            until=query.moment("until"),
            sort=query.choice("sort", {sort.value: sort for sort in ClusterSort}, default=ClusterSort.RECENT),
        )
        listing = f"clusters {query.filters()}"
        after, limit = position(query, listing=listing), query.limit()
        with application.store.reading() as reading:
            page = reading.clusters(wanted, after=after, limit=limit)
        following = to_cursor(page.next, listing=listing)
        if _wants_csv(request):
            response = _csv(to_csv(CLUSTER_COLUMNS, map(cluster_row, page.items)), "clusters")
        else:
            response = json_response(ClustersView(clusters=page.items, next_cursor=following))
        return conditional(with_next(response, request, following), request)

    @calls.get("/<cluster_id>")
    def read(cluster_id: str) -> Response:
        query = Query(request.args, known=("cursor", "limit"))
        listing = f"members {cluster_id}"
        after = position(query, listing=listing)
        answer = application.reports.cluster(cluster_id, after=after, limit=query.limit())
        following = to_cursor(answer.next, listing=listing)
        view = ClusterView.of(answer, next_cursor=following)
        if _wants_csv(request):
            rows = (member_row(view.cluster, member) for member in view.members)
            response = _csv(to_csv(MEMBER_COLUMNS, rows), "members")
        else:
            response = json_response(view)
        return conditional(with_next(response, request, following), request)

    return calls


def _wants_csv(request: Request) -> bool:
    """Whether CSV is preferred; in which charset or with what header makes no difference, for there is one form."""
    accepted = MIMEAccept((each.partition(";")[0].strip(), quality) for each, quality in request.accept_mimetypes)
    return accepted.best_match(["application/json", "text/csv"]) == "text/csv"


def _csv(table: str, name: str) -> Response:
    disposition = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(table, mimetype="text/csv", headers=disposition)
