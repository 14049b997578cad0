"""`/`: how much there is, what is told most widely, and a box to ask about anything."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

from flask import Blueprint, Response, g, url_for

from twicetold.domain.errors import TwicetoldError
from twicetold.usecases.application import Application
from twicetold.usecases.ports import Clock
from twicetold.usecases.read_models import ClusterFilter, ClusterSort, StoryFilter
from twicetold.web.api.submissions import Intake, url_key_of
from twicetold.web.ui.clusters import rows_of
from twicetold.web.ui.rendering import page
from twicetold.web.ui.trying import tried

WIDEST = 8
SHORT = 200
"""Characters of a line that is looked for as words of a title; longer, it is a text to be matched."""


def install(screens: Blueprint, application: Application, intake: Intake, clock: Clock) -> None:
    """Add the first screen, and what its box leads to."""

    @screens.get("/")
    def overview() -> Response:
        stats, now = application.store.stats(), clock()
        with application.store.reading() as reading:
            lately = ClusterFilter(since=now - timedelta(days=1), sort=ClusterSort.SOURCES)
            widest = reading.clusters(lately, after=None, limit=WIDEST).items
            recent = bool(widest)
            if not widest:
                widest = reading.clusters(ClusterFilter(sort=ClusterSort.SOURCES), after=None, limit=WIDEST).items
            rows = rows_of(reading, widest)
        return page("overview.html", stats=stats, rows=rows, recent=recent)

    @screens.post("/ui/find")
    def find() -> Response:
        asked = g.form.text("q").strip()
        if not asked:
            return _to(url_for("ui.overview"))
        if asked.split(":", 1)[0].lower() in {"http", "https"} and not any(map(str.isspace, asked)):
            return _of_url(asked)
        if len(asked) > SHORT or "\n" in asked:
            return tried(application, intake, {"text": asked})
        return _to(url_for("ui.cluster_list", q=asked))

    def _of_url(url: str) -> Response:
        try:
            key = url_key_of(url)
        except TwicetoldError as error:
            return page("not_found.html", status=HTTPStatus.NOT_FOUND, what=url, why=error.detail)
        with application.store.reading() as reading:
            found = reading.stories(StoryFilter(url_key=key), after=None, limit=1).items
        if not found:
            why = "No story with this address is stored."
            return page("not_found.html", status=HTTPStatus.NOT_FOUND, what=url, why=why)
        return _to(url_for("ui.story", story_id=found[0].story.id))


def _to(address: str) -> Response:
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": address})
