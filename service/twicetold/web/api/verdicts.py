"""`/v1/stories/{a}/matches/{b}/verdict` and `/v1/verdicts`: what people say of pairs of stories."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

import msgspec
from flask import Blueprint, Response, g, request
from msgspec import Struct

from twicetold.domain.errors import Invalid
from twicetold.usecases.application import Application
from twicetold.usecases.read_models import PersonVerdict
from twicetold.web.api.cursors import position, to_cursor
from twicetold.web.api.parsing import Query, decode
from twicetold.web.bodies import read_body
from twicetold.web.options import WebOptions
from twicetold.web.responses import json_response, with_next

LONGEST_NOTE = 2000
LISTING = "verdicts"
_KINDS = {"true": True, "false": False}


class VerdictFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person says of two stories."""

    same: bool
    note: str | None = None


msgspec.json.Decoder(VerdictFields)  # learned by one thread, before several need it: see `submissions`


class PairVerdictsView(Struct, frozen=True, kw_only=True):
    """What is said of two stories (null: nothing any more), and all that was said, the latest first."""

    verdict: PersonVerdict | None
    history: Sequence[PersonVerdict]

    @classmethod
    def of(cls, history: Sequence[PersonVerdict]) -> PairVerdictsView:
        """Render what was said of two stories."""
        return cls(verdict=history[0] if history[0].same is not None else None, history=history)


class VerdictsView(Struct, frozen=True, kw_only=True):
    """A page of verdicts."""

    verdicts: Sequence[PersonVerdict]
    next_cursor: str | None


def blueprint(application: Application, options: WebOptions) -> Blueprint:
    """The calls on what people say."""
    calls = Blueprint("verdicts", __name__, url_prefix="/v1")
    pair = "/stories/<story:a>/matches/<story:b>/verdict"

    @calls.get(pair)
    def read(a: str, b: str) -> Response:
        Query(request.args, known=())
        return json_response(PairVerdictsView.of(application.overruling.history(a, b)))

    @calls.put(pair)
    def give(a: str, b: str) -> Response:
        Query(request.args, known=())
        fields, _ = decode(read_body(request, options, media_type="application/json"), VerdictFields)
        if fields.note is not None and len(fields.note) > LONGEST_NOTE:
            raise Invalid(f"note must be at most {LONGEST_NOTE:,} characters", field="note")
        note = (fields.note or "").strip() or None
        history = application.overruling.judge(a, b, same=fields.same, note=note, given_by=g.get("key"))
        return json_response(PairVerdictsView.of(history))

    @calls.delete(pair)
    def take_back(a: str, b: str) -> Response:
        Query(request.args, known=())
        application.overruling.judge(a, b, same=None, given_by=g.get("key"))
        return Response(status=HTTPStatus.NO_CONTENT)

    @calls.get("/verdicts")
    def listed() -> Response:
        query = Query(request.args, known=("same", "cursor", "limit"))
        same = query.choice("same", _KINDS, default=None)
        listing = f"{LISTING} {query.filters()}"
        after, limit = position(query, listing=listing), query.limit()
        with application.store.reading() as reading:
            page = reading.person_verdicts(same=same, after=after, limit=limit)
        following = to_cursor(page.next, listing=listing)
        view = VerdictsView(verdicts=page.items, next_cursor=following)
        return with_next(json_response(view), request, following)

    return calls
