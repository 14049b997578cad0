"""`/v1/export`: everything of one kind, as NDJSON or, under the same path with `.csv`, as CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from flask import Blueprint, Response, request
from msgspec import Struct
from msgspec.structs import astuple

from twicetold.domain.errors import Invalid, NotFound
from twicetold.domain.model import Relation
from twicetold.usecases.application import Application
from twicetold.usecases.export_related import exported_related
from twicetold.usecases.ports import Reading
from twicetold.usecases.read_models import (
    Assignment,
    ClusterSummary,
    ExportedMatch,
    ExportedRelated,
    ExportedSpan,
    ExportedStory,
    Page,
    Position,
    StoryFilter,
)
from twicetold.usecases.relate import RelatedQuery
from twicetold.web.api.clusters import CLUSTER_FILTERS, wanted_clusters
from twicetold.web.api.parsing import Query
from twicetold.web.api.related import USUAL_DAYS
from twicetold.web.api.submissions import LONGEST_ID, checked_source
from twicetold.web.streams import STEP, STEP_OF_TEXTS, Streams, steps

Step = Callable[[Reading, Position | None], Page[Any]]
Parts = Callable[[Position | None], Iterator[Sequence[Any]]]
"""What reads an export from a position on."""
STORY_FILTERS = ("source", "since", "until")
RELATED_SPAN = timedelta(days=31)
"""Of how long a time related stories are exported at most: looking for those of one story takes some milliseconds."""
USUAL_RELATED, MOST_RELATED = 5, 20
RELATED_DAYS = 31
RELATED_SCORE = 0.5
"""From which score on a related story is exported where nothing else is wanted: more likely than not."""


class Export(Struct, frozen=True):
    """One kind of export: the type of its rows, the parameters it takes, and what reads it by these."""

    rows: type[Struct]
    parameters: Sequence[str]
    reader: Callable[[Application, Query], Parts]
    repeatable: Sequence[str] = ()
    by_cluster: bool = False


def _stories(query: Query) -> Step:
    wanted, text = _wanted_stories(query), query.flag("text")
    return lambda reading, after: reading.exported_stories(
        wanted, text=text, after=after, limit=STEP_OF_TEXTS if text else STEP
    )


def _assignments(query: Query) -> Step:
    wanted = _wanted_stories(query)
    return lambda reading, after: reading.assignments(wanted, after=after, limit=STEP)


def _removed_spans(query: Query) -> Step:
    wanted = _wanted_stories(query)
    return lambda reading, after: reading.removed_spans(wanted, after=after, limit=STEP_OF_TEXTS)


def _matches(query: Query) -> Step:
    wanted, relations = _wanted_stories(query), query.several("relation", Relation)
    threshold, min_confidence = query.share("threshold"), query.share("min_confidence")
    return lambda reading, after: reading.exported_matches(
        wanted, relations=relations, threshold=threshold, min_confidence=min_confidence, after=after, limit=STEP
    )


def _clusters(query: Query) -> Step:
    wanted = wanted_clusters(query)
    return lambda reading, after: reading.exported_clusters(wanted, after=after, limit=STEP)


def _related(application: Application, query: Query) -> Parts:
    stories = _wanted_stories(query)
    if stories.since is None or stories.until is None or stories.until - stories.since > RELATED_SPAN:
        raise Invalid(f"since and until must be given, at most {RELATED_SPAN.days} days apart", field="since")
    wanted = RelatedQuery(
        days=query.whole("days", default=USUAL_DAYS, least=1, most=RELATED_DAYS),
        limit=query.whole("limit", default=USUAL_RELATED, least=1, most=MOST_RELATED),
        min_score=query.share("min_score") or RELATED_SCORE,
        source=None,
    )
    return partial(exported_related, application.store, application.relating, stories, wanted)


def _stepwise(step: Callable[[Query], Step]) -> Callable[[Application, Query], Parts]:
    return lambda application, query: partial(steps, application.store, step(query))


EXPORTS = {
    "stories": Export(ExportedStory, (*STORY_FILTERS, "text"), _stepwise(_stories)),
    "assignments": Export(Assignment, STORY_FILTERS, _stepwise(_assignments)),
    "matches": Export(
        ExportedMatch, (*STORY_FILTERS, "threshold", "min_confidence"), _stepwise(_matches), ("relation",)
    ),
    "clusters": Export(ClusterSummary, CLUSTER_FILTERS, _stepwise(_clusters), by_cluster=True),
    "related": Export(ExportedRelated, (*STORY_FILTERS, "days", "limit", "min_score"), _related),
    "removed-spans": Export(ExportedSpan, STORY_FILTERS, _stepwise(_removed_spans)),
}


def blueprint(application: Application, streams: Streams) -> Blueprint:
    """The calls that export."""
    calls = Blueprint("exports", __name__, url_prefix="/v1/export")
    store = application.store

    def read(export: Export) -> tuple[Query, Iterator[Sequence[Any]]]:
        query = Query(request.args, known=(*export.parameters, "after"), repeatable=export.repeatable)
        read = export.reader(application, query)
        return query, read(_after(query, by_cluster=export.by_cluster))

    def _after(query: Query, *, by_cluster: bool) -> Position | None:
        after = query.text("after")
        if after is not None and not 1 <= len(after) <= LONGEST_ID:
            raise Invalid(f"after must be 1 to {LONGEST_ID} characters, an id", field="after")
        if after is None or by_cluster:
            return None if after is None else (after,)
        with store.reading() as reading:
            place = reading.story_place(after)
        if place is None:
            raise NotFound(
                f"no story has the id {after!r}; it may have been deleted: go on after the one before it", field="after"
            )
        return place

    def lines(export: Export) -> Response:
        _, parts = read(export)
        return streams.ndjson(parts)

    def table(name: str, export: Export) -> Response:
        query, parts = read(export)
        left_out = {"text"} if name == "stories" and not query.flag("text") else set()
        columns = [column for column in export.rows.__struct_fields__ if column not in left_out]
        rows = (map(astuple, part) for part in parts)
        return streams.csv(name, columns, ((row[: len(columns)] for row in part) for part in rows))

    for name, export in EXPORTS.items():
        endpoint = name.replace("-", "_")
        calls.add_url_rule(f"/{name}", endpoint, partial(lines, export))
        calls.add_url_rule(f"/{name}.csv", f"{endpoint}_csv", partial(table, name, export))
    return calls


def _wanted_stories(query: Query) -> StoryFilter:
    source = query.text("source")
    return StoryFilter(
        source=None if source is None else checked_source(source),
        since=query.moment("since"),
        until=query.moment("until"),
    )
