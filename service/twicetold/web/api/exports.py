"""`/v1/export`: everything of one kind, as NDJSON or, under the same path with `.csv`, as CSV."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from flask import Blueprint, Response, request
from msgspec import Struct
from msgspec.structs import astuple

from twicetold.domain.errors import Invalid, NotFound
from twicetold.domain.model import Relation
from twicetold.usecases.application import Application
from twicetold.usecases.ports import Reading
from twicetold.usecases.read_models import (
    Assignment,
    ClusterSummary,
    ExportedMatch,
    ExportedSpan,
    ExportedStory,
    Page,
    Position,
    StoryFilter,
)
from twicetold.web.api.clusters import CLUSTER_FILTERS, wanted_clusters
from twicetold.web.api.parsing import Query
from twicetold.web.api.submissions import LONGEST_ID, checked_source
from twicetold.web.streams import STEP, STEP_OF_TEXTS, Streams, steps

Step = Callable[[Reading, Position | None], Page[Any]]
STORY_FILTERS = ("source", "since", "until")


class Export(Struct, frozen=True):
    """One kind of export: the type of its rows, the parameters it takes, and what reads a step of it by these."""

    rows: type[Struct]
    parameters: Sequence[str]
    reader: Callable[[Query], Step]
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


EXPORTS = {
    "stories": Export(ExportedStory, (*STORY_FILTERS, "text"), _stories),
    "assignments": Export(Assignment, STORY_FILTERS, _assignments),
    "matches": Export(ExportedMatch, (*STORY_FILTERS, "threshold", "min_confidence"), _matches, ("relation",)),
    "clusters": Export(ClusterSummary, CLUSTER_FILTERS, _clusters, by_cluster=True),
    "removed-spans": Export(ExportedSpan, STORY_FILTERS, _removed_spans),
}


def blueprint(application: Application, streams: Streams) -> Blueprint:
    """The calls that export."""
    calls = Blueprint("exports", __name__, url_prefix="/v1/export")
    store = application.store

    def read(export: Export) -> tuple[Query, Step, Position | None]:
        query = Query(request.args, known=(*export.parameters, "after"), repeatable=export.repeatable)
        return query, export.reader(query), _after(query, by_cluster=export.by_cluster)

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
        _, step, after = read(export)
        return streams.ndjson(steps(store, step, after))

    def table(name: str, export: Export) -> Response:
        query, step, after = read(export)
        left_out = {"text"} if name == "stories" and not query.flag("text") else set()
        columns = [column for column in export.rows.__struct_fields__ if column not in left_out]
        parts = (map(astuple, part) for part in steps(store, step, after))
        return streams.csv(name, columns, ((row[: len(columns)] for row in part) for part in parts))

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
