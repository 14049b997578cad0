"""`/ui/try`: a text or page cleaned and matched, nothing stored."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from flask import Blueprint, Response, g, request

from twicetold.domain.errors import TwicetoldError
from twicetold.usecases.application import Application
from twicetold.web.api.submissions import Intake
from twicetold.web.ui.rendering import page
from twicetold.web.ui.stories import as_sent, kinds_of

FIELDS = ("title", "url", "language")


def install(screens: Blueprint, application: Application, intake: Intake) -> None:
    """Add the screen to try a text on."""

    @screens.get("/ui/try", endpoint="try")
    def empty() -> Response:
        sent = {"text": request.args.get("text", "")[:2000], **dict.fromkeys(FIELDS, "")}
        return page("try.html", sent=sent, answer=None, matches=None, pieces=[], kinds=[], problem=None)

    @screens.post("/ui/try", endpoint="tried")
    def answered() -> Response:
        return tried(application, intake, {name: g.form.text(name) for name in ("text", *FIELDS)})


def tried(application: Application, intake: Intake, given: Mapping[str, str]) -> Response:
    """The page that tells what would come of a text or page."""
    sent = {"text": given["text"], **{name: given.get(name, "").strip() for name in FIELDS}}
    try:
        fields = {name: value for name, value in sent.items() if value and name != "text"}
        body = msgspec.json.encode({"html" if _is_page(sent["text"]) else "text": sent["text"], **fields})
        submission = intake.offered(body)
        answer = application.cleaning.clean(submission, explain=True, markdown=False)
        matches = application.matching.match(submission, passages=False, explain=True)
    except TwicetoldError as error:
        return page("try.html", sent=sent, answer=None, matches=None, pieces=[], kinds=[], problem=error.detail)
    return page(
        "try.html",
        sent=sent,
        answer=answer,
        matches=matches,
        pieces=as_sent(answer.cleaned.text, answer.cleaned.removed, {}),
        kinds=kinds_of(answer.cleaned.removed),
        problem=None,
    )


def _is_page(text: str) -> bool:
    """Whether a pasted text is the source of a page: it begins with a tag."""
    start = text[:2000].lstrip("\ufeff \t\r\n")
    return start.startswith("<") and start[1:2].isascii() and (start[1:2].isalpha() or start[1:2] in "!?")
