"""`/v1/clusters`: the cross-source report, as JSON and, at paths of its own, as CSV."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, request

from twicetold.domain.errors import Invalid
from twicetold.domain.fingerprint.searchable import QueryWords
from twicetold.domain.matching.canonical import CanonicalPolicy
from twicetold.domain.model import Relation
from twicetold.usecases.application import Application
from twicetold.usecases.read_models import ClusterFilter, ClusterSort
from twicetold.web.api.cursors import position, to_cursor
from twicetold.web.api.parsing import Query
from twicetold.web.api.report_views import (
    CLUSTER_COLUMNS,
    MEMBER_COLUMNS,
    ClustersView,
    ClusterView,
    DerivedView,
    MemberView,
    cluster_row,
    member_row,
)
from twicetold.web.api.submissions import LANGUAGE_TAG, checked_source
from twicetold.web.api.tables import Cell
from twicetold.web.conditional import conditional
from twicetold.web.responses import json_response, with_next
from twicetold.web.streams import STEP, Streams, steps

MOST = 1_000_000
CLUSTER_FILTERS = ("min_sources", "min_size", "source", "language", "agency", "since", "until")


def blueprint(application: Application, streams: Streams) -> Blueprint:
    """The calls on clusters."""
    calls = Blueprint("clusters", __name__, url_prefix="/v1")

    @calls.get("/clusters")
    def listed() -> Response:
        query = Query(request.args, known=("q", *CLUSTER_FILTERS, "sort", "cursor", "limit"))
        wanted = wanted_clusters(query, searched(application, query))
        listing = f"clusters {query.filters()}"
        after, limit = position(query, listing=listing), query.limit()
        with application.store.reading() as reading:
            page = reading.clusters(wanted, after=after, limit=limit)
        following = to_cursor(page.next, listing=listing)
        response = json_response(ClustersView(clusters=page.items, next_cursor=following))
        return conditional(with_next(response, request, following), request)

    @calls.get("/clusters.csv")
    def table() -> Response:
        query = Query(request.args, known=("q", *CLUSTER_FILTERS, "sort"))
        wanted = wanted_clusters(query, searched(application, query))
        parts = steps(application.store, lambda reading, after: reading.clusters(wanted, after=after, limit=STEP))
        return streams.csv("clusters", CLUSTER_COLUMNS, (map(cluster_row, part) for part in parts))

    @calls.get("/clusters/<cluster_id>")
    def read(cluster_id: str) -> Response:
        query = Query(request.args, known=("canonical", "min_confidence", "cursor", "limit"))
        listing = f"members {cluster_id} {query.filters()}"
        answer = application.reports.cluster(
            cluster_id,
            policy=_policy(query),
            min_confidence=query.share("min_confidence"),
            after=position(query, listing=listing),
            limit=query.limit(),
        )
        following = to_cursor(answer.next, listing=listing)
        view = ClusterView.of(answer, next_cursor=following)
        return conditional(with_next(json_response(view), request, following), request)

    @calls.get("/clusters/<cluster_id>/members.csv")
    def members(cluster_id: str) -> Response:
        Query(request.args, known=())

        def rows() -> Iterator[list[tuple[Cell, ...]]]:
            after = None
            while True:
                answer = application.reports.cluster(cluster_id, after=after, limit=STEP)
                told = (MemberView.of(member, answer.summary) for member in answer.members)
                yield [member_row(answer.summary, member) for member in told]
                after = answer.next
                if after is None:
                    break
            after = None
            while True:
                cluster, page = application.reports.derived(cluster_id, after=after, limit=STEP)
                copies = (MemberView.derived(copy, cluster) for copy in page.items)
                yield [member_row(cluster, copy) for copy in copies]
                after = page.next
                if after is None:
                    return

        return streams.csv("members", MEMBER_COLUMNS, rows())

    @calls.get("/clusters/<cluster_id>/derived")
    def derived(cluster_id: str) -> Response:
        query = Query(request.args, known=("relations", "min_confidence", "cursor", "limit"))
        listing = f"derived {cluster_id} {query.filters()}"
        cluster, page = application.reports.derived(
            cluster_id,
            relations=query.several("relations", Relation),
            min_confidence=query.share("min_confidence"),
            after=position(query, listing=listing),
            limit=query.limit(),
        )
        following = to_cursor(page.next, listing=listing)
        copies = [MemberView.derived(copy, cluster) for copy in page.items]
        response = json_response(DerivedView(derived=copies, next_cursor=following))
        return conditional(with_next(response, request, following), request)

    return calls


def _policy(query: Query) -> CanonicalPolicy | None:
    text = query.text("canonical")
    if text is None:
        return None
    try:
        return CanonicalPolicy.parse(text)
    except ValueError as error:
        raise Invalid(f"canonical must be {error}", field="canonical") from None


def searched(application: Application, query: Query) -> QueryWords | None:
    """The words that `q` asks for. Raises `Invalid` where there are none in it."""
    words = query.short_text("q")
    return None if words is None else application.searching.words(words)


def wanted_clusters(query: Query, words: QueryWords | None = None) -> ClusterFilter:
    """The clusters that `CLUSTER_FILTERS` ask for, and that hold `words`, in the order of `sort`."""
    source = query.text("source")
    return ClusterFilter(
        words=words,
        min_sources=query.whole("min_sources", default=1, least=1, most=MOST),
        min_size=query.whole("min_size", default=2, least=2, most=MOST),
        source=None if source is None else checked_source(source),
        language=_language(query),
        agency=query.short_text("agency"),
        since=query.moment("since"),
        until=query.moment("until"),
        sort=query.choice("sort", {sort.value: sort for sort in ClusterSort}, default=ClusterSort.RECENT),
    )


def _language(query: Query) -> str | None:
    tag = query.text("language")
    if tag is not None and not LANGUAGE_TAG.fullmatch(tag):
        raise Invalid("language must be a BCP 47 tag, such as en, pt-BR or zh-Hant", field="language")
    return tag
