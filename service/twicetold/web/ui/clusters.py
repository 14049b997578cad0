"""`/ui/clusters`: what was told more than once, and one cluster on a timeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from flask import Blueprint, Response, request, url_for
from markupsafe import Markup

from twicetold.domain.matching.clusters import publication_time
from twicetold.domain.matching.departures import Departure
from twicetold.usecases.application import Application
from twicetold.usecases.ports import Reading
from twicetold.usecases.read_models import ClusterMember, ClusterSummary
from twicetold.usecases.results import ClusterAnswer
from twicetold.web.api.clusters import CLUSTER_FILTERS, wanted_clusters
from twicetold.web.api.cursors import position, to_cursor
from twicetold.web.ui import drawing
from twicetold.web.ui.drawing import Mark, Span
from twicetold.web.ui.forms import filters
from twicetold.web.ui.rendering import lag, page, percent

PAGE = 25
STRIP = 60
"""Stories drawn in the small timeline of a cluster."""
MEMBERS = 100
"""Members of a cluster on a page of it."""
FILTERS = ("q", *CLUSTER_FILTERS, "sort")


class Row(NamedTuple):
    """A cluster in a list."""

    cluster: ClusterSummary
    strip: Markup
    took: timedelta


class Lane(NamedTuple):
    """A source on the timeline of a cluster."""

    source: str
    strip: Markup
    first: str
    canonical: bool


class MemberRow(NamedTuple):
    """A member of a cluster in its table."""

    member: ClusterMember
    at: datetime
    lag: str
    canonical: bool
    departure: Departure | None


def install(screens: Blueprint, application: Application) -> None:
    """Add the screens of clusters."""

    @screens.get("/ui/clusters")
    def cluster_list() -> Response:
        query = filters(request, known=(*FILTERS, "cursor"))
        asked = query.short_text("q")
        wanted = wanted_clusters(query, None if asked is None else application.searching.words(asked))
        listing = f"screen clusters {query.filters()}"
        with application.store.reading() as reading:
            found = reading.clusters(wanted, after=position(query, listing=listing), limit=PAGE)
            rows = rows_of(reading, found.items)
        given = {name: query.text(name) or "" for name in FILTERS}
        kept: dict[str, Any] = {name: value for name, value in given.items() if value}
        following = to_cursor(found.next, listing=listing)
        return page(
            "clusters.html",
            rows=rows,
            given=given,
            filtered=bool(kept.keys() - {"sort"}),
            next=following and url_for("ui.cluster_list", cursor=following, **kept),
            first=url_for("ui.cluster_list", **kept) if "cursor" in request.args else None,
            csv=url_for("clusters.table", **kept),
            sorted_by=wanted.sort.value,
            by=lambda name: url_for("ui.cluster_list", **{**kept, "sort": name}),
        )

    @screens.get("/ui/clusters/<cluster_id>")
    def cluster(cluster_id: str) -> Response:
        query = filters(request, known=("cursor",))
        listing = f"screen members {cluster_id}"
        after = position(query, listing=listing)
        answer = application.reports.cluster(cluster_id, after=after, limit=MEMBERS)
        spread = application.spreads.of(cluster_id)
        following = to_cursor(answer.next, listing=listing)
        told = [_told_at(member) for member in answer.members] or [answer.summary.first_seen]
        span = Span.of([*told, *([] if after else [answer.summary.first_seen])])
        carried = [(each.start, each.end) for each in spread.carried]
        return page(
            "cluster.html",
            answer=answer,
            cluster=answer.summary,
            took=lag(answer.summary.last_seen - answer.summary.first_seen).removeprefix("+"),
            lanes=_lanes(answer, span),
            axis=drawing.axis(span),
            rows=_member_rows(answer, spread.departures),
            spread=spread,
            shades=drawing.shaded(spread.text, carried, of=spread.compared),
            first_page=after is None,
            csv=url_for("clusters.members", cluster_id=cluster_id),
            next=following and url_for("ui.cluster", cluster_id=cluster_id, cursor=following),
            shapes=_shapes(answer),
            canonical_source=next(
                (each.source for each in answer.members if each.story_id == answer.summary.canonical_id), None
            ),
        )


def rows_of(reading: Reading, clusters: Sequence[ClusterSummary]) -> list[Row]:
    """Clusters as rows of a list, each with a small timeline."""
    rows = []
    for one in clusters:
        members = reading.members(one.id, after=None, limit=STRIP).items
        marks = [Mark(_told_at(member), _shape(member, one), "") for member in members]
        span = Span.of([one.first_seen, one.last_seen])
        rows.append(Row(one, drawing.timeline(marks, span, height=20), one.last_seen - one.first_seen))
    return rows


def _told_at(member: ClusterMember) -> datetime:
    return publication_time(member.published_at, member.received_at)


def _shape(member: ClusterMember, cluster: ClusterSummary) -> str:
    """The mark of a member; one whose tie to the canonical story goes over others is a reprint like most."""
    if member.story_id == cluster.canonical_id:
        return "canonical"
    return "reprint" if member.relation is None else member.relation.value


def _lanes(answer: ClusterAnswer, span: Span) -> list[Lane]:
    """The sources of a cluster, each with its stories, in the order in which they told it; the canonical one first."""
    cluster, lanes = answer.summary, dict[str, list[ClusterMember]]()
    for member in answer.members:
        lanes.setdefault(member.source, []).append(member)
    first = next((one.source for one in answer.members if one.story_id == cluster.canonical_id), None)
    return [
        Lane(
            source,
            drawing.timeline([_mark(member, cluster) for member in lanes[source]], span),
            lag(_told_at(lanes[source][0]) - cluster.first_seen),
            source == first,
        )
        for source in sorted(lanes, key=lambda name: name != first)
    ]


def _mark(member: ClusterMember, cluster: ClusterSummary) -> Mark:
    shape, at = _shape(member, cluster), _told_at(member)
    parts = [shape.replace("_", " "), lag(at - cluster.first_seen)]
    if member.jaccard is not None:
        parts.append(f"{percent(member.jaccard)} alike")
    return Mark(at, shape, f"{member.source}: {', '.join(parts)}", url_for("ui.story", story_id=member.story_id))


def _member_rows(answer: ClusterAnswer, departures: Mapping[str, Departure]) -> list[MemberRow]:
    return [
        MemberRow(
            member,
            _told_at(member),
            lag(_told_at(member) - answer.summary.first_seen),
            member.story_id == answer.summary.canonical_id,
            departures.get(member.story_id),
        )
        for member in answer.members
    ]


def _shapes(answer: ClusterAnswer) -> list[str]:
    """The shapes that stand on this timeline, in one order, for its legend."""
    shown = {_shape(member, answer.summary) for member in answer.members}
    return [shape for shape in SHAPES if shape in shown]


SHAPES = ("canonical", "exact", "reprint", "version", "excerpt_of", "contains", "rewrite", "passage", "template")
