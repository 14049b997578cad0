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
from twicetold.usecases.pipeline import CandidateStory
from twicetold.usecases.ports import Reading
from twicetold.usecases.read_models import ClusterMember, ClusterSummary, DerivedCopy
from twicetold.usecases.results import RelatedStory
from twicetold.web.api.clusters import CLUSTER_FILTERS, wanted_clusters
from twicetold.web.api.cursors import position, to_cursor
from twicetold.web.ui import drawing
from twicetold.web.ui.drawing import Mark, Span
from twicetold.web.ui.forms import filters
from twicetold.web.ui.rendering import RELATION_WORDS, lag, page, percent
from twicetold.web.ui.stories import told_otherwise

PAGE = 25
STRIP = 60
"""Stories drawn in the small timeline of a cluster."""
MEMBERS = 100
"""Members of a cluster on a page of it."""
Telling = ClusterMember | DerivedCopy
"""A story of a cluster as it stands on a timeline."""
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


class StoryRow(NamedTuple):
    """A member or derived copy of a cluster in its list."""

    story: Telling
    at: datetime
    lag: str
    shape: str
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
            languages, agencies = reading.cluster_languages(), reading.cluster_agencies()
        given = {name: query.text(name) or "" for name in FILTERS}
        kept: dict[str, Any] = {name: value for name, value in given.items() if value}
        following = to_cursor(found.next, listing=listing)
        return page(
            "clusters.html",
            rows=rows,
            given=given,
            languages=languages,
            agencies=agencies,
            filtered=bool(kept.keys() - {"sort"}),
            next=following and url_for("ui.cluster_list", cursor=following, **kept),
            first=url_for("ui.cluster_list", **kept) if "cursor" in request.args else None,
            csv=url_for("clusters.table", **kept),
            sorted_by=wanted.sort.value,
            by=lambda name: url_for("ui.cluster_list", **{**kept, "sort": name}),
        )

    @screens.get("/ui/clusters/<cluster_id>")
    def cluster(cluster_id: str) -> Response:
        query = filters(request, known=("cursor", "related"))
        shows_related = query.flag("related")
        listing = f"screen members {cluster_id}"
        after = position(query, listing=listing)
        answer = application.reports.cluster(cluster_id, after=after, limit=MEMBERS)
        spread = application.spreads.of(cluster_id)
        following = to_cursor(answer.next, listing=listing)
        derived = answer.derived[:MEMBERS] if after is None else []
        shown: list[Telling] = [*answer.members, *derived]
        otherwise = told_otherwise(application, answer.summary.canonical_id) if after is None else []
        told = [*map(_told_at, shown), *(_told_at(one.story) for one in otherwise if shows_related)]
        span = Span.of([*told, *([] if after else [answer.summary.first_seen])] or [answer.summary.first_seen])
        carried = [(each.start, each.end) for each in spread.carried]
        return page(
            "cluster.html",
            answer=answer,
            cluster=answer.summary,
            took=lag(answer.summary.last_seen - answer.summary.first_seen).removeprefix("+"),
            lanes=_lanes(answer.members, answer.summary, span),
            derived_lanes=_lanes(derived, answer.summary, span),
            related_lanes=_related_lanes(otherwise, answer.summary, span) if shows_related else [],
            related_link=url_for("ui.cluster", cluster_id=cluster_id, related=None if shows_related else 1),
            axis=drawing.axis(span),
            rows=_rows(answer.members, answer.summary, spread.departures),
            derived_rows=_rows(derived, answer.summary, {}),
            spread=spread,
            shades=drawing.shaded(spread.text, carried, of=spread.compared),
            first_page=after is None,
            otherwise=otherwise,
            csv=url_for("clusters.members", cluster_id=cluster_id),
            next=following and url_for("ui.cluster", cluster_id=cluster_id, cursor=following),
            shapes=[*_shapes(shown, answer.summary), *(["related"] if shows_related and otherwise else [])],
            canonical_source=next(
                (each.source for each in answer.members if each.story_id == answer.summary.canonical_id), None
            ),
        )


