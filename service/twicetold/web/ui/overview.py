"""`/`: how much there is, what is told most widely, and a box to ask about anything."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import NamedTuple

from flask import Blueprint, Response, g, url_for
from markupsafe import Markup

from twicetold.domain.errors import TwicetoldError
from twicetold.usecases.application import Application
from twicetold.usecases.ports import Clock
from twicetold.usecases.read_models import ClusterFilter, ClusterSort, ReceptionBucket, StoryFilter
from twicetold.usecases.report import Bucket
from twicetold.web.api.submissions import Intake, url_key_of
from twicetold.web.ui.clusters import rows_of
from twicetold.web.ui.drawing import bars
from twicetold.web.ui.rendering import count, page, percent
from twicetold.web.ui.trying import tried

WIDEST = 8
MERGES = 5
DAYS = timedelta(days=29)
"""The days before today that are drawn."""
SHORT = 200
"""Characters of a line that is looked for as words of a title; longer, it is a text to be matched."""


def install(screens: Blueprint, application: Application, intake: Intake, clock: Clock) -> None:
    """Add the first screen, and what its box leads to."""

    @screens.get("/")
    def overview() -> Response:
        stats, now = application.store.stats(), clock()
        days = application.reports.timeline(Bucket.DAY, since=now - DAYS, until=None, source=None)
        with application.store.reading() as reading:
            lately = ClusterFilter(since=now - timedelta(days=1), sort=ClusterSort.SOURCES)
            widest = reading.clusters(lately, after=None, limit=WIDEST).items
            recent = bool(widest)
            if not widest:
                widest = reading.clusters(ClusterFilter(sort=ClusterSort.SOURCES), after=None, limit=WIDEST).items
            rows = rows_of(reading, widest)
            merges = [(event, reading.cluster(event.other or "")) for event in reading.merges(limit=MERGES)]
        return page("overview.html", stats=stats, rows=rows, recent=recent, merges=merges, plots=plots(days))

    @screens.post("/ui/find")
    def find() -> Response:
        asked = g.form.text("q").strip()
        if not asked:
            return _to(url_for("ui.overview"))
        if asked.split(":", 1)[0].lower() in {"http", "https"} and not any(map(str.isspace, asked)):
            return _of_url(asked)
        if len(asked) > SHORT or "\n" in asked:
            return tried(application, intake, {"text": asked})
        return _to(url_for("ui.story_list", q=asked))

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


class Plot(NamedTuple):
    """What came day by day: a heading, today's number, and bars."""

    name: str
    today: str
    drawn: Markup


def plots(days: Sequence[ReceptionBucket]) -> list[Plot]:
    """Stories, stories told first and the share reprinted, by day of reception."""
    if not days:
        return []
    over = f"over {len(days)} days"
    shares = [day.reprints / day.stories if day.stories else 0.0 for day in days]
    return [
        Plot("Stories today", count(days[-1].stories), bars([day.stories for day in days], label=f"Stories {over}")),
        Plot(
            "Told first today",
            count(days[-1].clusters),
            bars([day.clusters for day in days], label=f"Told first {over}"),
        ),
        Plot("Reprinted today", percent(shares[-1]), bars(shares, label=f"Share of reprints {over}")),
    ]


def _to(address: str) -> Response:
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": address})
