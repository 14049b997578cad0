"""`/ui/compare`: two stories or two texts side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus

import msgspec
from flask import Blueprint, Response, g, request, url_for

from twicetold.domain.errors import NotFound, TwicetoldError
from twicetold.domain.model import Story
from twicetold.usecases.application import Application
from twicetold.usecases.compare import OneVersion, Side
from twicetold.usecases.read_models import PersonVerdict
from twicetold.usecases.report import stored_story
from twicetold.web.api.submissions import Intake
from twicetold.web.ui import drawing
from twicetold.web.ui.forms import filters
from twicetold.web.ui.rendering import page
from twicetold.web.ui.sides import sides

SAID = {"same": True, "different": False}
"""What the buttons say; the third takes back what was said."""
MOST_VERSIONS = 1_000_000
SHOWN = 60_000
"""Characters of a side that are shown; passages beyond are counted, not shown."""


def install(screens: Blueprint, application: Application, intake: Intake) -> None:
    """Add the screen to compare on."""

    @screens.get("/ui/compare")
    def compare() -> Response:
        query = filters(request, known=("a", "b", "a_version", "b_version"))
        a, b = query.text("a"), query.text("b")
        if a is None or b is None:
            return page("compare_form.html", a=a or "", b=b or "", texts={"a": "", "b": ""}, problem=None)
        versions = {side: query.whole(f"{side}_version", default=0, least=0, most=MOST_VERSIONS) for side in ("a", "b")}
        stories = {"a": _story(a), "b": _story(b)}
        return _compared(_side(a, versions["a"]), _side(b, versions["b"]), stories, versions)

    @screens.post("/ui/verdict")
    def judge() -> Response:
        a, b, said = g.form.text("a"), g.form.text("b"), g.form.text("same")
        application.overruling.judge(a, b, same=SAID.get(said), note=None, given_by=g.get("key"))
        return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": url_for("ui.compare", a=a, b=b)})

    @screens.post("/ui/compare")
    def compared() -> Response:
        texts = {side: g.form.text(side) for side in ("a", "b")}
        try:
            body = msgspec.json.encode({side: {"text": text} for side, text in texts.items()})
            one, other = intake.sides(body)
            return _compared(one, other, {"a": None, "b": None})
        except TwicetoldError as error:
            return page("compare_form.html", a="", b="", texts=texts, problem=error.detail)

    def _story(story_id: str) -> Story:
        with application.store.reading() as reading:
            return stored_story(reading, story_id).story

    def _said(a: Story, b: Story) -> Sequence[PersonVerdict]:
        try:
            return application.overruling.history(a.id, b.id)
        except NotFound:
            return []

    def _compared(
        a: Side, b: Side, stories: Mapping[str, Story | None], versions: Mapping[str, int] | None = None
    ) -> Response:
        answer = application.matching.compare(a, b)
        shown_a, shown_b = answer.a_text[:SHOWN], answer.b_text[:SHOWN]
        passages = [each for each in answer.passages if each.a.end <= SHOWN and each.b.end <= SHOWN]
        columns = sides(shown_a, shown_b, passages)
        both = [story for story in stories.values() if story is not None]
        return page(
            "compare.html",
            said=_said(*both) if len(both) == 2 and both[0].id != both[1].id else None,
            answer=answer,
            columns={"a": columns.a, "b": columns.b},
            maps={
                "a": drawing.minimap(columns.map_a, side="a"),
                "b": drawing.minimap(columns.map_b, side="b"),
            },
            stories=stories,
            versions=versions or {"a": 0, "b": 0},
            passages=len(passages),
            shortened=len(answer.a_text) > SHOWN or len(answer.b_text) > SHOWN,
        )


def _side(story_id: str, version: int) -> Side:
    return OneVersion(story_id, version) if version else story_id
