"""`/v1/stories/{id}/related` and `/v1/related`: who else tells an event, in other words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import Blueprint, Response, request
from msgspec import UNSET, Struct, UnsetType

from twicetold.usecases.application import Application
from twicetold.usecases.relate import RelatedQuery
from twicetold.usecases.results import RelatedStory, SharedWords
from twicetold.web.api.parsing import Query
from twicetold.web.api.submissions import STORY_PARAMETERS, Intake, checked_source
from twicetold.web.api.views import rounded
from twicetold.web.bodies import read_page_or_json, sends_page
from twicetold.web.options import WebOptions
from twicetold.web.responses import json_response

_PARAMETERS = ("days", "limit", "min_score")
USUAL_DAYS = 3
MOST_DAYS = 36_500
USUAL_RELATED = 20
MOST_RELATED = 50


class RelatedView(Struct, frozen=True, kw_only=True):
    """A story that tells the same event."""

    story_id: str
    url: str | None
    source: str
    title: str | None
    published_at: datetime | None
    score: float
    why: str
    cluster_id: str | None
    folded: int
    shared: SharedWords
    encoder_cosine: float | UnsetType = UNSET

    @classmethod
    def of(cls, found: RelatedStory) -> RelatedView:
        """Render a related story."""
        story = found.story
        return cls(
            story_id=story.story_id,
            url=story.url,
            source=story.source,
            title=story.title,
            published_at=story.published_at,
            score=rounded(found.score),
            why=found.why,
            cluster_id=found.cluster_id,
            folded=found.folded,
            shared=found.shared,
            encoder_cosine=UNSET if found.encoder_cosine is None else rounded(found.encoder_cosine),
        )


class RelatedStoriesView(Struct, frozen=True, kw_only=True):
    """Stories that tell the same event, best first."""

    related: Sequence[RelatedView]

    @classmethod
    def of(cls, found: Sequence[RelatedStory]) -> RelatedStoriesView:
        """Render related stories."""
        return cls(related=[RelatedView.of(one) for one in found])


def blueprint(application: Application, options: WebOptions, intake: Intake) -> Blueprint:
    """The calls on related stories."""
    calls = Blueprint("related", __name__, url_prefix="/v1")

    @calls.get("/stories/<story:story_id>/related")
    def of_story(story_id: str) -> Response:
        query = Query(request.args, known=(*_PARAMETERS, "source"))
        source = query.text("source")
        wanted = _wanted(query, source=None if source is None else checked_source(source))
        return json_response(RelatedStoriesView.of(application.relating.of_story(story_id, wanted)))

    @calls.post("/related")
    def of_text() -> Response:
        wanted = _wanted(Query(request.args, known=(*_PARAMETERS, *(STORY_PARAMETERS if sends_page(request) else ()))))
        submission = intake.offered(read_page_or_json(request, options))
        return json_response(RelatedStoriesView.of(application.relating.of_text(submission, wanted)))

    return calls


def _wanted(query: Query, *, source: str | None = None) -> RelatedQuery:
    return RelatedQuery(
        days=query.whole("days", default=USUAL_DAYS, least=1, most=MOST_DAYS),
        limit=query.whole("limit", default=USUAL_RELATED, least=1, most=MOST_RELATED),
        min_score=query.share("min_score") or 0.0,
        source=source,
    )
