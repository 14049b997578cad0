"""`/ui/sources`: who is first and who reprints whom."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from twicetold.usecases.application import Application
from twicetold.usecases.read_models import BoilerplateStatus
from twicetold.web.api.cursors import position, to_cursor
from twicetold.web.ui.forms import filters
from twicetold.web.ui.rendering import page

LISTING = "screen sources"
PAGE = 100


def install(screens: Blueprint, application: Application) -> None:
    """Add the screens of sources."""

    @screens.get("/ui/sources")
    def source_list() -> Response:
        query = filters(request, known=("cursor",))
        with application.store.reading() as reading:
            found = reading.sources(after=position(query, listing=LISTING), limit=PAGE)
        following = to_cursor(found.next, listing=LISTING)
        most = max((each.first + each.reprinted for each in found.items), default=0)
        return page(
            "sources.html",
            rows=found.items,
            most=most,
            next=following and url_for("ui.source_list", cursor=following),
        )

    @screens.get("/ui/sources/<source>", endpoint="source")
    def one(source: str) -> Response:
        report = application.reports.source(source)
        return page("source.html", report=report, allowed=BoilerplateStatus.ALLOWED)
