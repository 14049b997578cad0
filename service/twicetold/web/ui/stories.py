"""`/ui/stories`: stories by their words, and one as sent and as cleaned, with its versions and what it matches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

from flask import Blueprint, Response, request, url_for

from twicetold.domain.errors import Invalid
from twicetold.domain.model import RemovedSpan
from twicetold.usecases.application import Application
from twicetold.usecases.read_models import BoilerplateStatus, LearnedBlock
from twicetold.usecases.relate import RelatedQuery
from twicetold.usecases.results import RelatedStory
from twicetold.web.api.cursors import position, to_cursor
from twicetold.web.api.related import USUAL_DAYS
from twicetold.web.api.stories import STORY_FILTERS, wanted_stories
from twicetold.web.ui.forms import filters
from twicetold.web.ui.rendering import page

MATCHES = 50
PAGE = 50
OTHERWISE, LIKELY = 8, 0.5
"""Stories that are shown as told in other words, and from which probability on."""


class Piece(NamedTuple):
    """A stretch of a story as it was sent; `cut` tells why it is none of the text, `block` which learned one it is.

    The white space around what was cut is `before` and `after` it.
    """

    text: str
    cut: RemovedSpan | None = None
    block: LearnedBlock | None = None
    before: str = ""
    after: str = ""


def install(screens: Blueprint, application: Application) -> None:
    """Add the screen of a story, and what can be said there about learned blocks."""

    @screens.get("/ui/stories")
    def story_list() -> Response:
        query = filters(request, known=(*STORY_FILTERS, "cursor"))
        listing = f"screen stories {query.filters()}"
        wanted = wanted_stories(application, query)
        with application.store.reading() as reading:
            found = reading.stories(wanted, after=position(query, listing=listing), limit=PAGE)
        given = {name: query.text(name) or "" for name in STORY_FILTERS}
        kept: dict[str, Any] = {name: value for name, value in given.items() if value}
        following = to_cursor(found.next, listing=listing)
        return page(
            "stories.html",
            rows=found.items,
            given=given,
            filtered=bool(kept),
            csv=url_for("stories.table", **kept),
            next=following and url_for("ui.story_list", cursor=following, **kept),
            first=url_for("ui.story_list", **kept) if "cursor" in request.args else None,
        )

    @screens.get("/ui/stories/<story_id>")
    def story(story_id: str) -> Response:
        answer = application.reports.story(story_id)
        matches = application.matching.matches(
            story_id, relations=(), threshold=None, explain=False, passages=False, after=None, limit=MATCHES
        )
        told = answer.story
        learned = dict[str, LearnedBlock]()
        if any(span.support is not None for span in told.removed):
            learned = {block.text.strip(): block for block in application.reports.source(told.source).boilerplate}
        return page(
            "story.html",
            story=told,
            cluster=answer.cluster,
            origins=answer.derived_from,
            revisions=list(reversed(answer.revisions)),
            matches=matches,
            pieces=as_sent(told.text, told.removed, learned),
            kinds=kinds_of(told.removed),
            allowed=BoilerplateStatus.ALLOWED,
            otherwise=told_otherwise(application, story_id),
        )

    @screens.post("/ui/sources/<source>/boilerplate/<block_id>/allow")
    def allow_block(source: str, block_id: str) -> Response:
        application.forgetting.boilerplate(source, block_id, allow=True)
        return _back(source)

    @screens.post("/ui/sources/<source>/boilerplate/<block_id>/forget")
    def forget_block(source: str, block_id: str) -> Response:
        application.forgetting.boilerplate(source, block_id, allow=False)
        return _back(source)


def told_otherwise(application: Application, story_id: str) -> list[RelatedStory]:
    """The stories that tell the event of one in words of their own, as far as that is likely and nobody said no."""
    wanted = RelatedQuery(days=USUAL_DAYS, limit=OTHERWISE, min_score=LIKELY, source=None)
    try:
        found = application.relating.of_story(story_id, wanted)
    except Invalid:  # a story without words
        return []
    with application.store.reading() as reading:
        stored = reading.story(story_id)
        said = [] if stored is None else reading.person_verdicts_of(stored.key, limit=MATCHES)
    apart = {one.b for one in said if one.same is False}
    return [one for one in found if one.story.story_id not in apart]


def _back(source: str) -> Response:
    location = url_for("ui.source", source=source, _anchor="boilerplate")
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": location})


def as_sent(text: str, removed: Sequence[RemovedSpan], learned: Mapping[str, LearnedBlock]) -> list[Piece]:
    """A cleaned text with its cuts put back where they stood."""
    pieces: list[Piece] = []
    place = kept = 0
    for span in removed:
        if span.start > place:
            pieces.append(Piece(text[kept : kept + span.start - place]))
            kept += span.start - place
        bare = span.text.strip()
        before, _, after = span.text.partition(bare) if bare else (span.text, "", "")
        pieces.append(Piece(bare, span, learned.get(bare), before, after))
        place = span.end
    if kept < len(text):
        pieces.append(Piece(text[kept:]))
    return pieces


def kinds_of(removed: Sequence[RemovedSpan]) -> list[tuple[str, int]]:
    """The kinds of cuts with how many there are of each, most often first."""
    counted = dict[str, int]()
    for span in removed:
        counted[span.kind] = counted.get(span.kind, 0) + 1
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))
