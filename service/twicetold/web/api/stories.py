"""`/v1/stories`: submit, list, read and forget stories, and what they match."""

from __future__ import annotations

from http import HTTPStatus
from typing import TypedDict

from flask import Blueprint, Response, request
from werkzeug.routing import BaseConverter

from twicetold.domain.errors import TwicetoldError
from twicetold.domain.model import Relation
from twicetold.usecases.application import Application
from twicetold.usecases.pipeline import Outcome
from twicetold.usecases.read_models import StoryFilter
from twicetold.usecases.report import stored_story
from twicetold.web.api.cursors import position, to_cursor
from twicetold.web.api.parsing import Query
from twicetold.web.api.submissions import STORY_PARAMETERS, Intake, checked_source, url_key_of
from twicetold.web.api.views import (
    MATCH_COLUMNS,
    STORY_COLUMNS,
    MatchesView,
    StoredView,
    StoriesView,
    StoryPageView,
    SubmittedView,
    match_row,
    story_row,
)
from twicetold.web.bodies import read_body, read_page_or_json, sends_page
from twicetold.web.conditional import conditional
from twicetold.web.options import WebOptions
from twicetold.web.responses import json_response, wants_minimal, with_next
from twicetold.web.streams import STEP, STEP_OF_TEXTS, Streams, steps


class StoryPath(BaseConverter):
    """A story's id in a path: anything but `batch`, the path of another call."""

    regex = r"(?!batch\Z)[^/]+"


STORY_FILTERS = ("q", "url", "source", "since", "until")
MATCH_FILTERS = ("relations", "threshold", "min_confidence")
STATUS = {
    Outcome.CREATED: HTTPStatus.CREATED,
    Outcome.UNCHANGED: HTTPStatus.OK,
    Outcome.CHANGED: HTTPStatus.OK,
}


def blueprint(application: Application, options: WebOptions, intake: Intake, streams: Streams) -> Blueprint:
    """The calls on stories, batches apart."""
    calls = Blueprint("stories", __name__, url_prefix="/v1")

    @calls.post("/stories")
    def submit() -> Response:
        Query(request.args, known=STORY_PARAMETERS if sends_page(request) else ())
        minimal = wants_minimal(request)
        submission = intake.story(read_page_or_json(request, options))
        (answer,) = application.submit.submit([submission], passages=not minimal)
        if isinstance(answer, TwicetoldError):
            raise answer
        status = STATUS[answer.outcome]
        response = json_response(SubmittedView.of(answer, minimal=minimal), status=status, minimal=minimal)
        if answer.outcome is Outcome.CREATED:
            response.headers["Location"] = f"{request.root_path}/v1/stories/{answer.story.id}"
        return response

    @calls.get("/stories")
    def listed() -> Response:
        query = Query(request.args, known=(*STORY_FILTERS, "cursor", "limit"))
        wanted = wanted_stories(application, query)
        listing = f"stories {query.filters()}"
        after, limit = position(query, listing=listing), query.limit()
        with application.store.reading() as reading:
            page = reading.stories(wanted, after=after, limit=limit)
        following = to_cursor(page.next, listing=listing)
        view = StoriesView(stories=[StoredView.of(stored) for stored in page.items], next_cursor=following)
        return with_next(json_response(view), request, following)

    @calls.get("/stories.csv")
    def table() -> Response:
        wanted = wanted_stories(application, Query(request.args, known=STORY_FILTERS))
        parts = steps(
            application.store, lambda reading, after: reading.stories(wanted, after=after, limit=STEP_OF_TEXTS)
        )
        return streams.csv("stories", STORY_COLUMNS, (map(story_row, part) for part in parts))

    @calls.get("/stories/<story:story_id>")
    def read(story_id: str) -> Response:
        Query(request.args, known=())
        minimal = wants_minimal(request)
        view = StoryPageView.of(application.reports.story(story_id), minimal=minimal)
        return conditional(json_response(view, minimal=minimal), request)

    @calls.patch("/stories/<story:story_id>")
    def correct(story_id: str) -> Response:
        Query(request.args, known=())
        minimal = wants_minimal(request)
        correction = intake.correction(read_body(request, options, media_type="application/json"))
        answer = application.submit.correct(story_id, correction, passages=not minimal)
        return json_response(SubmittedView.of(answer, minimal=minimal), minimal=minimal)

    @calls.delete("/stories/<story:story_id>")
    def forget(story_id: str) -> Response:
        Query(request.args, known=())
        application.forgetting.delete(story_id)
        return Response(status=HTTPStatus.NO_CONTENT)

    @calls.get("/stories/<story:story_id>/matches")
    def matches(story_id: str) -> Response:
        query = Query(request.args, known=(*MATCH_FILTERS, "explain", "cursor", "limit"), repeatable=("relation",))
        minimal = wants_minimal(request)
        listing = f"strongest matches {story_id} {query.filters()}"
        answer = application.matching.matches(
            story_id,
            **_bounds(query),
            explain=query.flag("explain"),
            passages=not minimal,
            after=position(query, listing=listing),
            limit=query.limit(),
        )
        following = to_cursor(answer.next, listing=listing)
        response = json_response(MatchesView.of(answer, next_cursor=following), minimal=minimal)
        return with_next(response, request, following)

    @calls.get("/stories/<story:story_id>/matches.csv")
    def matches_table(story_id: str) -> Response:
        bounds = _bounds(Query(request.args, known=MATCH_FILTERS, repeatable=("relation",)))
        with application.store.reading() as reading:
            key = stored_story(reading, story_id).key
        parts = steps(application.store, lambda reading, after: reading.matches(key, **bounds, after=after, limit=STEP))
        return streams.csv("matches", MATCH_COLUMNS, (map(match_row, part) for part in parts))

    return calls


class _Bounds(TypedDict):
    relations: tuple[Relation, ...]
    threshold: float | None
    min_confidence: float | None


def _bounds(query: Query) -> _Bounds:
    return {
        "relations": (*query.several("relation", Relation), *query.several("relations", Relation)),
        "threshold": query.share("threshold"),
        "min_confidence": query.share("min_confidence"),
    }


def wanted_stories(application: Application, query: Query) -> StoryFilter:
    """The stories that `STORY_FILTERS` ask for."""
    words, url, source = query.short_text("q"), query.text("url"), query.text("source")
    return StoryFilter(
        words=None if words is None else application.searching.words(words),
        url_key=None if url is None else url_key_of(url),
        source=None if source is None else checked_source(source),
        since=query.moment("since"),
        until=query.moment("until"),
    )