def rows_of(reading: Reading, clusters: Sequence[ClusterSummary]) -> list[Row]:
    """Clusters as rows of a list, each with a small timeline."""
    rows = []
    for one in clusters:
        told: list[Telling] = [*reading.members(one.id, after=None, limit=STRIP).items]
        if one.derived:
            told += reading.derived(one.id, after=None, limit=STRIP).items
        marks = sorted(  # the canonical story over those that were told at about its time
            (Mark(_told_at(each), _shape(each, one), "") for each in told), key=lambda mark: mark.shape == "canonical"
        )
        span = Span.of([one.first_seen, one.last_seen, *(mark.at for mark in marks)])
        rows.append(Row(one, drawing.timeline(marks, span, height=20), one.last_seen - one.first_seen))
    return rows


def _told_at(story: Telling | CandidateStory) -> datetime:
    return publication_time(story.published_at, story.received_at)


def _shape(story: Telling, cluster: ClusterSummary) -> str:
    """The mark of a story; a member whose tie to the canonical story goes over others is a reprint like most."""
    if story.story_id == cluster.canonical_id:
        return "canonical"
    return "reprint" if story.relation is None else story.relation.value


def _lanes(stories: Sequence[Telling], cluster: ClusterSummary, span: Span) -> list[Lane]:
    """The sources of these stories, each with its own, in the order in which they told it; the canonical one first."""
    lanes = dict[str, list[Telling]]()
    for story in stories:
        lanes.setdefault(story.source, []).append(story)
    first = next((one.source for one in stories if one.story_id == cluster.canonical_id), None)
    return [
        Lane(
            source,
            drawing.timeline([_mark(story, cluster) for story in lanes[source]], span),
            lag(_told_at(lanes[source][0]) - cluster.first_seen),
            source == first,
        )
        for source in sorted(lanes, key=lambda name: name != first)
    ]


def _mark(story: Telling, cluster: ClusterSummary) -> Mark:
    shape, at = _shape(story, cluster), _told_at(story)
    parts = [RELATION_WORDS[shape], lag(at - cluster.first_seen)]
    if story.jaccard is not None and shape != "canonical":
        parts.append(f"{percent(story.jaccard)} alike")
    label = f"{story.source}: {', '.join(dict.fromkeys(parts))}"
    return Mark(at, shape, label, url_for("ui.story", story_id=story.story_id))


def _related_lanes(found: Sequence[RelatedStory], cluster: ClusterSummary, span: Span) -> list[Lane]:
    """Stories that tell the event in other words, by time, each on a row of its own: hollow, for none is a copy."""
    lanes = []
    for one in sorted(found, key=lambda each: _told_at(each.story)):
        at = _told_at(one.story)
        later = lag(at - cluster.first_seen)
        label = f"{one.story.source}: {RELATION_WORDS['related']}, {later}, {percent(one.score)} likely"
        mark = Mark(at, "related", label, url_for("ui.story", story_id=one.story.story_id))
        lanes.append(Lane(one.story.source, drawing.timeline([mark], span), later, canonical=False))
    return lanes


def _rows(stories: Sequence[Telling], cluster: ClusterSummary, departures: Mapping[str, Departure]) -> list[StoryRow]:
    return [
        StoryRow(
            story,
            _told_at(story),
            lag(_told_at(story) - cluster.first_seen),
            _shape(story, cluster),
            departures.get(story.story_id),
        )
        for story in stories
    ]


def _shapes(stories: Sequence[Telling], cluster: ClusterSummary) -> list[str]:
    """The shapes that stand on this timeline, in one order, for its legend."""
    shown = {_shape(story, cluster) for story in stories}
    return [shape for shape in RELATION_WORDS if shape in shown]
