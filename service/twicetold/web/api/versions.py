"""`/v1/stories/{id}/versions`: the texts that a story had."""

from __future__ import annotations

import re

from flask import Blueprint, Response, request

from twicetold.domain.errors import NotFound
from twicetold.usecases.application import Application
from twicetold.web.api.cursors import position, to_cursor
from twicetold.web.api.parsing import Query
from twicetold.web.api.views import VersionsView, VersionView
from twicetold.web.conditional import conditional
from twicetold.web.responses import json_response, with_next


def blueprint(application: Application) -> Blueprint:
    """The calls on versions."""
    calls = Blueprint("versions", __name__, url_prefix="/v1/stories/<story:story_id>/versions")

    @calls.get("")
    def listed(story_id: str) -> Response:
        query = Query(request.args, known=("cursor", "limit"))
        listing = f"versions {story_id}"
        page = application.reports.versions(story_id, after=position(query, listing=listing), limit=query.limit())
        following = to_cursor(page.next, listing=listing)
        return with_next(json_response(VersionsView(versions=page.items, next_cursor=following)), request, following)

    @calls.get("/<version>")
    def read(story_id: str, version: str) -> Response:
        Query(request.args, known=())
        if not re.fullmatch("[1-9][0-9]{0,8}", version, re.ASCII):
            raise NotFound("versions are numbered 1, 2, 3 …", field="version")
        view = VersionView.of(story_id, application.reports.version(story_id, int(version)))
        return conditional(json_response(view), request)

    return calls
